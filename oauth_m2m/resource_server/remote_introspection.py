"""
Ask another server whether a token is good, and remember what it said for a few seconds.

Answers are kept by the token's digest. Good and bad ones have room of their own, so that
invented tokens cannot push out real ones. What nothing is known of is never good.

https://www.rfc-editor.org/rfc/rfc7662#section-2
"""

import base64
import logging
import time
from collections import OrderedDict
from collections.abc import Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import Any, Final
from urllib.parse import quote

from oauth_m2m.hashing import digest_credential
from oauth_m2m.keys.fetch import TIMEOUT_SECONDS, fetch
from oauth_m2m.keys.strict_jwt import strict_object
from oauth_m2m.log_events import INTROSPECTION_UNAVAILABLE
from oauth_m2m.remote_issuers import IntrospectionEndpoint

__all__ = [
    "Answers",
    "IntrospectionUnavailableError",
    "answers_of",
    "forget_answers",
]

MAX_ANSWERS: Final = 10_000
INACTIVE_SECONDS: Final = 2.0
PAUSE_SECONDS: Final = 2.0

logger = logging.getLogger("oauth_m2m.resource_server")

Claims = Mapping[str, Any]


class IntrospectionUnavailableError(Exception):
    """Nothing is known of the token, and the other server does not say."""


@dataclass(frozen=True, slots=True)
class _Answer:
    claims: Claims | None
    kept_until: float


class Answers:
    """What one endpoint said of tokens, as this process remembers it."""

    def __init__(self, endpoint: IntrospectionEndpoint) -> None:
        """Ask nothing yet."""
        self._endpoint = endpoint
        self._active: OrderedDict[str, _Answer] = OrderedDict()
        self._inactive: OrderedDict[str, _Answer] = OrderedDict()
        self._asking: dict[str, Future[Claims | None]] = {}
        self._away_until = float("-inf")
        self._lock = Lock()

    def ask(self, presented: str) -> Claims | None:
        """
        Return the claims of an active token, None for one that is not.

        The claims are as the other side wrote them: none of them is checked. Raises
        IntrospectionUnavailableError.
        """
        digest = digest_credential(presented)
        with self._lock:
            answer = self._recall(digest)
            if answer is not None:
                return answer.claims
            # Else a server that keeps us waiting would hold every thread that we have.
            if time.monotonic() < self._away_until:
                raise IntrospectionUnavailableError
            asked = self._asking.get(digest)
            if asked is None:
                mine = self._asking[digest] = Future()
        if asked is not None:
            return _result(asked)
        self._answer(mine, digest, presented)
        return _result(mine)

    def _recall(self, digest: str) -> _Answer | None:
        now = time.monotonic()
        for answers in (self._active, self._inactive):
            answer = answers.get(digest)
            if answer is not None and now < answer.kept_until:
                answers.move_to_end(digest)
                return answer
        return None

    def _answer(self, mine: "Future[Claims | None]", digest: str, presented: str) -> None:
        # Before the question: what changes while it is answered is seen next time.
        asked_at = time.monotonic()
        try:
            claims = self._fetch(presented)
        except (OSError, ValueError) as error:
            logger.warning(
                "introspection at %s: %s: %s",
                self._endpoint.url,
                type(error).__name__,
                error,
                extra=INTROSPECTION_UNAVAILABLE(
                    url=self._endpoint.url, error_type=type(error).__name__, error=str(error)
                ),
            )
            if isinstance(error, OSError):
                self._away_until = time.monotonic() + PAUSE_SECONDS
            mine.set_exception(IntrospectionUnavailableError())
        else:
            with self._lock:
                self._keep(digest, claims, asked_at)
            mine.set_result(claims)
        finally:
            with self._lock:
                del self._asking[digest]

    def _keep(self, digest: str, claims: Claims | None, asked_at: float) -> None:
        answers = self._inactive if claims is None else self._active
        seconds = self._endpoint.cache_seconds
        if claims is None:
            # A token that was made this moment may not have reached every server over there.
            seconds = min(seconds, INACTIVE_SECONDS)
        answers[digest] = _Answer(claims, asked_at + seconds)
        answers.move_to_end(digest)
        while len(answers) > MAX_ANSWERS:
            answers.popitem(last=False)

    def _fetch(self, presented: str) -> Claims | None:
        body = fetch(
            self._endpoint.url,
            None,
            form={"token": presented, "token_type_hint": "access_token"},
            headers={"Accept": "application/json", "Authorization": _basic(self._endpoint)},
        )
        document = strict_object(body.decode())
        is_active = document.get("active")
        if not isinstance(is_active, bool):
            message = "no answer about a token"
            raise ValueError(message)  # noqa: TRY004 - one kind for all that is wrong with a body
        return document if is_active else None


@lru_cache(maxsize=1024)
def answers_of(endpoint: IntrospectionEndpoint) -> Answers:
    """Return what this process knows from *endpoint*."""
    return Answers(endpoint)


def forget_answers() -> None:
    """Ask about every token anew when it next comes."""
    answers_of.cache_clear()


def _result(asked: "Future[Claims | None]") -> Claims | None:
    try:
        # To connect and to read have a limit each.
        return asked.result(timeout=2 * TIMEOUT_SECONDS)
    except TimeoutError:
        raise IntrospectionUnavailableError from None


def _basic(endpoint: IntrospectionEndpoint) -> str:
    # Read each time: whoever rotates the secret writes the file and restarts nothing.
    secret = endpoint.client_secret
    if endpoint.client_secret_file:
        secret = Path(endpoint.client_secret_file).read_text(encoding="utf-8").strip()
    # RFC 6749 section 2.3.1: both halves are form-encoded before they are joined.
    pair = f"{quote(endpoint.client_id, safe='')}:{quote(secret, safe='')}"
    return f"Basic {base64.b64encode(pair.encode()).decode()}"
