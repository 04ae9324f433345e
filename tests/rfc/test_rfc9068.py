"""JWT access tokens: what is in them, who gets them, and how long they live."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from oauth_m2m import protocol
from oauth_m2m.models import AccessToken, AuditEvent, ResourceServer, Scope, SigningKey
from tests.conftest import Registered
from tests.error_ids import body_of
from tests.jose import ISSUER, parts

pytestmark = pytest.mark.django_db

ORDERS = "https://orders.example.com"
STOCK = "https://stock.example.com"


@pytest.fixture
def configure(settings):
    def configure(**values) -> None:
        settings.OAUTH_M2M = {**settings.OAUTH_M2M, **values}

    return configure


@pytest.fixture
def answer_to(post_token):
    """Return the whole answer to a good token request."""

    def answer_to(registered: Registered, **more: str) -> dict:
        fields = {"grant_type": "client_credentials", **registered.credentials, **more}
        response = post_token(fields)
        assert response.status_code == 200, response.content
        return response.json()

    return answer_to


def format_of(answer: dict) -> str:
    return "opaque" if answer["access_token"].startswith("m2mt_") else "jwt"


@pytest.mark.rfc("9068", "2.1")
@pytest.mark.rfc("9068", "2.2")
@pytest.mark.parametrize("algorithm", protocol.SIGNING_ALGORITHMS)
def test_header_and_claims_are_exactly_these(register, answer_to, configure, algorithm):
    configure(SIGNING_ALGORITHM=algorithm)
    registered = register("orders:read", "ping", token_format="jwt")
    before = int(timezone.now().timestamp())
    answer = answer_to(registered)
    header, claims = parts(answer.pop("access_token"))
    assert answer == {"token_type": "Bearer", "expires_in": 3600, "scope": "orders:read ping"}
    assert header == {"typ": "at+jwt", "alg": algorithm, "kid": SigningKey.objects.get().kid}
    assert re.fullmatch(r"[0-9]{6}\.[A-Za-z0-9_-]{22}", claims.pop("jti"))
    assert before <= claims["iat"] <= before + 5
    assert claims == {
        "iss": ISSUER,
        "sub": registered.client_id,
        "aud": ISSUER,
        "client_id": registered.client_id,
        "scope": "orders:read ping",
        "iat": claims["iat"],
        "exp": claims["iat"] + 3600,
    }


@pytest.mark.rfc("9068", "4")
def test_api_accepts_the_token_and_nothing_was_stored(register, answer_to, http):
    token = answer_to(register("orders:read", token_format="jwt"))["access_token"]
    headers = {"Authorization": f"Bearer {token}"}
    assert http.get("/api/orders/", headers=headers).status_code == 200
    assert http.get("/reports/daily", headers=headers).status_code == 403
    assert not AccessToken.objects.exists()


@pytest.fixture
def two_apis():
    """Two APIs, each with a scope, that say of their tokens what they are told."""

    def two_apis(orders: dict | None = None, stock: dict | None = None) -> None:
        for identifier, word, wishes in ((ORDERS, "orders", orders), (STOCK, "stock", stock)):
            server = ResourceServer.objects.create(
                identifier=identifier, name=word, **(wishes or {})
            )
            Scope.objects.filter(name__startswith=word).update(resource_server=server)

    return two_apis


JWT, OPAQUE = {"token_format": "jwt"}, {"token_format": "opaque"}


@pytest.mark.parametrize(
    "said, expected",
    [
        pytest.param(({}, {}, {}, "opaque"), "opaque", id="setting opaque"),
        pytest.param(({}, {}, {}, "jwt"), "jwt", id="setting jwt"),
        pytest.param(({}, JWT, {}, "opaque"), "jwt", id="one API says it"),
        pytest.param(({}, OPAQUE, {}, "jwt"), "opaque", id="one API says opaque"),
        pytest.param(({}, JWT, JWT, "opaque"), "jwt", id="two APIs agree"),
        pytest.param(({}, JWT, OPAQUE, "opaque"), "opaque", id="two disagree: the setting, opaque"),
        pytest.param(({}, JWT, OPAQUE, "jwt"), "jwt", id="two disagree: the setting, jwt"),
        pytest.param((JWT, OPAQUE, OPAQUE, "opaque"), "jwt", id="the client goes first"),
        pytest.param((OPAQUE, JWT, JWT, "jwt"), "opaque", id="the client goes first, opaque"),
    ],
)
def test_format_is_said_by_client_then_api_then_setting(
    register, answer_to, configure, two_apis, said, expected
):
    client, orders, stock, setting = said
    configure(TOKEN_FORMAT=setting)
    registered = register("orders:read", "stock:read", **client)
    two_apis(orders, stock)
    assert format_of(answer_to(registered)) == expected


def test_only_the_api_that_the_token_is_for_has_a_say(register, answer_to, two_apis):
    registered = register("orders:read", "stock:read")
    two_apis({"token_format": "jwt", "token_lifetime": 60}, {"token_lifetime": 120})
    orders = answer_to(registered, scope="orders:read")
    stock = answer_to(registered, scope="stock:read")
    assert (format_of(orders), orders["expires_in"]) == ("jwt", 60)
    assert (format_of(stock), stock["expires_in"]) == ("opaque", 120)


def test_api_that_the_client_was_given_by_itself_has_a_say_too(register, answer_to):
    registered = register("ping")
    server = ResourceServer.objects.create(
        identifier=ORDERS, name="Orders", token_format="jwt", token_lifetime=60
    )
    registered.client.resource_servers.add(server)
    answer = answer_to(registered, resource=ORDERS)
    assert (format_of(answer), answer["expires_in"]) == ("jwt", 60)


@pytest.mark.parametrize(
    "said, expected",
    [
        pytest.param(({}, {}, {}), 3600, id="the setting"),
        pytest.param(({}, {"token_lifetime": 60}, {}), 60, id="the API"),
        pytest.param(({}, {"token_lifetime": 7200}, {}), 7200, id="an API that allows more"),
        pytest.param(
            ({}, {"token_lifetime": 120}, {"token_lifetime": 60}), 60, id="the more cautious API"
        ),
        pytest.param(
            ({"token_lifetime": 300}, {"token_lifetime": 60}, {}), 300, id="the client goes first"
        ),
    ],
)
@pytest.mark.parametrize("token_format", ["opaque", "jwt"])
def test_lifetime_is_said_by_client_then_api_then_setting(
    register, answer_to, two_apis, said, expected, token_format
):
    client, orders, stock = said
    registered = register("orders:read", "stock:read", token_format=token_format, **client)
    two_apis(orders, stock)
    answer = answer_to(registered)
    assert answer["expires_in"] == expected
    if token_format == "jwt":
        claims = parts(answer["access_token"])[1]
        assert claims["exp"] - claims["iat"] == expected
    else:
        row = AccessToken.objects.get()
        assert row.expires_at - row.issued_at == timedelta(seconds=expected)


def extra_claims(*, client_id, scopes, audience):
    return {"tenant": "acme", "roles": [client_id, *scopes, *audience]}


@pytest.mark.rfc("9068", "2.2.3")
def test_hook_adds_claims_that_the_api_can_read(register, answer_to, configure):
    configure(EXTRA_CLAIMS=f"{__name__}.extra_claims")
    registered = register("orders:read", token_format="jwt")
    claims = parts(answer_to(registered)["access_token"])[1]
    assert claims["tenant"] == "acme"
    assert claims["roles"] == [registered.client_id, "orders:read"]


@pytest.mark.rfc("9068", "2.2")
@pytest.mark.parametrize("name", sorted(protocol.REGISTERED_CLAIMS))
def test_hook_cannot_override_a_registered_claim(
    register, answer_to, configure, caplog, http, name
):
    configure(EXTRA_CLAIMS=lambda **_arguments: {name: "a lie", "tenant": "acme"})
    registered = register("orders:read", token_format="jwt")
    token = answer_to(registered)["access_token"]
    claims = parts(token)[1]
    assert claims.get(name) != "a lie"
    assert claims["tenant"] == "acme"
    assert f"EXTRA_CLAIMS may not set {name}: ignored" in caplog.messages
    headers = {"Authorization": f"Bearer {token}"}
    assert http.get("/api/orders/", headers=headers).status_code == 200


def assert_unavailable(response, reason: str) -> None:
    assert response.status_code == 503
    assert body_of(response) == {
        "error": "temporarily_unavailable",
        "error_description": "The server is temporarily unable to answer. Try again.",
    }
    assert response.headers["Content-Type"] == "application/json"
    assert response.headers["Cache-Control"] == "no-store"
    assert response.headers["Retry-After"] == "5"
    assert AuditEvent.objects.get(kind="token.refused").reason == reason


def test_without_an_issuer_the_answer_is_503_and_the_log_says_what_to_do(
    register, post_token, configure, caplog
):
    configure(ISSUER="")
    registered = register("orders:read", token_format="jwt")
    response = post_token({"grant_type": "client_credentials", **registered.credentials})
    assert_unavailable(response, "issuer_missing")
    expected = "signed tokens need OAUTH_M2M['ISSUER']: set it to this server's public URL"
    assert expected in caplog.messages
    assert not SigningKey.objects.exists()


def test_without_an_issuer_opaque_tokens_are_issued(register, answer_to, configure):
    configure(ISSUER="")
    assert format_of(answer_to(register("orders:read"))) == "opaque"


def test_without_a_key_to_sign_with_the_answer_is_503_and_the_log_says_where_to_look(
    register, post_token, configure, caplog
):
    configure(SIGNING_KEYS=["/nowhere/key.pem"])
    registered = register("orders:read", token_format="jwt")
    response = post_token({"grant_type": "client_credentials", **registered.credentials})
    assert_unavailable(response, "signing_key_missing")
    assert "there is no ES256 key to sign with: see SIGNING_KEYS" in caplog.messages
