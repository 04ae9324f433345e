"""Private keys at rest."""

import pytest
from cryptography.fernet import Fernet

from oauth_m2m.keys.encryption import (
    UndecryptableKeyError,
    decrypt,
    encrypt,
    is_decryptable,
    uses_default_key,
)


@pytest.fixture
def use_keys(settings):
    def use_keys(*keys: str) -> None:
        settings.OAUTH_M2M = {**settings.OAUTH_M2M, "KEY_ENCRYPTION_KEYS": list(keys)}

    return use_keys


def test_what_is_encrypted_is_not_clear_and_comes_back():
    encrypted = encrypt(b"the private key")
    assert "private" not in encrypted
    assert decrypt(encrypted) == b"the private key"


def test_two_encryptions_of_one_text_differ():
    assert encrypt(b"the private key") != encrypt(b"the private key")


def test_newest_key_encrypts(use_keys):
    use_keys("new", "old")
    encrypted = encrypt(b"clear")
    use_keys("new")
    assert decrypt(encrypted) == b"clear"
    use_keys("old")
    assert not is_decryptable(encrypted)


def test_every_listed_key_decrypts(use_keys):
    texts = []
    for key in ("first", "second", "third"):
        use_keys(key)
        texts.append(encrypt(key.encode()))
    use_keys("fourth", "third", "second", "first")
    assert [decrypt(text) for text in texts] == [b"first", b"second", b"third"]


def test_secret_key_serves_while_there_is_no_other(use_keys, settings):
    assert uses_default_key()
    encrypted = encrypt(b"clear")
    settings.SECRET_KEY = "another"
    assert not is_decryptable(encrypted)
    settings.SECRET_KEY_FALLBACKS = ["the tests' own"]
    assert decrypt(encrypted) == b"clear"


def test_secret_key_does_not_open_what_own_keys_closed_nor_the_other_way(use_keys):
    by_secret_key = encrypt(b"clear")
    use_keys("own")
    assert not uses_default_key()
    assert not is_decryptable(by_secret_key)
    by_own = encrypt(b"clear")
    use_keys()
    assert not is_decryptable(by_own)


def test_secret_key_of_bytes_serves_too(settings):
    settings.SECRET_KEY = b"\xff bytes"
    assert decrypt(encrypt(b"clear")) == b"clear"


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="nothing"),
        pytest.param("-----BEGIN PRIVATE KEY-----", id="clear text"),
        pytest.param("Schlüssel", id="not ASCII"),
        pytest.param(Fernet(Fernet.generate_key()).encrypt(b"clear").decode(), id="a strange key"),
    ],
)
def test_what_no_key_opens_is_an_error_that_shows_nothing(text):
    assert not is_decryptable(text)
    with pytest.raises(UndecryptableKeyError) as refused:
        decrypt(text)
    assert str(refused.value) == ""
    assert refused.value.__cause__ is None


def test_changed_text_is_not_opened():
    encrypted = encrypt(b"clear")
    middle = len(encrypted) // 2
    other = "A" if encrypted[middle] != "A" else "B"
    assert not is_decryptable(encrypted[:middle] + other + encrypted[middle + 1 :])
