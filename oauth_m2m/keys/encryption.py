"""
Encrypt private keys at rest.

Fernet (AES-128-CBC with HMAC-SHA256) under keys derived from ``KEY_ENCRYPTION_KEYS``, or
from Django's SECRET_KEY while that is empty. The first encrypts, all of them decrypt, so
that one can be replaced without a flag day.

https://cryptography.io/en/latest/fernet/
"""

import base64

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.utils.encoding import force_bytes

from oauth_m2m.conf import m2m_settings

__all__ = ["UndecryptableKeyError", "decrypt", "encrypt", "is_decryptable", "uses_default_key"]


class UndecryptableKeyError(Exception):
    """None of the keys opens this text."""


def uses_default_key() -> bool:
    """Whether private keys hang on SECRET_KEY alone."""
    return not m2m_settings.KEY_ENCRYPTION_KEYS


def encrypt(clear: bytes) -> str:
    """Return *clear* encrypted under the newest key, as text."""
    return _fernet().encrypt(clear).decode()


def decrypt(encrypted: str) -> bytes:
    """Return the clear bytes; raises UndecryptableKeyError."""
    try:
        return _fernet().decrypt(encrypted.encode())
    except InvalidToken:
        raise UndecryptableKeyError from None


def is_decryptable(encrypted: str) -> bool:
    """Whether one of the keys opens this text."""
    try:
        decrypt(encrypted)
    except UndecryptableKeyError:
        return False
    return True


def _fernet() -> MultiFernet:
    own: tuple[str | bytes, ...] = m2m_settings.KEY_ENCRYPTION_KEYS
    passphrases = own or (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    return MultiFernet([Fernet(_derive(passphrase)) for passphrase in passphrases])


def _derive(passphrase: str | bytes) -> bytes:
    hkdf = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"oauth_m2m signing keys")
    return base64.urlsafe_b64encode(hkdf.derive(force_bytes(passphrase)))
