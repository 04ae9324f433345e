import pytest
from django.core.management.base import CommandError

from oauth_m2m.management.key_files import read_key_files
from tests.key_material import (
    PRIVATE_KEY_SENTENCE,
    certificate_pem,
    jwk_text,
    jwks_text,
    private_pem_text,
    public_pem,
)

NONE = {"jwks": None, "jwks_uri": "", "certificate": None, "auth_method": ["private_key_jwt"]}


def read(**options):
    return read_key_files({**NONE, **options})


@pytest.fixture
def written(tmp_path):
    """Write a text to a file and return its path."""

    def written(text: str | bytes) -> str:
        path = tmp_path / "key"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return str(path)

    return written


@pytest.mark.parametrize(
    "text, count",
    [(jwk_text(), 1), (jwks_text("a", "b"), 2), (public_pem(), 1)],
    ids=["JWK", "JWK Set", "PEM"],
)
def test_keys_are_read_from_a_file(written, text: str, count: int):
    assert len(read(jwks=written(text))) == count


def test_certificate_is_read_beside_keys(written, tmp_path):
    other = tmp_path / "jwks"
    other.write_text(jwk_text(kid="bare"))
    keys = read(jwks=str(other), certificate=written(certificate_pem()))
    assert [key.kid for key in keys] == ["bare", keys[1].sha256_thumbprint]


def test_no_flag_is_no_key():
    assert read(auth_method=[]) == []


@pytest.mark.parametrize("flag", ["jwks", "certificate"])
@pytest.mark.parametrize(
    "text, sentence",
    [
        (private_pem_text(), PRIVATE_KEY_SENTENCE),
        ("nothing", "Paste a JWK, a JWK Set, a PEM public key, or a PEM certificate."),
    ],
    ids=["private key", "no key"],
)
def test_what_is_no_public_key_is_refused(written, flag: str, text: str, sentence: str):
    with pytest.raises(CommandError) as caught:
        read(**{flag: written(text)})
    assert str(caught.value) == f"--{flag}: {sentence}"


def test_file_that_is_not_there_is_named():
    with pytest.raises(CommandError) as caught:
        read(jwks="/nowhere/key.pem")
    assert str(caught.value) == "--jwks: No such file or directory: /nowhere/key.pem"


def test_certificate_in_binary_form_is_refused_with_what_to_give(written):
    path = written(b"\x30\x82\xff\xfe")
    with pytest.raises(CommandError) as caught:
        read(certificate=path)
    assert str(caught.value) == (
        f"--certificate: {path} is no text. Give the PEM form of a key or certificate."
    )


@pytest.mark.parametrize(
    "options, flag",
    [
        ({"jwks": "x"}, "--jwks"),
        ({"jwks_uri": "https://a.example"}, "--jwks-uri"),
        ({"certificate": "x"}, "--certificate"),
    ],
    ids=["keys", "address", "certificate"],
)
@pytest.mark.parametrize("methods", [[], ["client_secret_basic"]], ids=str)
def test_key_that_no_method_would_use_is_refused(options, flag: str, methods):
    with pytest.raises(CommandError) as caught:
        read(**options, auth_method=methods)
    assert str(caught.value) == (
        f"{flag} is of no use without a method that uses a key: add --auth-method private_key_jwt"
        " or --auth-method self_signed_tls_client_auth."
    )
