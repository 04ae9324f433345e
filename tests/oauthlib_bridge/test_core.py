import json
import logging

import oauthlib
import pytest

from oauth_m2m.errors import InvalidClient, InvalidRequest, InvalidScope, UnsupportedGrantType
from oauth_m2m.models import AccessToken
from oauth_m2m.oauthlib_bridge.core import _Core, token_response
from oauth_m2m.oauthlib_bridge.validator import ClientCredentialsValidator
from tests.client_auth.token_requests import basic, request

pytestmark = pytest.mark.django_db


@pytest.fixture
def oauthlibs_own_debugging():
    oauthlib.set_debug(True)
    yield
    oauthlib.set_debug(False)


def test_answer_is_the_json_of_a_token(registered):
    answer = json.loads(token_response(request(**registered.credentials)))
    assert answer.pop("access_token").startswith("m2mt_")
    assert answer == {"token_type": "Bearer", "expires_in": 3600, "scope": "orders:read"}


@pytest.mark.parametrize(
    "body, expected",
    [
        ({"grant_type": ""}, InvalidRequest),
        ({"grant_type": "password"}, UnsupportedGrantType),
        ({"client_secret": "wrong"}, InvalidClient),
        ({"scope": "admin"}, InvalidScope),
    ],
    ids=["no grant type", "other grant type", "wrong secret", "scope not granted"],
)
def test_refusals_are_our_errors(registered, body, expected):
    with pytest.raises(expected) as refused:
        token_response(request(**{**registered.credentials, **body}))
    assert type(refused.value) is expected
    assert not AccessToken.objects.exists()


@pytest.mark.parametrize(
    "scope, handed_over",
    [("", None), (" ", None), ("a", "a"), ("a b", "a b"), ("  a   b ", "a b")],
)
def test_oauthlib_sees_the_grant_type_and_the_scope_only(registered, scope, handed_over):
    presented = request(**registered.credentials, scope=scope, resource="https://a.example")
    core = _Core(ClientCredentialsValidator(presented))
    expected = [("grant_type", "client_credentials")]
    if handed_over:
        expected.append(("scope", handed_over))
    assert core._extract_params(presented) == ("", "POST", expected, {})


def test_each_request_has_a_server_of_its_own(registered):
    one, two = (_Core(ClientCredentialsValidator(request())) for _ in range(2))
    assert one.server is not two.server


@pytest.mark.usefixtures("oauthlibs_own_debugging")
@pytest.mark.parametrize("method", ["basic", "body"])
def test_debug_logs_have_neither_secret_nor_token(registered, caplog, method):
    presented = (
        request(basic(registered.client_id, registered.secret))
        if method == "basic"
        else request(**registered.credentials)
    )
    with caplog.at_level(logging.DEBUG), caplog.at_level(logging.DEBUG, "oauthlib"):
        token = json.loads(token_response(presented))["access_token"]
    assert "Issuing token to client id" in caplog.text
    for clear in (registered.secret, token, presented.authorization or registered.secret):
        assert clear not in caplog.text


@pytest.mark.usefixtures("oauthlibs_own_debugging")
def test_debug_logs_of_a_refusal_have_no_secret(registered, caplog):
    wrong = registered.secret[:-1]
    presented = request(client_id=registered.client_id, client_secret=wrong)
    with (
        caplog.at_level(logging.DEBUG),
        caplog.at_level(logging.DEBUG, "oauthlib"),
        pytest.raises(InvalidClient),
    ):
        token_response(presented)
    assert "Validating access token request" in caplog.text
    assert wrong not in caplog.text
