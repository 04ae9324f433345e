"""
What our secrets, tokens and hand-over links look like.

- client secret: ``m2ms_<key id: 8>_<random: 43><checksum: 6>``
- access token: ``m2mt_<random: 43><checksum: 6>``
- token of a hand-over link: ``m2mh_<random: 43><checksum: 6>``

All parts are base62, so nothing needs encoding in a header, a form or a shell. The random
part is a 256-bit number; the checksum is the CRC32 of everything before it. It catches a
typo before any query, and lets a secret scanner drop false alarms.
"""

import hashlib
import re
import secrets
import string
import zlib
from typing import Final

__all__ = [
    "CREDENTIAL_PATTERN",
    "HAND_OVER_PREFIX",
    "KEY_ID_LENGTH",
    "credential_pattern",
    "generate_secret",
    "generate_token",
    "imported_key_id",
    "key_id_of",
    "redact_credentials",
    "token_is_well_formed",
]

KEY_ID_LENGTH: Final = 8
RANDOM_LENGTH: Final = 43
CHECKSUM_LENGTH: Final = 6
ALPHABET: Final = string.digits + string.ascii_uppercase + string.ascii_lowercase

CREDENTIAL_PATTERN: Final = r"\bm2m[hst]_(?:[0-9A-Za-z]{8}_)?[0-9A-Za-z]{49}\b"
"""The published regular expression that finds all of them (default prefixes)."""

HAND_OVER_PREFIX: Final = "m2mh_"
"""What the token of a hand-over link starts with; no setting changes it."""

DEFAULT_PREFIXES: Final = ("m2ms_", "m2mt_")

_PAIRS: Final = [first + second for first in ALPHABET for second in ALPHABET]
_KEY_ID = re.compile(rf"[0-9A-Za-z]{{{KEY_ID_LENGTH}}}")
_BODY = re.compile(rf"[0-9A-Za-z]{{{RANDOM_LENGTH + CHECKSUM_LENGTH}}}")
# Any prefix: a host may have changed it, and redacting too much harms nobody.
_CREDENTIAL_BODY = re.compile(r"[0-9A-Za-z]{43,}")


def generate_secret(prefix: str) -> tuple[str, str]:
    """Return a new client secret and its key id."""
    key_id = "".join(secrets.choice(ALPHABET) for _ in range(KEY_ID_LENGTH))
    return _seal(f"{prefix}{key_id}_{_random_part()}"), key_id


def key_id_of(presented: str, prefix: str) -> str | None:
    """Return the key id inside *presented*, or None if it is not a secret of ours."""
    if not presented.startswith(prefix):
        return None
    key_id, _, body = presented[len(prefix) :].partition("_")
    if _KEY_ID.fullmatch(key_id) and _BODY.fullmatch(body) and _seal_holds(presented):
        return key_id
    return None


def credential_pattern(secret_prefix: str, token_prefix: str) -> str:
    """Return the regular expression that finds all, with these prefixes of two of them."""
    if (secret_prefix, token_prefix) == DEFAULT_PREFIXES:
        return CREDENTIAL_PATTERN
    secret = f"{secret_prefix}[0-9A-Za-z]{{{KEY_ID_LENGTH}}}_"
    body = f"[0-9A-Za-z]{{{RANDOM_LENGTH + CHECKSUM_LENGTH}}}"
    return rf"\b(?:{secret}|{token_prefix}|{HAND_OVER_PREFIX}){body}\b"


def imported_key_id(client_id: str) -> str:
    """
    Return the key id of the secret that a client brought along from another server.

    Such a secret has no key id inside, so the client's own id gives it one; it is longer than
    the others and never meets them.
    """
    return f"imported-{hashlib.sha256(client_id.encode()).hexdigest()[:16]}"


def generate_token(prefix: str) -> str:
    """Return a new opaque access token, or what else is random behind a prefix."""
    return _seal(prefix + _random_part())


def token_is_well_formed(presented: str, prefix: str) -> bool:
    """Whether *presented* has the form of an opaque token, checksum included."""
    return (
        presented.startswith(prefix)
        and _BODY.fullmatch(presented[len(prefix) :]) is not None
        and _seal_holds(presented)
    )


def redact_credentials(text: str) -> str:
    """
    Replace whatever in *text* could be a secret or a token.

    Callers mix up their fields: a secret that arrives as a client id must not reach the
    audit trail.
    """
    return _CREDENTIAL_BODY.sub("[redacted]", text)


def _random_part() -> str:
    return _base62(secrets.randbits(256), RANDOM_LENGTH)


def _seal(text: str) -> str:
    return text + _base62(zlib.crc32(text.encode()), CHECKSUM_LENGTH)


def _seal_holds(sealed: str) -> bool:
    return _seal(sealed[:-CHECKSUM_LENGTH]) == sealed


def _base62(number: int, length: int) -> str:
    # Two digits at a time: the large number is divided half as often.
    pairs = []
    for _ in range((length + 1) // 2):
        number, pair = divmod(number, 3844)
        pairs.append(_PAIRS[pair])
    return "".join(reversed(pairs))[-length:]
