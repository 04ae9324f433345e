import pytest
from django.contrib.auth.hashers import make_password

from oauth_m2m.contrib.dot.stored_secrets import StoredSecret, UnusableSecret, read_stored_secret
from oauth_m2m.hashing import DJANGO, SHA256, digest_credential
from oauth_m2m.models import ClientSecret
from tests.toolkit import HASHERS, SECRET

UNKNOWN_HASH = "its secret is not a hash that PASSWORD_HASHERS knows"
BAD_FORM = "its secret is longer than 255 characters or has a control character"
OURS = "its secret starts with SECRET_PREFIX, like those that this server makes"


@pytest.fixture(autouse=True)
def _hashers(settings):
    settings.PASSWORD_HASHERS = HASHERS


@pytest.mark.parametrize("hasher", ["pbkdf2_sha256", "md5"])
@pytest.mark.parametrize("is_hashed", [True, False], ids=["said to be", "not said to be"])
def test_hash_is_kept_as_it_is_whatever_the_application_says(hasher, is_hashed):
    stored = make_password(SECRET, hasher=hasher)
    assert read_stored_secret(stored, is_hashed=is_hashed) == StoredSecret(stored, DJANGO)


def test_clear_secret_becomes_a_digest():
    read = read_stored_secret(SECRET, is_hashed=False)
    assert read == StoredSecret(digest_credential(SECRET), SHA256)
    assert SECRET not in repr(read)
    assert read.digest not in repr(read)


@pytest.mark.parametrize(
    "stored, is_hashed, why",
    [
        ("", True, "it has no secret"),
        ("", False, "it has no secret"),
        (make_password("", hasher="md5"), True, "its secret is empty"),
        (make_password("", hasher="md5"), False, "its secret is empty"),
        (SECRET, True, UNKNOWN_HASH),
        ("bcrypt_sha256$$2b$12$x", True, UNKNOWN_HASH),
        (
            "without_library$x",
            True,
            "the library that its secret is hashed with is not installed",
        ),
        ("m2ms_x", False, OURS),
        ("a\x00", False, BAD_FORM),
        ("a\n", False, BAD_FORM),
        ("a" * 256, False, BAD_FORM),
    ],
    ids=[
        "no secret",
        "no secret, in clear",
        "hash of nothing",
        "hash of nothing, not said to be one",
        "clear text that is said to be a hash",
        "unknown hasher",
        "no library",
        "our prefix",
        "NUL",
        "line break",
        "long",
    ],
)
def test_unusable_secret_is_refused_with_its_reason(stored, is_hashed, why):
    with pytest.raises(UnusableSecret) as refused:
        read_stored_secret(stored, is_hashed=is_hashed)
    assert str(refused.value) == why


SLOW, OTHER_SLOW = StoredSecret("md5$a$b", DJANGO), StoredSecret("md5$a$c", DJANGO)
FAST, OTHER_FAST = StoredSecret("1" * 64, SHA256), StoredSecret("2" * 64, SHA256)


def row(secret: StoredSecret) -> ClientSecret:
    return ClientSecret(digest=secret.digest, algorithm=secret.algorithm)


@pytest.mark.parametrize(
    "secret, imported, noted, same",
    [
        (SLOW, row(SLOW), SLOW.fingerprint, True),
        (SLOW, row(FAST), SLOW.fingerprint, True),
        (FAST, row(FAST), "", True),
        (SLOW, row(OTHER_SLOW), OTHER_SLOW.fingerprint, False),
        (SLOW, row(FAST), OTHER_SLOW.fingerprint, False),
        (SLOW, row(FAST), "", False),
        (FAST, row(OTHER_FAST), "", False),
        (FAST, row(SLOW), SLOW.fingerprint, False),
    ],
    ids=[
        "hash, not used yet",
        "hash, used since",
        "clear text",
        "another hash",
        "another hash, used since",
        "hash, and no note of it",
        "another clear text",
        "clear text where there was a hash",
    ],
)
def test_imported_row_tells_whether_the_secret_is_still_the_same(secret, imported, noted, same):
    assert secret.became(imported, noted) is same


def test_fingerprint_says_nothing_of_the_hash():
    assert SLOW.fingerprint == digest_credential(SLOW.digest)
    assert FAST.fingerprint == ""
