"""The token endpoint's answers: success, the grant type, and the constancy of refusals."""

import re

import pytest
from django.test import Client as HttpClient
from django.utils import timezone

from oauth_m2m.credential_format import CREDENTIAL_PATTERN
from oauth_m2m.hashing import digest_credential
from oauth_m2m.models import AccessToken, AuditEvent
from tests.conftest import FORM, TOKEN_URL
from tests.rfc.answers import assert_invalid_request, assert_refused

pytestmark = pytest.mark.django_db


@pytest.mark.rfc("6749", "4.4")
@pytest.mark.rfc("6749", "5.1")
def test_answer_has_a_bearer_token_its_lifetime_and_scope(registered, post_token):
    response = post_token({"grant_type": "client_credentials", **registered.credentials})
    body = response.json()
    token = body.pop("access_token")
    assert response.status_code == 200
    assert body == {"token_type": "Bearer", "expires_in": 3600, "scope": "orders:read"}
    assert response.headers["Content-Type"] == "application/json"
    row = AccessToken.objects.get(token_hash=digest_credential(token))
    assert (row.client, row.scope) == (registered.client, "orders:read")
    assert 3595 < (row.expires_at - timezone.now()).total_seconds() <= 3600


@pytest.mark.rfc("6749", "5.1")
def test_answer_is_kept_by_no_cache_and_sets_no_cookie(registered, post_token):
    response = post_token({"grant_type": "client_credentials", **registered.credentials})
    assert response.status_code == 200
    assert response.headers["Cache-Control"] == "no-store"
    assert response.headers["Pragma"] == "no-cache"
    assert not response.cookies


@pytest.mark.rfc("6749", "4.4.3")
def test_no_refresh_token_is_issued(registered, post_token):
    body = post_token({"grant_type": "client_credentials", **registered.credentials}).json()
    assert set(body) == {"access_token", "token_type", "expires_in", "scope"}


@pytest.mark.rfc("6749", "10.10")
def test_two_requests_get_two_tokens_of_the_published_form(registered, get_token):
    tokens = {get_token(registered), get_token(registered)}
    assert len(tokens) == 2
    for token in tokens:
        assert re.fullmatch(CREDENTIAL_PATTERN, token)


@pytest.mark.rfc("6749", "5.1")
def test_lifetime_of_the_client_comes_before_the_settings(register, post_token, settings):
    settings.OAUTH_M2M = {**settings.OAUTH_M2M, "ACCESS_TOKEN_LIFETIME": 120}
    own, plain = register("a", token_lifetime=60), register("a")
    lifetimes = [
        post_token({"grant_type": "client_credentials", **client.credentials}).json()["expires_in"]
        for client in (own, plain)
    ]
    assert lifetimes == [60, 120]


@pytest.mark.rfc("6749", "3.2")
def test_post_needs_no_csrf_token(registered):
    http = HttpClient(enforce_csrf_checks=True)
    body = {"grant_type": "client_credentials", **registered.credentials}
    query = "&".join(f"{name}={value}" for name, value in body.items())
    assert http.post(TOKEN_URL, query, content_type=FORM).status_code == 200


@pytest.mark.rfc("6749", "5.2")
@pytest.mark.parametrize("grant", [{}, {"grant_type": ""}], ids=["absent", "empty"])
def test_missing_grant_type_is_refused(registered, post_token, grant):
    response = post_token({**grant, **registered.credentials})
    assert_invalid_request(
        response, "The parameter grant_type is missing.", reason="missing_grant_type"
    )


@pytest.mark.rfc("6749", "5.2")
@pytest.mark.parametrize(
    "grant_type",
    [
        "password",
        "authorization_code",
        "refresh_token",
        "urn:ietf:params:oauth:grant-type:device_code",
        "Client_Credentials",
        "client_credentials ",
        "client credentials",
        "ü",
    ],
)
def test_every_other_grant_type_is_refused(registered, post_token, grant_type):
    response = post_token({"grant_type": grant_type, **registered.credentials})
    assert_refused(
        response,
        400,
        "unsupported_grant_type",
        "Only the grant type client_credentials is supported.",
        reason="unsupported_grant_type",
    )
    assert not AccessToken.objects.exists()


@pytest.mark.rfc("6749", "3.2")
def test_unknown_parameters_are_ignored(registered, post_token):
    fields = {"grant_type": "client_credentials", **registered.credentials, "unheard_of": "x"}
    assert post_token(fields).status_code == 200


@pytest.mark.rfc("6749", "5.2")
def test_refusals_never_repeat_what_the_client_sent(registered, post_token):
    canary = "canary7391"
    known = f"client_id={registered.client_id}&client_secret={registered.secret}"
    bodies = [
        f"grant_type={canary}",
        f"grant_type=client_credentials&scope={canary}&{known}",
        f"grant_type=client_credentials&client_id={canary}&client_secret={canary}",
        f"grant_type=client_credentials&{canary}=1&{canary}=2",
        f"grant_type=client_credentials&{canary}=%zz",
        f"grant_type=client_credentials&{canary}=%00",
    ]
    for body in bodies:
        response = post_token(body)
        assert response.status_code in {400, 401}
        assert canary not in f"{response.content!r}{response.headers}"
    assert AuditEvent.objects.filter(kind="token.refused").count() == len(bodies)
