"""Token introspection, as an API and as strangers meet it."""

from datetime import timedelta

import jwt
import pytest
from django.utils import timezone

from oauth_m2m.credential_format import generate_token
from oauth_m2m.models import AccessToken, Client
from oauth_m2m.operations.clients import delete_client, disable_client
from oauth_m2m.operations.tokens import revoke_client_tokens, revoke_token
from tests.conftest import Registered
from tests.endpoints import (
    API,
    INTROSPECTION,
    ask,
    assert_answered,
    belong_to,
    signed_long_ago,
)

pytestmark = pytest.mark.django_db

ISSUER = "https://auth.example.com"
INACTIVE = {"active": False}

formats = pytest.mark.parametrize("token_format", ["opaque", "jwt"])


@pytest.fixture
def introspect(http):
    """Ask as a client; the answer must be a proper one."""

    def introspect(asking: Registered, token: str, **fields: str) -> dict[str, object]:
        response = ask(http, INTROSPECTION, asking, {"token": token, **fields})
        assert_answered(response, response.json())
        return response.json()

    return introspect


@pytest.fixture
def api(register) -> Registered:
    """The client that the API itself is."""
    return register(name="The orders API")


@pytest.fixture
def caller(register, api) -> Registered:
    """A client with tokens for that API."""
    caller = register("orders:read", "orders:write")
    belong_to(API, ["orders:read", "orders:write"], api)
    return caller


@pytest.mark.rfc("7662", "2.2")
def test_client_learns_all_about_an_opaque_token_of_its_own(registered, get_token, introspect):
    token = get_token(registered)
    row = AccessToken.objects.get()
    assert introspect(registered, token) == {
        "active": True,
        "token_type": "Bearer",
        "scope": "orders:read",
        "client_id": registered.client_id,
        "sub": registered.client_id,
        "iat": int(row.issued_at.timestamp()),
        "exp": int(row.expires_at.timestamp()),
        "iss": ISSUER,
    }


@pytest.mark.rfc("7662", "2.2")
def test_api_learns_all_about_an_opaque_token_for_it(caller, api, get_token, introspect):
    token = get_token(caller)
    row = AccessToken.objects.get()
    assert introspect(api, token) == {
        "active": True,
        "token_type": "Bearer",
        "scope": "orders:read orders:write",
        "client_id": caller.client_id,
        "sub": caller.client_id,
        "aud": [API],
        "iat": int(row.issued_at.timestamp()),
        "exp": int(row.expires_at.timestamp()),
        "iss": ISSUER,
    }


@pytest.mark.rfc("7662", "2.2")
def test_signed_token_is_answered_by_its_own_claims(caller, api, get_token, introspect):
    Client.objects.update(token_format="jwt")
    token = get_token(caller)
    claims = jwt.decode(token, options={"verify_signature": False})
    answer = {**claims, "active": True, "token_type": "Bearer"}
    assert introspect(api, token) == answer
    assert introspect(caller, token) == answer
    assert set(answer) == {
        "active",
        "token_type",
        "iss",
        "sub",
        "aud",
        "client_id",
        "scope",
        "iat",
        "exp",
        "jti",
    }


@pytest.mark.rfc("7662", "2.2")
def test_claims_that_the_project_adds_are_in_the_answer(
    registered, get_token, introspect, settings
):
    extra = {"tenant": "acme", "active": "a lie", "token_type": "another"}
    settings.OAUTH_M2M = {
        **settings.OAUTH_M2M,
        "TOKEN_FORMAT": "jwt",
        "EXTRA_CLAIMS": lambda **_known: extra,
    }
    answer = introspect(registered, get_token(registered))
    assert (answer["tenant"], answer["active"], answer["token_type"]) == ("acme", True, "Bearer")


@pytest.mark.rfc("7662", "2.2")
def test_without_an_issuer_the_answer_names_none(registered, get_token, introspect, settings):
    settings.OAUTH_M2M = {"REQUIRE_HTTPS": False}
    answer = introspect(registered, get_token(registered))
    assert answer["active"] is True
    assert "iss" not in answer


@pytest.mark.rfc("7662", "2.2")
@formats
def test_every_api_of_a_token_may_ask(register, get_token, introspect, token_format):
    apis = {name: register(name=name) for name in ("orders", "stock")}
    caller = register("orders:read", "stock:read", token_format=token_format)
    for name, api in apis.items():
        belong_to(f"https://{name}.example.com", [f"{name}:read"], api)
    token = get_token(caller)
    answers = [introspect(api, token) for api in apis.values()]
    audience = {"https://orders.example.com", "https://stock.example.com"}
    assert [set(answer["aud"]) for answer in answers] == [audience, audience]


