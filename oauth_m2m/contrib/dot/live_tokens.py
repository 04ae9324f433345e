"""
The access tokens of django-oauth-toolkit that work now, as rows of ours.

Its ``token_checksum`` is our ``token_hash``, so the tokens themselves are not needed.
"""

from collections import Counter, defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any, Final

from django.core.exceptions import FieldDoesNotExist
from django.utils import timezone

from oauth_m2m.keys.strict_jwt import looks_like_jwt
from oauth_m2m.models import AccessToken

__all__ = ["LiveTokens", "TokensUnusable", "live_tokens", "scopes_of_tokens"]

_READ_AT_ONCE: Final = 500


class TokensUnusable(Exception):
    """The toolkit's tokens cannot be imported at all; its text is for people."""


@dataclass(slots=True)
class LiveTokens:
    """The tokens of one application: those to import, and how many not, by reason."""

    new: list[AccessToken] = field(default_factory=list)
    known: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    last_expiry: datetime | None = None


def live_tokens(application_pks: Collection[Any]) -> dict[Any, LiveTokens]:
    """
    Return the live tokens that machines have, by the primary key of their application.

    A person's token is not among them: it stays with the toolkit. Raises TokensUnusable
    where the toolkit keeps no checksum of a token.
    """
    now = timezone.now()
    rows = _tokens_of_machines(application_pks).filter(expires__gt=now).order_by("pk")
    found: defaultdict[Any, LiveTokens] = defaultdict(LiveTokens)
    tokens = rows.iterator(chunk_size=_READ_AT_ONCE)
    while batch := list(islice(tokens, _READ_AT_ONCE)):
        known = set(
            AccessToken.objects.filter(
                token_hash__in=[token.token_checksum for token in batch if token.token_checksum]
            ).values_list("token_hash", flat=True)
        )
        for token in batch:
            _sort(token, found[token.application_id], known, now)
    return dict(found)


def scopes_of_tokens(application_pks: Collection[Any]) -> dict[Any, list[str]]:
    """Return the scopes of all tokens that machines have or had, sorted, by application."""
    found: defaultdict[Any, set[str]] = defaultdict(set)
    rows = _tokens_of_machines(application_pks).order_by()
    for application_pk, scope in rows.values_list("application", "scope").distinct():
        found[application_pk].update(scope.split())
    return {application_pk: sorted(scopes) for application_pk, scopes in found.items()}


def _tokens_of_machines(application_pks: Collection[Any]) -> Any:
    # The toolkit's models can be imported only where it is installed.
    from oauth2_provider.models import get_access_token_model  # noqa: PLC0415

    model = get_access_token_model()
    try:
        model._meta.get_field("token_checksum")  # noqa: SLF001 - Django's documented model API
    except FieldDoesNotExist:
        message = (
            f"{model._meta.label} keeps no checksum of a token (token_checksum), which"  # noqa: SLF001 - as above
            " django-oauth-toolkit does since its version 3."
        )
        raise TokensUnusable(message) from None
    rows = model._default_manager  # noqa: SLF001 - the documented way to a model's manager
    return rows.filter(application__in=application_pks, user=None)


def _sort(token: Any, found: LiveTokens, known: Collection[str], now: datetime) -> None:
    if not token.token_checksum:
        found.refused["without a checksum"] += 1
    elif looks_like_jwt(token.token):
        # An API reads a JWT, and does not look it up.
        found.refused["a JWT"] += 1
    else:
        found.last_expiry = max(token.expires, found.last_expiry or token.expires)
        if token.token_checksum in known:
            found.known += 1
        else:
            found.new.append(_as_row(token, now))


def _as_row(token: Any, now: datetime) -> AccessToken:
    return AccessToken(
        token_hash=token.token_checksum,
        scope=token.scope,
        audience=list(getattr(token, "resource", None) or ()),
        # A token of a server whose clock is ahead is from now.
        issued_at=min(token.created, now),
        expires_at=token.expires,
    )
