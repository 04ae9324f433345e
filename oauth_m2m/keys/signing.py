"""
The ring of our signing keys, as this process knows it.

Keys come from the table, or from ``SIGNING_KEYS`` for those who keep them in a vault. The
ring is read again after :data:`REFRESH_SECONDS`, and at once (but at most once a second)
when a token names a key that it does not have.
"""

import logging
import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from django.db import IntegrityError, router, transaction
from django.db.models import Max
from django.utils import timezone
from jwt import PyJWK

from oauth_m2m.conf import m2m_settings
from oauth_m2m.errors import Reason, TemporarilyUnavailable
from oauth_m2m.keys.encryption import UndecryptableKeyError, decrypt, encrypt
from oauth_m2m.keys.jwk import (
    PrivateKey,
    generate_private_key,
    load_private_key,
    private_pem,
    public_jwk,
    suits,
)
from oauth_m2m.log_events import (
    SIGNING_KEY_IGNORED,
    SIGNING_KEY_MADE_ELSEWHERE,
    SIGNING_KEY_MISSING,
    SIGNING_KEY_UNDECRYPTABLE,
)
from oauth_m2m.models import SigningKey

__all__ = [
    "REFRESH_SECONDS",
    "KeyRing",
    "SigningHandle",
    "create_key",
    "current_ring",
    "forget_ring",
    "read_configured_key",
    "signing_handle",
    "verification_key",
]

REFRESH_SECONDS: Final = 30.0
UNKNOWN_KID_SECONDS: Final = 1.0

logger = logging.getLogger("oauth_m2m.keys")


@dataclass(frozen=True, slots=True)
class SigningHandle:
    """A private key that may sign between two moments; None: from always, or for ever."""

    kid: str
    algorithm: str
    private_key: PrivateKey = field(repr=False)
    activates_at: datetime | None = None
    retires_at: datetime | None = None

    def signs_at(self, now: datetime) -> bool:
        """Whether the key is active at *now*."""
        begun = self.activates_at is None or self.activates_at <= now
        return begun and (self.retires_at is None or now < self.retires_at)


@dataclass(frozen=True, slots=True)
class KeyRing:
    """A snapshot: what can sign, newest first, and what verifies, by key id."""

    handles: tuple[SigningHandle, ...]
    public_jwks: tuple[dict[str, Any], ...]
    verifiers: dict[str, PyJWK] = field(repr=False)
    read_at: float

    def signer(self, algorithm: str, now: datetime) -> SigningHandle | None:
        """Return the newest key that signs with *algorithm* at *now*."""
        return next(
            (key for key in self.handles if key.algorithm == algorithm and key.signs_at(now)), None
        )


_ring: KeyRing | None = None
_lock = threading.Lock()


def current_ring(max_age_seconds: float = REFRESH_SECONDS) -> KeyRing:
    """Return the ring, read again if it is older than *max_age_seconds*."""
    return _ring_not_older_than(max_age_seconds)


def forget_ring() -> None:
    """Read the ring anew when it is next needed: after this process changed the keys."""
    global _ring  # noqa: PLW0603 - the ring of this process
    _ring = None


def signing_handle(algorithm: str) -> SigningHandle:
    """
    Return the key that signs with *algorithm* now; make the first one when there is none.

    Raises TemporarilyUnavailable, and logs why, when ``SIGNING_KEYS`` has none for it.
    """
    return current_ring().signer(algorithm, timezone.now()) or _first_key(algorithm)


def verification_key(kid: str) -> PyJWK | None:
    """Return the public key that *kid* names, or None; an unknown one makes us look again."""
    key = current_ring().verifiers.get(kid)
    return key or _ring_not_older_than(UNKNOWN_KID_SECONDS).verifiers.get(kid)


def read_configured_key(entry: str) -> PrivateKey:
    """
    Return the private key that an entry of ``SIGNING_KEYS`` is or names.

    Raises ValueError with words that show nothing of the key.
    """
    try:
        pem = entry if "-----BEGIN" in entry else Path(entry).read_text()
    except (OSError, ValueError):
        message = "a file cannot be read"
        raise ValueError(message) from None
    return load_private_key(pem.encode())


