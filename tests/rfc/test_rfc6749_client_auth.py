"""How a client says who it is: Basic, the body, both, neither, and malformed attempts."""

from base64 import b64encode

import pytest

from oauth_m2m.credential_format import generate_secret
from oauth_m2m.models import AccessToken
from tests.conftest import Registered
from tests.rfc.answers import (
    assert_invalid_request,
    assert_unauthenticated,
)

pytestmark = pytest.mark.django_db

GRANT = "grant_type=client_credentials"


def basic(client_id: str | bytes, secret: str | bytes) -> str:
    parts = (part.encode() if isinstance(part, str) else part for part in (client_id, secret))
    return "Basic " + b64encode(b":".join(parts)).decode()


def in_body(registered: Registered) -> str:
    return f"{GRANT}&client_id={registered.client_id}&client_secret={registered.secret}"


def escaped(text: str) -> str:
    return "".join(f"%{byte:02X}" for byte in text.encode())


@pytest.mark.rfc("6749", "2.3.1")
def test_basic_is_accepted(registered, post_token):
    header = basic(registered.client_id, registered.secret)
    assert post_token(GRANT, Authorization=header).status_code == 200


@pytest.mark.rfc("6749", "2.3.1")
def test_credentials_in_the_body_are_accepted(registered, post_token):
    assert post_token(in_body(registered)).status_code == 200


@pytest.mark.rfc("7235", "2.1")
@pytest.mark.parametrize("scheme", ["basic", "BASIC", "bAsIc", "Basic ", "Basic    "])
def test_the_schemes_case_and_spaces_do_not_matter(registered, post_token, scheme):
    _, _, pair = basic(registered.client_id, registered.secret).partition(" ")
    assert post_token(GRANT, Authorization=f"{scheme} {pair}").status_code == 200


@pytest.mark.rfc("6749", "2.3.1")
@pytest.mark.rfc("6749", "B")
def test_percent_encoded_basic_is_decoded(register, post_token):
    # openid-client 6 and oauth4webapi encode even "-" and "_".
    client = register("orders:read", client_id="nightly-job_1.eu")
    every_character = basic(escaped(client.client_id), escaped(client.secret))
    some = basic("nightly%2Djob%5f1%2Eeu", client.secret.replace("_", "%5F"))
    for header in (every_character, some):
        assert post_token(GRANT, Authorization=header).status_code == 200


@pytest.mark.rfc("6749", "2.3.1")
def test_an_escaped_colon_belongs_to_the_id(register, post_token):
    client = register("orders:read")
    client.client.client_id = "urn:example:job"
    client.client.save()
    header = basic("urn%3Aexample%3Ajob", client.secret)
    assert post_token(GRANT, Authorization=header).status_code == 200


@pytest.mark.rfc("6749", "2.3.1")
def test_percent_encoded_body_is_decoded(registered, post_token):
    body = f"{GRANT}&client_id={escaped(registered.client_id)}"
    body += f"&client_secret={escaped(registered.secret)}"
    assert post_token(body).status_code == 200


@pytest.mark.rfc("6749", "3.2.1")
def test_the_same_client_id_beside_basic_is_accepted(registered, post_token):
    header = basic(registered.client_id, registered.secret)
    body = f"{GRANT}&client_id={registered.client_id}"
    assert post_token(body, Authorization=header).status_code == 200


@pytest.mark.rfc("6749", "3.2.1")
@pytest.mark.parametrize("secret", ["right", "wrong"])
def test_another_client_id_beside_basic_is_refused(register, post_token, secret):
    one, two = register("a"), register("a")
    header = basic(one.client_id, one.secret if secret == "right" else "wrong")
    event = assert_invalid_request(
        post_token(f"{GRANT}&client_id={two.client_id}", Authorization=header),
        "The client_id in the body is not the one in the Authorization header.",
        reason="client_id_mismatch",
    )
    assert event.client_identifier == one.client_id


@pytest.mark.rfc("6749", "2.3")
@pytest.mark.parametrize("in_header", ["right", "wrong", "malformed", "empty"])
@pytest.mark.parametrize("secret", ["right", "wrong"])
def test_two_methods_are_refused_right_or_wrong(registered, post_token, in_header, secret):
    header = {
        "right": basic(registered.client_id, registered.secret),
        "wrong": basic(registered.client_id, generate_secret("m2ms_")[0]),
        "malformed": "Basic !!!",
        "empty": "Basic",
    }[in_header]
    body = in_body(registered) if secret == "right" else f"{GRANT}&client_id=a&client_secret=b"
    assert_invalid_request(
        post_token(body, Authorization=header),
        "Use one client authentication method, not two.",
        reason="two_methods",
    )


@pytest.mark.rfc("6749", "5.2")
@pytest.mark.parametrize(
    "body",
    [
        GRANT,
        f"{GRANT}&client_id=known",
        f"{GRANT}&client_id=known&client_secret=",
        f"{GRANT}&client_secret=",
    ],
    ids=["nothing", "an id alone", "an empty secret", "an empty secret alone"],
)
def test_a_request_without_a_secret_is_refused(register, post_token, body):
    register("orders:read", client_id="known")
    assert_unauthenticated(
        post_token(body),
        description="No client authentication was included.",
        reason="no_credentials",
    )


@pytest.mark.rfc("6749", "2.3.1")
@pytest.mark.parametrize("client_id", ["", "&client_id="], ids=["absent", "empty"])
def test_a_secret_without_an_id_is_refused(registered, post_token, client_id):
    assert_invalid_request(
        post_token(f"{GRANT}&client_secret={registered.secret}{client_id}"),
        "The parameter client_id is missing.",
        reason="missing_client_id",
    )


@pytest.mark.rfc("6749", "5.2")
@pytest.mark.parametrize(
    "header",
    [
        "Bearer m2mt_anything",
        "Bearer",
        "Digest username=x",
        "Negotiate abc",
        "Basicx abc",
        "Basic\tabc",
        "Basic:abc",
        "Basic,Basic",
        "\x00",
        "ÿ",
        "just-a-secret",
    ],
)
@pytest.mark.parametrize("body", ["nothing in the body", "right credentials in the body"])
def test_other_schemes_are_refused_and_nothing_falls_through(registered, post_token, header, body):
    form = GRANT if body == "nothing in the body" else in_body(registered)
    assert_unauthenticated(
        post_token(form, Authorization=header),
        description="The scheme of the Authorization header is not supported here.",
        reason="unsupported_scheme",
    )
    assert not AccessToken.objects.exists()
