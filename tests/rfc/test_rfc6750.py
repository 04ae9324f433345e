"""Bearer tokens at two protected resources: a DRF view and a plain Django view."""

from datetime import timedelta

import pytest
from django.contrib.auth import get_user_model
from django.utils import timezone

from oauth_m2m.credential_format import generate_token
from oauth_m2m.models import AccessToken, Client
from oauth_m2m.operations.clients import delete_client, disable_client, enable_client
from oauth_m2m.operations.tokens import revoke_client_tokens, revoke_token
from tests.challenges import BEARER
from tests.conftest import Registered
from tests.error_ids import body_of, challenge_of

DRF, PLAIN = "/api/orders/", "/reports/daily"

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.parametrize("url", [DRF, PLAIN], ids=["DRF view", "plain view"]),
]

NOT_VALID = "The access token is not valid."
MALFORMED = "The Authorization header is malformed."


@pytest.fixture
def caller(register) -> Registered:
    return register("orders:read", "reports:read", optional=["orders:write", "other"])


def assert_challenged(response, url, status: int, error: str, description: str, scope: str = ""):
    challenge = f'{BEARER}, error="{error}", error_description="{description}"'
    challenge += f', scope="{scope}"' if scope else ""
    body = {"error": error, "error_description": description}
    assert response.status_code == status
    assert challenge_of(response) == challenge
    if url == DRF:
        assert response.json() == {"detail": description}
    else:
        assert body_of(response) == body


def assert_token_refused(response, url):
    assert_challenged(response, url, 401, "invalid_token", NOT_VALID)


@pytest.mark.rfc("6750", "2.1")
@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER", "Bearer  "])
def test_good_token_is_let_in(caller, get_token, http, url, scheme):
    headers = {"Authorization": f"{scheme} {get_token(caller)}"}
    assert http.get(url, headers=headers).status_code == 200


@pytest.mark.rfc("6750", "3.1")
@pytest.mark.parametrize(
    "headers",
    [{}, {"Authorization": ""}, {"Authorization": "Basic YTpi"}, {"Authorization": "m2mt_x"}],
    ids=["no header", "empty header", "another scheme", "no scheme"],
)
def test_request_without_a_token_gets_a_challenge_without_an_error(db, http, url, headers):
    response = http.get(url, headers=headers)
    assert response.status_code == 401
    assert challenge_of(response) == BEARER
    assert response.json() == (
        {"detail": "Authentication credentials were not provided."}
        if url == DRF
        else {"error": "unauthorized", "error_description": "An access token is required."}
    )


@pytest.mark.rfc("6750", "2.2")
@pytest.mark.rfc("6750", "2.3")
@pytest.mark.parametrize("where", ["query", "body", "cookie"])
def test_token_outside_the_header_is_not_a_token(caller, get_token, http, url, where):
    token = get_token(caller)
    if where == "query":
        response = http.get(f"{url}?access_token={token}")
    elif where == "body":
        response = http.post(url, {"access_token": token})
    else:
        http.cookies["access_token"] = token
        response = http.get(url)
    assert response.status_code == 401
    assert challenge_of(response) == BEARER


@pytest.mark.rfc("6750", "2.1")
@pytest.mark.parametrize(
    "header",
    [
        "Bearer",
        "Bearer ",
        "Bearer {token} {token}",
        "Bearer {token},Bearer {token}",
        "Bearer {token}, Bearer {token}",
        "Bearer {token};",
        'Bearer "{token}"',
        "Bearer token={token}",
        "Bearer =",
        "Bearer {token}\x00",
        "Bearer {token}\n",
        "Bearer \t{token}",
        "Bearer {token}\xff",
        "Bearer 密{token}",
        "Bearer " + "a" * 8193,
    ],
    ids=[
        "nothing",
        "a space",
        "two tokens",
        "doubled header",
        "doubled header with a space",
        "semicolon",
        "quotes",
        "a parameter",
        "padding only",
        "NUL",
        "line break",
        "tab",
        "Latin-1",
        "beyond Latin-1",
        "too long",
    ],
)
def test_malformed_header_is_an_invalid_request(caller, get_token, http, url, header):
    headers = {"Authorization": header.format(token=get_token(caller))}
    assert_challenged(http.get(url, headers=headers), url, 400, "invalid_request", MALFORMED)