@pytest.mark.rfc("7662", "2.1")
@formats
@pytest.mark.parametrize(
    "hint",
    ["access_token", "refresh_token", "unheard_of", "", "ü"],
    ids=lambda hint: hint or "empty",
)
def test_hint_is_ignored(registered, get_token, introspect, token_format, hint):
    Client.objects.update(token_format=token_format)
    answer = introspect(registered, get_token(registered), token_type_hint=hint)
    assert answer["active"] is True


@pytest.mark.rfc("7662", "2.2")
@pytest.mark.rfc("7662", "4")
@formats
def test_stranger_learns_nothing(caller, register, get_token, introspect, token_format):
    Client.objects.update(token_format=token_format)
    stranger = register("orders:read")
    assert introspect(stranger, get_token(caller)) == INACTIVE


@pytest.mark.rfc("7662", "4")
@formats
def test_api_learns_nothing_of_a_token_for_another_api(
    caller, register, get_token, introspect, token_format
):
    Client.objects.update(token_format=token_format)
    other = register("stock:read", name="The stock API")
    belong_to("https://stock.example.com", ["stock:read"], other)
    assert introspect(other, get_token(caller)) == INACTIVE


@pytest.mark.rfc("7662", "4")
@formats
def test_api_learns_nothing_of_a_token_without_its_audience(
    registered, api, get_token, introspect, token_format
):
    Client.objects.update(token_format=token_format)
    belong_to(API, [], api)
    assert introspect(api, get_token(registered)) == INACTIVE


def _revoke(caller: Registered, actor) -> None:
    revoke_token(AccessToken.objects.get(), actor=actor)


def _expire(caller: Registered, actor) -> None:
    hour = timedelta(hours=1)
    AccessToken.objects.update(issued_at=timezone.now() - hour, expires_at=timezone.now())


def _disable(caller: Registered, actor) -> None:
    disable_client(caller.client, actor=actor)


def _cut(caller: Registered, actor) -> None:
    revoke_client_tokens(caller.client, actor=actor)


def _delete(caller: Registered, actor) -> None:
    delete_client(caller.client, actor=actor)


@pytest.mark.rfc("7662", "2.2")
@pytest.mark.parametrize(
    "end",
    [
        pytest.param(_revoke, id="revoked"),
        pytest.param(_expire, id="expired"),
        pytest.param(_disable, id="its client disabled"),
        pytest.param(_cut, id="older than tokens_valid_after"),
        pytest.param(_delete, id="its client deleted"),
    ],
)
def test_opaque_token_that_ended_is_inactive(caller, api, actor, get_token, introspect, end):
    token = get_token(caller)
    assert introspect(api, token)["active"] is True
    end(caller, actor)
    assert introspect(api, token) == INACTIVE


@pytest.mark.rfc("7662", "2.2")
@pytest.mark.parametrize(
    "end",
    [
        pytest.param(_disable, id="its client disabled"),
        pytest.param(_cut, id="older than tokens_valid_after"),
    ],
)
def test_signed_token_that_ended_is_inactive(caller, api, actor, get_token, introspect, end):
    Client.objects.update(token_format="jwt")
    token = get_token(caller)
    assert introspect(api, token)["active"] is True
    end(caller, actor)
    assert introspect(api, token) == INACTIVE


@pytest.mark.rfc("7662", "2.2")
def test_expired_signed_token_is_inactive(caller, api, introspect):
    assert introspect(api, signed_long_ago(caller, hours=0))["active"] is True
    assert introspect(api, signed_long_ago(caller, hours=2)) == INACTIVE


@pytest.mark.rfc("7662", "2.2")
def test_revoked_signed_token_is_inactive_to_its_api(caller, api, get_token, introspect, http):
    Client.objects.update(token_format="jwt")
    token = get_token(caller)
    assert introspect(api, token)["active"] is True
    ask(http, "/oauth/revoke", caller, {"token": token})
    assert introspect(api, token) == INACTIVE


@pytest.mark.rfc("7662", "2.2")
@pytest.mark.parametrize(
    "token",
    [
        pytest.param(generate_token("m2mt_"), id="unknown"),
        pytest.param("m2mt_abc", id="malformed opaque"),
        pytest.param("garbage", id="garbage"),
        pytest.param("ü 水", id="not even ASCII"),
        pytest.param("a.b.c", id="three parts of nothing"),
        pytest.param(
            jwt.encode({"iss": ISSUER, "exp": 9_999_999_999}, "k" * 32, "HS256"), id="forged"
        ),
        pytest.param(
            jwt.encode({"iss": "https://other.example"}, "k" * 32, "HS256"), id="of another issuer"
        ),
    ],
)
def test_token_that_is_not_ours_is_inactive(registered, introspect, token):
    assert introspect(registered, token) == INACTIVE
