import hashlib

import pytest
from django.contrib.auth.hashers import make_password
from oauth2_provider.models import AccessToken as ToolkitToken

from oauth_m2m.credential_format import generate_token
from oauth_m2m.hashing import DJANGO, SHA256, digest_credential, is_hash_of, same_digest
from tests.toolkit import HASHERS


def test_digest_is_sha256_in_hexadecimal():
    assert (SHA256, DJANGO) == ("sha256", "django")
    assert digest_credential("abc") == (
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    )


def test_digest_of_a_token_is_the_toolkits_checksum():
    token = generate_token("m2mt_")
    field = ToolkitToken._meta.get_field("token_checksum")
    row = ToolkitToken(token=token)
    assert field.pre_save(row, add=True) == digest_credential(token)


def test_text_beyond_ascii_is_digested_as_utf8():
    assert digest_credential("é") == hashlib.sha256(b"\xc3\xa9").hexdigest()


@pytest.mark.parametrize(
    "stored, same",
    [("a" * 64, True), ("a" * 63 + "b", False), ("a" * 63, False), ("", False), ("A" * 64, False)],
    ids=["equal", "last digit", "shorter", "empty", "other case"],
)
def test_digests_are_compared_as_a_whole(stored, same):
    assert same_digest("a" * 64, stored) is same


def test_comparison_takes_constant_time(monkeypatch):
    compared = []
    monkeypatch.setattr("hmac.compare_digest", lambda *pair: compared.append(pair) or False)
    assert same_digest("a", "b") is False
    assert compared == [("a", "b")]


@pytest.mark.parametrize("hasher", ["pbkdf2_sha256", "scrypt", "md5"])
def test_password_hash_of_each_hasher_is_verified(hasher, settings):
    settings.PASSWORD_HASHERS = HASHERS
    stored = make_password("correct horse", hasher=hasher)
    assert is_hash_of("correct horse", stored) is True
    assert is_hash_of("correct hors", stored) is False


@pytest.mark.parametrize("stored", ["", "no hash", "argon2$x", "without_library$x", "a" * 64])
def test_what_no_hasher_knows_proves_nothing(stored, settings):
    settings.PASSWORD_HASHERS = HASHERS
    assert is_hash_of("correct horse", stored) is False
    assert is_hash_of(stored, stored) is False