def create_key(algorithm: str, generation: int, activates_at: datetime) -> SigningKey:
    """
    Store a new key; raises IntegrityError when the generation exists already.

    Callers read the newest generation first: of two who did so at once, one gets through.
    """
    key = generate_private_key(algorithm)
    jwk = public_jwk(key, algorithm)
    with transaction.atomic(using=router.db_for_write(SigningKey)):
        return SigningKey.objects.create(
            kid=jwk["kid"],
            algorithm=algorithm,
            generation=generation,
            private_key=encrypt(private_pem(key)),
            public_jwk=jwk,
            announced_at=min(timezone.now(), activates_at),
            activates_at=activates_at,
        )


def _ring_not_older_than(seconds: float) -> KeyRing:
    global _ring  # noqa: PLW0603 - the ring of this process
    ring = _ring
    if ring is not None and time.monotonic() - ring.read_at < seconds:
        return ring
    with _lock:
        # Kept in a variable: forget_ring() in another thread may come at any moment.
        ring = _ring
        if ring is None or time.monotonic() - ring.read_at >= seconds:
            _ring = ring = _read_ring()
        return ring


def _read_ring() -> KeyRing:
    # The clock is read before the query: what changes while it runs is seen next time.
    read_at = time.monotonic()
    handles = [*_configured_handles()]
    jwks = [public_jwk(handle.private_key, handle.algorithm) for handle in handles]
    using = router.db_for_write(SigningKey)
    for row in SigningKey.objects.using(using).published().order_by("-generation"):
        jwks.append(row.public_jwk)
        handle = None if m2m_settings.SIGNING_KEYS else _handle_of(row)
        if handle is not None:
            handles.append(handle)
    return KeyRing(tuple(handles), tuple(jwks), {jwk["kid"]: PyJWK(jwk) for jwk in jwks}, read_at)


def _configured_handles() -> Iterable[SigningHandle]:
    for entry in m2m_settings.SIGNING_KEYS:
        try:
            key = read_configured_key(entry)
        except ValueError as error:
            # The other keys go on working; a system check says the same.
            logger.error(  # noqa: TRY400 - no trace: it could show the key
                "an entry of SIGNING_KEYS is left out: %s",
                error,
                extra=SIGNING_KEY_IGNORED(error=str(error)),
            )
            continue
        algorithm = _algorithm_for(key)
        yield SigningHandle(public_jwk(key, algorithm)["kid"], algorithm, key)


def _algorithm_for(key: PrivateKey) -> str:
    # An RSA key serves RS256 and PS256: the setting says which.
    preferred = (m2m_settings.SIGNING_ALGORITHM, "ES256", "EdDSA", "RS256")
    return next(algorithm for algorithm in preferred if suits(key, algorithm))


def _handle_of(row: SigningKey) -> SigningHandle | None:
    try:
        key = load_private_key(decrypt(row.private_key))
    except (UndecryptableKeyError, ValueError):
        # The other keys go on working, and this one still verifies what it signed.
        reason = "KEY_ENCRYPTION_KEYS or SECRET_KEY changed"
        logger.error(  # noqa: TRY400 - no trace: it could show the key
            "signing key %s cannot be decrypted: %s",
            row.kid,
            reason,
            extra=SIGNING_KEY_UNDECRYPTABLE(kid=row.kid),
        )
        return None
    return SigningHandle(row.kid, row.algorithm, key, row.activates_at, row.retires_at)


def _first_key(algorithm: str) -> SigningHandle:
    # The newest generation is read before the ring: a key that another process makes after
    # this has the number that ours would get, and one made before it is in the ring.
    using = router.db_for_write(SigningKey)
    keys = SigningKey.objects.using(using).filter(algorithm=algorithm)
    newest = keys.aggregate(newest=Max("generation", default=0))["newest"]
    forget_ring()
    handle = current_ring().signer(algorithm, timezone.now())
    if handle is None and not m2m_settings.SIGNING_KEYS:
        try:
            create_key(algorithm, newest + 1, timezone.now())
        except IntegrityError:
            # Another process was first; its key serves us as well.
            logger.info(
                "another process made the %s signing key",
                algorithm,
                extra=SIGNING_KEY_MADE_ELSEWHERE(algorithm=algorithm),
            )
        forget_ring()
        handle = current_ring().signer(algorithm, timezone.now())
    if handle is None:
        logger.error(
            "there is no %s key to sign with: see SIGNING_KEYS",
            algorithm,
            extra=SIGNING_KEY_MISSING(algorithm=algorithm),
        )
        raise TemporarilyUnavailable(Reason.SIGNING_KEY_MISSING)
    return handle