@pytest.mark.rfc("6750", "3.1")
@pytest.mark.parametrize(
    "make",
    [
        lambda _: generate_token("m2mt_"),
        lambda token: token[:-1] + ("a" if token[-1] != "a" else "b"),
        lambda token: token[:-1],
        lambda token: f"{token}=",
        lambda token: token.swapcase(),
        lambda token: token.removeprefix("m2mt_"),
        lambda _: "eyJhbGciOiJub25lIn0.e30.",
        lambda _: "m2mt_",
        lambda _: "a" * 8192,
    ],
    ids=[
        "unknown",
        "last character wrong",
        "cut short",
        "padded",
        "other case",
        "without prefix",
        "a JWT",
        "a prefix alone",
        "as long as it may be",
    ],
)
def test_token_that_we_did_not_issue_is_refused(caller, get_token, http, url, make):
    headers = {"Authorization": f"Bearer {make(get_token(caller))}"}
    assert_token_refused(http.get(url, headers=headers), url)


@pytest.mark.rfc("6750", "3.1")
def test_client_secret_is_not_a_token(caller, http, url):
    headers = {"Authorization": f"Bearer {caller.secret}"}
    assert_token_refused(http.get(url, headers=headers), url)


@pytest.mark.rfc("6750", "3.1")
def test_expired_token_is_refused(caller, bearer, http, url):
    headers = bearer(caller)
    now = timezone.now()
    AccessToken.objects.update(issued_at=now - timedelta(hours=1), expires_at=now)
    assert_token_refused(http.get(url, headers=headers), url)


@pytest.mark.rfc("6750", "3.1")
def test_revoked_token_is_refused_and_the_next_one_works(caller, bearer, http, url, actor):
    headers = bearer(caller)
    revoke_token(AccessToken.objects.get(), actor=actor)
    assert_token_refused(http.get(url, headers=headers), url)
    assert http.get(url, headers=bearer(caller)).status_code == 200


@pytest.mark.rfc("6750", "3.1")
def test_tokens_of_before_the_cut_are_refused_and_those_of_after_work(
    caller, bearer, http, url, actor
):
    headers = bearer(caller)
    revoke_client_tokens(caller.client, actor=actor)
    assert_token_refused(http.get(url, headers=headers), url)
    assert http.get(url, headers=bearer(caller)).status_code == 200


@pytest.mark.rfc("6750", "3.1")
def test_token_issued_at_the_very_cut_is_refused(caller, bearer, http, url):
    headers = bearer(caller)
    Client.objects.update(tokens_valid_after=AccessToken.objects.get().issued_at)
    assert_token_refused(http.get(url, headers=headers), url)


@pytest.mark.rfc("6750", "3.1")
def test_token_of_a_disabled_client_is_refused_until_it_is_enabled(
    caller, bearer, http, url, actor
):
    headers = bearer(caller)
    disable_client(caller.client, actor=actor)
    assert_token_refused(http.get(url, headers=headers), url)
    enable_client(caller.client, actor=actor)
    assert http.get(url, headers=headers).status_code == 200


@pytest.mark.rfc("6750", "3.1")
def test_token_of_a_deleted_client_is_refused(caller, bearer, http, url, actor):
    headers = bearer(caller)
    delete_client(caller.client, actor=actor)
    assert_token_refused(http.get(url, headers=headers), url)


@pytest.mark.rfc("6750", "3.1")
def test_token_of_an_inactive_service_account_is_refused(caller, bearer, http, url):
    headers = bearer(caller)
    account = get_user_model().objects.create_user("robot", is_active=False)
    Client.objects.update(service_account=account)
    assert_token_refused(http.get(url, headers=headers), url)


@pytest.mark.rfc("6750", "3.1")
def test_token_from_outside_the_clients_networks_is_refused(caller, bearer, http, url):
    headers = bearer(caller)
    Client.objects.update(allowed_networks=["192.0.2.0/24"])
    assert_token_refused(http.get(url, headers=headers, REMOTE_ADDR="198.51.100.1"), url)
    assert http.get(url, headers=headers, REMOTE_ADDR="192.0.2.1").status_code == 200


@pytest.mark.rfc("6750", "3.1")
def test_missing_scope_is_forbidden_and_named(caller, bearer, http, url):
    needed = "orders:read" if url == DRF else "reports:read"
    assert_challenged(
        http.get(url, headers=bearer(caller, "other")),
        url,
        403,
        "insufficient_scope",
        f"The access token needs the scope {needed}.",
        needed,
    )


@pytest.mark.rfc("6749", "7")
def test_a_scope_of_another_method_does_not_help(caller, bearer, http, url):
    headers = bearer(caller, "orders:write")
    assert http.get(url, headers=headers).status_code == 403
