"""A forced machine, as the request sees it and as an attacker would want it."""

import asyncio
import json
import pickle
import types
from datetime import timedelta
from io import BytesIO

import pytest
from asgiref.sync import async_to_sync
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group, Permission
from django.core.asgi import get_asgi_application
from django.core.handlers.asgi import ASGIRequest
from django.core.handlers.wsgi import WSGIRequest
from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest
from django.test import RequestFactory
from django.utils import timezone

from oauth_m2m.resource_server import ClientPrincipal, authenticate_request
from oauth_m2m.resource_server.forced_machine import FORCED_MACHINE, ForcedMachine, forced_token

PATH = "/host/plain/two"


def machine(**changes: object) -> ForcedMachine:
    fields = {
        "client_id": "billing",
        "scopes": ("orders:read", "orders:write"),
        "claims": {},
        "group_names": (),
        "service_account": None,
    }
    return ForcedMachine(**{**fields, **changes})


def environ(**more: object) -> dict[str, object]:
    return RequestFactory()._base_environ(PATH_INFO=PATH, **more)


def scope(*headers: tuple[bytes, bytes], **more: object) -> dict[str, object]:
    fixed = {"type": "http", "method": "GET", "path": PATH, "query_string": b""}
    return {**fixed, "headers": [(b"host", b"testserver"), *headers], **more}


# The real handlers look after the database connection at the end of a request, and a test
# that may not use it would fail there: hence the marks below.


def wsgi_status(environ: dict[str, object]) -> int:
    answered: list[str] = []
    response = get_wsgi_application()(environ, lambda status, _headers: answered.append(status))
    response.close()
    return int(answered[0].split()[0])


def asgi_status(scope: dict[str, object]) -> int:
    answered: list[dict] = []
    incoming = [{"type": "http.request", "body": b"", "more_body": False}]

    async def call() -> None:
        async def receive() -> dict:
            if incoming:
                return incoming.pop()
            # Django listens for a disconnect until it has answered.
            return await asyncio.Event().wait()

        async def send(message: dict) -> None:
            answered.append(message)

        await get_asgi_application()(scope, receive, send)

    async_to_sync(call)()
    return answered[0]["status"]


def test_token_of_a_machine_says_what_a_real_one_does(settings):
    settings.OAUTH_M2M = {**settings.OAUTH_M2M, "ACCESS_TOKEN_LIFETIME": 600}
    before = timezone.now()
    user, token = authenticate_request(WSGIRequest(environ(**{FORCED_MACHINE: machine()})))
    assert user == ClientPrincipal("billing")
    assert (token.client_id, token.scope) == ("billing", "orders:read orders:write")
    assert (token.audience, token.confirmation, token.client_pk) == ((), None, None)
    assert before <= token.issued_at <= timezone.now()
    assert token.expires_at - token.issued_at == timedelta(seconds=600)
    assert token.claims == {
        "sub": "billing",
        "client_id": "billing",
        "scope": "orders:read orders:write",
        "iat": int(token.issued_at.timestamp()),
        "exp": int(token.expires_at.timestamp()),
    }


@pytest.mark.parametrize(
    "given, audience",
    [("urn:a", ("urn:a",)), (["urn:a", "urn:b"], ("urn:a", "urn:b"))],
    ids=["one", "two"],
)
def test_claims_are_added_and_tell_the_audience(given, audience):
    token = machine(claims={"aud": given, "tenant": "acme", "sub": "another"}).token()
    assert token.audience == audience
    assert (token.claims["tenant"], token.claims["sub"]) == ("acme", "another")


def test_token_is_fresh_at_each_request():
    forced = machine()
    assert forced.token().expires_at < forced.token().expires_at


def test_service_account_is_the_user():
    account = get_user_model()(username="robot")
    user, _ = authenticate_request(
        WSGIRequest(environ(**{FORCED_MACHINE: machine(service_account=account)}))
    )
    assert user is account


@pytest.mark.django_db
def test_groups_give_their_permissions_and_no_others():
    readers = Group.objects.create(name="readers")
    readers.permissions.add(Permission.objects.get(codename="view_order"))
    user, _ = authenticate_request(
        WSGIRequest(environ(**{FORCED_MACHINE: machine(group_names=("readers", "unknown"))}))
    )
    assert list(user.groups) == [readers]
    assert user.get_all_permissions() == {"example_project.view_order"}


def test_machine_without_groups_asks_no_database():
    user, _ = authenticate_request(WSGIRequest(environ(**{FORCED_MACHINE: machine()})))
    assert user.has_perm("example_project.view_order") is False


def test_request_of_nobody_has_no_machine():
    assert forced_token(WSGIRequest(environ())) is None
    assert forced_token(ASGIRequest(scope(), BytesIO())) is None
    assert forced_token(HttpRequest()) is None


@pytest.mark.django_db
def test_machine_is_let_in_under_both_protocols():
    assert wsgi_status(environ(**{FORCED_MACHINE: machine()})) == 200
    assert asgi_status(scope(**{FORCED_MACHINE: machine()})) == 200


SPELLINGS = [
    FORCED_MACHINE,
    "oauth-m2m.forced-machine",
    "OAUTH_M2M.FORCED_MACHINE",
    "http_oauth_m2m.forced_machine",
]


@pytest.mark.django_db
@pytest.mark.parametrize("name", SPELLINGS)
@pytest.mark.parametrize("value", ["1", "billing orders:read", repr(machine())])
def test_no_header_makes_a_machine(name, value, http):
    assert http.get(PATH, headers={name: value}).status_code == 401
    assert wsgi_status(environ(**{f"HTTP_{name.upper().replace('-', '_')}": value})) == 401
    assert asgi_status(scope((name.encode(), value.encode()))) == 401


LOOKALIKES = {
    "text": "billing",
    "bytes": b"billing",
    "JSON": json.dumps({"client_id": "billing", "scopes": ["orders:read", "orders:write"]}),
    "a dict": {"client_id": "billing", "scopes": ("orders:read", "orders:write")},
    "true": True,
    "a pickle": pickle.dumps(machine()),
    "the class": ForcedMachine,
    "an object with the same names": types.SimpleNamespace(token=lambda: machine().token()),
}


@pytest.mark.django_db
@pytest.mark.parametrize("value", LOOKALIKES.values(), ids=LOOKALIKES)
def test_nothing_else_in_the_surroundings_is_a_machine(value):
    assert wsgi_status(environ(**{FORCED_MACHINE: value})) == 401
    assert asgi_status(scope(**{FORCED_MACHINE: value})) == 401


def test_subclass_is_no_machine():
    class Forged(ForcedMachine):
        pass

    forged = Forged("billing", ("orders:read",), {}, (), None)
    assert forced_token(WSGIRequest(environ(**{FORCED_MACHINE: forged}))) is None


def test_parameters_and_cookies_make_no_machine(http):
    http.cookies[FORCED_MACHINE] = "billing"
    assert http.get(PATH, {FORCED_MACHINE: "billing"}).status_code == 401
    assert http.post(PATH, {FORCED_MACHINE: "billing"}).status_code == 401


def test_repr_shows_no_claims():
    assert "acme" not in repr(machine(claims={"tenant": "acme"}))
