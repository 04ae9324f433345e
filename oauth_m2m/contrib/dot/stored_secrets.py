"""What django-oauth-toolkit keeps of an application's secret, and what it becomes here."""

from dataclasses import dataclass, field

from django.contrib.auth.hashers import check_password, identify_hasher

from oauth_m2m import protocol
from oauth_m2m.conf import m2m_settings
from oauth_m2m.hashing import DJANGO, SHA256, digest_credential
from oauth_m2m.models import ClientSecret

__all__ = ["StoredSecret", "UnusableSecret", "read_stored_secret"]


class UnusableSecret(Exception):
    """A secret that cannot be imported; its text says why, as the rest of a table's line."""


@dataclass(frozen=True, slots=True)
class StoredSecret:
    """A secret in the form in which a row of ours keeps it."""

    digest: str = field(repr=False)
    algorithm: str

    @property
    def fingerprint(self) -> str:
        """
        What tells this hash from another one, once ours has become a SHA-256 of the secret.

        Empty for a secret that is one from the beginning.
        """
        return digest_credential(self.digest) if self.algorithm == DJANGO else ""

    def became(self, row: ClientSecret, noted_fingerprint: str) -> bool:
        """Whether *row* was made from this; *noted_fingerprint* is what was noted then."""
        if row.algorithm == self.algorithm:
            return row.digest == self.digest
        # Used since: the hash is gone.
        return self.algorithm == DJANGO and noted_fingerprint == self.fingerprint


def read_stored_secret(stored: str, *, is_hashed: bool) -> StoredSecret:
    """
    Return what to keep of the secret that the toolkit *stored*.

    *is_hashed* is what the application says of it. Raises UnusableSecret.
    """
    if not stored:
        reason = "it has no secret"
        raise UnusableSecret(reason)
    try:
        identify_hasher(stored)
    except ValueError:
        if is_hashed:
            # As clear text, whoever reads the toolkit's table could log in with the hash.
            reason = "its secret is not a hash that PASSWORD_HASHERS knows"
            raise UnusableSecret(reason) from None
        return _of_clear_text(stored)
    try:
        is_blank = check_password("", stored)
    except ValueError:
        reason = "the library that its secret is hashed with is not installed"
        raise UnusableSecret(reason) from None
    if is_blank:
        # The toolkit hashes an empty secret too, and then gives out tokens for none.
        reason = "its secret is empty"
        raise UnusableSecret(reason)
    return StoredSecret(stored, DJANGO)


def _of_clear_text(clear: str) -> StoredSecret:
    if clear.startswith(m2m_settings.SECRET_PREFIX):
        reason = "its secret starts with SECRET_PREFIX, like those that this server makes"
        raise UnusableSecret(reason)
    if not protocol.FOREIGN_SECRET.fullmatch(clear):
        reason = "its secret is longer than 255 characters or has a control character"
        raise UnusableSecret(reason)
    return StoredSecret(digest_credential(clear), SHA256)
