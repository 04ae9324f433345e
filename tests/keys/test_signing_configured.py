"""Keys from ``SIGNING_KEYS``: for those who keep them in a vault."""

import pytest
from django.utils import timezone

from oauth_m2m.errors import Reason, TemporarilyUnavailable
from oauth_m2m.keys.jwk import private_pem, public_jwk
from oauth_m2m.keys.signing import (
    create_key,
    current_ring,
    forget_ring,
    read_configured_key,
    signing_handle,
    verification_key,
)
from oauth_m2m.models import SigningKey
from tests.jose import private_key

pytestmark = pytest.mark.django_db


@pytest.fixture
def configure(settings):
    def configure(*entries: str, **others: str) -> None:
        settings.OAUTH_M2M = {**settings.OAUTH_M2M, "SIGNING_KEYS": list(entries), **others}
        forget_ring()

    return configure


def pem(algorithm: str, number: int = 0) -> str:
    return private_pem(private_key(algorithm, number)).decode()


def kid(algorithm: str, number: int = 0) -> str:
    return public_jwk(private_key(algorithm, number), algorithm)["kid"]


def test_first_configured_key_signs_and_all_verify(configure, tmp_path):
    path = tmp_path / "key.pem"
    path.write_text(pem("ES256", 2))
    configure(pem("ES256", 1), str(path))
    assert signing_handle("ES256").kid == kid("ES256", 1)
    assert [jwk["kid"] for jwk in current_ring().public_jwks] == [kid("ES256", 1), kid("ES256", 2)]
    assert verification_key(kid("ES256", 2)) is not None
    assert not SigningKey.objects.exists()


def test_file_signs_when_it_stands_first(configure, tmp_path):
    path = tmp_path / "key.pem"
    path.write_text(pem("ES256", 2))
    configure(str(path), pem("ES256", 1))
    assert signing_handle("ES256").kid == kid("ES256", 2)


def test_keys_of_the_table_verify_on_beside_configured_ones_and_sign_no_more(configure):
    of_table = signing_handle("ES256")
    configure(pem("ES256", 1))
    assert signing_handle("ES256").kid == kid("ES256", 1)
    assert verification_key(of_table.kid) is not None


@pytest.mark.parametrize("algorithm", ["RS256", "PS256"])
def test_rsa_key_serves_the_algorithm_of_the_setting(configure, algorithm):
    configure(pem("RS256"), SIGNING_ALGORITHM=algorithm)
    handle = signing_handle(algorithm)
    assert (handle.algorithm, handle.kid) == (algorithm, kid("RS256"))
    assert [jwk["alg"] for jwk in current_ring().public_jwks] == [algorithm]


def test_keys_of_other_algorithms_verify_as_what_they_are(configure):
    configure(pem("RS256"), pem("EdDSA"), pem("ES256"))
    assert [jwk["alg"] for jwk in current_ring().public_jwks] == ["RS256", "EdDSA", "ES256"]


def test_unreadable_entry_is_left_out_and_the_others_work(configure, caplog, tmp_path):
    secret = "MIGHAgEAMBMGByqGSM49"
    configure(f"-----BEGIN PRIVATE KEY-----\n{secret}", str(tmp_path / "missing"), pem("ES256", 1))
    assert signing_handle("ES256").kid == kid("ES256", 1)
    assert caplog.messages == [
        "an entry of SIGNING_KEYS is left out: it is not a PEM private key",
        "an entry of SIGNING_KEYS is left out: a file cannot be read",
    ]
    assert secret not in caplog.text
    assert "missing" not in caplog.text


def test_no_configured_key_for_the_algorithm_is_503_although_the_table_has_one(configure, caplog):
    create_key("ES256", 1, timezone.now())
    configure(pem("RS256"))
    with pytest.raises(TemporarilyUnavailable) as refused:
        signing_handle("ES256")
    assert refused.value.reason is Reason.SIGNING_KEY_MISSING
    assert caplog.messages == ["there is no ES256 key to sign with: see SIGNING_KEYS"]
    assert SigningKey.objects.count() == 1


@pytest.mark.parametrize(
    "content, words",
    [
        pytest.param(b"\xff\xfe\x00", "a file cannot be read", id="not UTF-8"),
        pytest.param(b"garbage", "it is not a PEM private key", id="garbage"),
    ],
)
def test_file_without_a_key_is_refused_in_words(tmp_path, content, words):
    path = tmp_path / "key.pem"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=f"^{words}$"):
        read_configured_key(str(path))


@pytest.mark.parametrize("entry", ["/", "a\x00b", "x" * 5000])
def test_entry_that_is_no_path_is_refused_in_words(entry):
    with pytest.raises(ValueError, match=r"^a file cannot be read$"):
        read_configured_key(entry)
