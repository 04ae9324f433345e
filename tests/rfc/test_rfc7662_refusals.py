"""Introspection requests that are refused before anything is said about a token."""

import pytest

from tests.conftest import FORM, Registered
from tests.endpoints import INTROSPECTION, MALFORMED, Malformed, ask, assert_refused

pytestmark = pytest.mark.django_db


@pytest.mark.rfc("7662", "2.1")
@pytest.mark.parametrize("malformed", MALFORMED)
def test_malformed_request_is_refused(registered, http, malformed: Malformed):
    response = malformed.send(http, INTROSPECTION, registered)
    assert_refused(
        response,
        malformed.status,
        "invalid_request",
        malformed.description,
        kind="introspection.refused",
        reason=malformed.reason,
    )


@pytest.mark.rfc("7662", "2.1")
def test_refusal_after_authentication_names_the_client(registered, http):
    event = assert_refused(
        ask(http, INTROSPECTION, registered, {"unheard_of": "x"}),
        400,
        "invalid_request",
        "The parameter token is missing.",
        kind="introspection.refused",
        reason="missing_token",
    )
    assert event.client == registered.client


@pytest.mark.rfc("7662", "2.1")
@pytest.mark.rfc("7662", "2.3")
def test_request_without_authentication_is_refused(registered, get_token, http):
    body = f"token={get_token(registered)}"
    assert_refused(
        http.post(INTROSPECTION, body, content_type=FORM),
        401,
        "invalid_client",
        "No client authentication was included.",
        kind="introspection.refused",
        reason="no_credentials",
    )


@pytest.mark.rfc("7662", "2.1")
def test_wrong_secret_is_refused(registered, register, get_token, http):
    guessing = Registered(registered.client, register().secret, "")
    assert_refused(
        ask(http, INTROSPECTION, guessing, {"token": get_token(registered)}),
        401,
        "invalid_client",
        "Client authentication failed.",
        kind="introspection.refused",
        reason="unknown_secret",
    )


@pytest.mark.rfc("7662", "2.1")
def test_bearer_token_is_no_client_authentication(registered, get_token, http):
    token = get_token(registered)
    assert_refused(
        http.post(
            INTROSPECTION,
            f"token={token}",
            content_type=FORM,
            headers={"Authorization": f"Bearer {token}"},
        ),
        401,
        "invalid_client",
        "The scheme of the Authorization header is not supported here.",
        kind="introspection.refused",
        reason="unsupported_scheme",
    )


@pytest.mark.rfc("7662", "2.1")
def test_client_may_authenticate_in_the_body(registered, get_token, http):
    token = get_token(registered)
    body = "&".join(f"{name}={value}" for name, value in registered.credentials.items())
    response = http.post(INTROSPECTION, f"{body}&token={token}", content_type=FORM)
    assert response.json()["active"] is True


@pytest.mark.rfc("7662", "4")
def test_plain_http_is_refused(registered, http, settings):
    settings.OAUTH_M2M = {**settings.OAUTH_M2M, "REQUIRE_HTTPS": True}
    assert_refused(
        ask(http, INTROSPECTION, registered, {"token": "abc"}),
        400,
        "invalid_request",
        "This endpoint must be called over https.",
        kind="introspection.refused",
        reason="plain_http",
    )
