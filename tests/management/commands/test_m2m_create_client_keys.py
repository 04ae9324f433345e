"""Clients that m2m_create_client registers with keys instead of secrets."""

import pytest

from oauth_m2m.keys.pasted import read_pasted_keys
from oauth_m2m.models import Client, ClientKey, ClientSecret
from tests.key_material import (
    PRIVATE_KEY_SENTENCE,
    certificate_pem,
    jwk_text,
    jwks_text,
    private_pem_text,
)

COMMAND = "m2m_create_client"
KEY_METHOD = "--auth-method=private_key_jwt"


@pytest.fixture
def written(tmp_path):
    """Write a text to a file and return its path."""

    def written(text: str) -> str:
        path = tmp_path / "key"
        path.write_text(text)
        return str(path)

    return written


def test_keys_of_a_file_are_registered_and_no_secret_is_made(run, db, written, trail):
    path = written(jwks_text("b", "a"))
    output = run(COMMAND, "Billing", "--client-id=billing", KEY_METHOD, f"--jwks={path}", "--json")
    assert output.data["keys"] == ["a", "b"]
    assert output.data["auth_methods"] == ["private_key_jwt"]
    printed = (output.data[name] for name in ("client_secret", "key_id", "secret_expires_at"))
    assert list(printed) == [None, None, None]
    assert not ClientSecret.objects.exists()
    who = ("m2m_create_client (olga)", "billing", "")
    assert trail() == [
        ("client.created", *who),
        ("client_key.created", *who),
        ("client_key.created", *who),
    ]


def test_certificate_is_registered(run, db, written):
    text = certificate_pem()
    method = "--auth-method=self_signed_tls_client_auth"
    run(COMMAND, "Billing", method, f"--certificate={written(text)}")
    [pasted] = read_pasted_keys(text)
    assert ClientKey.objects.get().sha256_thumbprint == pasted.sha256_thumbprint


def test_address_of_keys_is_stored(run, db):
    run(COMMAND, "Billing", KEY_METHOD, "--jwks-uri=https://keys.example.com/")
    assert Client.objects.get().jwks_uri == "https://keys.example.com/"


def test_people_read_the_ids_of_the_keys(run, db, written):
    path = written(jwk_text(kid="first"))
    assert run(COMMAND, "Billing", "--client-id=b", KEY_METHOD, f"--jwks={path}").lines == [
        'Registered the client "Billing" with the id b.',
        "Scopes by default: none",
        "Scopes when asked for: none",
        "Key: first",
        "",
        "It has no secret: it proves itself by private_key_jwt.",
    ]


def test_people_read_what_the_client_still_lacks(run, db):
    lines = run(COMMAND, "Billing", KEY_METHOD, "--auth-method=workload_identity").lines
    assert lines[-3:] == [
        "It has no secret: it proves itself by private_key_jwt or workload_identity.",
        "The method private_key_jwt needs a public key or a JWKS URI: add one.",
        "The method workload_identity needs a workload identity that names this client.",
    ]


def test_client_with_both_kinds_gets_a_secret_too(run, db, written):
    path = written(jwk_text(kid="first"))
    flags = (KEY_METHOD, "--auth-method=client_secret_basic", f"--jwks={path}")
    output = run(COMMAND, "Billing", *flags, "--json")
    assert output.data["client_secret"].startswith("m2ms_")
    assert output.data["keys"] == ["first"]


def test_private_key_is_refused_and_nothing_is_written(refuse, db, written):
    path = written(private_pem_text())
    message = refuse(COMMAND, "Billing", KEY_METHOD, f"--jwks={path}")
    assert message == f"--jwks: {PRIVATE_KEY_SENTENCE}"


def test_one_key_twice_is_refused_and_nothing_is_written(refuse, db, written):
    path = written(jwks_text("twin", "twin"))
    assert refuse(COMMAND, "Billing", KEY_METHOD, f"--jwks={path}") == (
        "This client has a key with the id twin already. Nothing was changed."
    )


def test_lifetime_of_a_secret_that_is_not_made_is_refused(refuse, db):
    assert refuse(COMMAND, "Billing", KEY_METHOD, "--secret-expires-in=1") == (
        "--secret-expires-in is of no use: none of its methods takes a secret."
    )


def test_address_of_keys_over_http_is_refused(refuse, db):
    message = refuse(COMMAND, "Billing", KEY_METHOD, "--jwks-uri=http://keys.example.com/")
    assert message == (
        "--jwks-uri: The address must be https: whoever changes keys on their way is the client."
        "\nNothing was changed."
    )
