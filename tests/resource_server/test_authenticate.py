"""One request in, the principal and the token out."""

import logging

import pytest
from django.contrib.auth import get_user_model
from django.http import HttpRequest
from django.test import RequestFactory

from oauth_m2m import usage
from oauth_m2m.errors import InvalidToken, MalformedBearer, Reason, TemporarilyUnavailable
from oauth_m2m.models import UsageCount
from oauth_m2m.operations.clients import disable_client
from oauth_m2m.resource_server import ClientPrincipal, authenticate_request
from oauth_m2m.resource_server.authenticate import proven_token
from tests.conftest import Registered

pytestmark = pytest.mark.django_db

LOGGER = "oauth_m2m.resource_server"


def request_with(token: str, **environ: str) -> HttpRequest:
    return RequestFactory().get("/", headers={"Authorization": f"Bearer {token}"}, **environ)


def refused(request: HttpRequest) -> InvalidToken:
    with pytest.raises(InvalidToken) as caught:
        authenticate_request(request)
    return caught.value


def counted() -> list[tuple[str, int]]:
    usage.flush()
    return list(UsageCount.objects.order_by("kind").values_list("kind", "count"))


def test_good_token_gives_the_principal_and_the_token(register, get_token):
    registered = register("orders:read", name="Billing")
    user, token = authenticate_request(request_with(get_token(registered)))
    assert user == ClientPrincipal(registered.client_id)
    assert user.get_full_name() == "Billing"
    assert (token.client_id, token.scopes) == (registered.client_id, ("orders:read",))


def test_service_account_is_the_user(register, get_token):
    account = get_user_model().objects.create_user("robot")
    registered = register("orders:read", service_account=account)
    user, token = authenticate_request(request_with(get_token(registered)))
    assert user == account
    assert token.client_id == registered.client_id


def test_request_without_token_is_nobodys():
    assert authenticate_request(RequestFactory().get("/")) is None


def test_request_proves_itself_once(registered, get_token, actor, django_assert_num_queries):
    request = request_with(get_token(registered))
    with django_assert_num_queries(1):
        proven = authenticate_request(request)
        assert authenticate_request(request) is proven
    assert proven_token(request) is proven[1]
    assert counted() == [("api_call", 1), ("token_issued", 1)]


def test_request_that_proved_nothing_is_asked_again(registered, get_token):
    request = request_with("m2mt_x")
    for _ in range(2):
        assert refused(request).reason is Reason.MALFORMED_TOKEN
    assert proven_token(request) is None
    request.META["HTTP_AUTHORIZATION"] = f"Bearer {get_token(registered)}"
    assert authenticate_request(request) is not None


def test_malformed_header_is_refused():
    with pytest.raises(MalformedBearer):
        authenticate_request(request_with("a b"))


def test_good_token_counts_as_a_call(registered: Registered, get_token):
    authenticate_request(request_with(get_token(registered)))
    assert counted() == [("api_call", 1), ("token_issued", 1)]


def test_refused_token_counts_as_a_refusal_of_its_client(
    registered: Registered, get_token, actor, caplog
):
    token = get_token(registered)
    disable_client(registered.client, actor=actor)
    caplog.set_level(logging.INFO, LOGGER)
    error = refused(request_with(token))
    assert error.reason is Reason.CLIENT_DISABLED
    assert counted() == [("refusal", 1), ("token_issued", 1)]
    assert [record.getMessage() for record in caplog.records if record.name == LOGGER] == [
        f"token refused: client={registered.client_id} reason=client_disabled"
    ]


def test_foreign_token_is_told_apart_and_not_reported_as_a_refusal(caplog):
    caplog.set_level(logging.INFO, LOGGER)
    assert refused(request_with("somebody-elses")).reason is Reason.FOREIGN_TOKEN
    assert counted() == []
    assert caplog.records == []


def test_foreign_token_can_be_seen_when_debugging(caplog):
    caplog.set_level(logging.DEBUG, LOGGER)
    refused(request_with("somebody-elses"))
    assert caplog.messages == ["token is not ours"]


def test_token_is_refused_outside_its_clients_networks(register, get_token, http):
    registered = register("orders:read", allowed_networks=["127.0.0.0/8"])
    token = get_token(registered)
    assert authenticate_request(request_with(token)) is not None
    error = refused(request_with(token, REMOTE_ADDR="192.0.2.1"))
    assert error.reason is Reason.NETWORK_NOT_ALLOWED


def test_database_away_is_not_a_bad_token(registered: Registered, get_token, request, caplog):
    token = get_token(registered)
    request.getfixturevalue("database_away")
    with pytest.raises(TemporarilyUnavailable) as caught:
        authenticate_request(request_with(token))
    assert caught.value.reason is Reason.DATABASE_AWAY
    assert caught.value.__cause__ is None
    assert ("oauth_m2m.resource_server", logging.ERROR) in [
        (record.name, record.levelno) for record in caplog.records
    ]
    assert caplog.messages == [
        "database unavailable: OperationalError",
        "token refused: client=- reason=database_away",
    ]
