"""A request brings no more of its client's scopes than it can need."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from oauth_m2m.client_auth.wanted_scopes import MAX_NAMES, wanted_scopes
from oauth_m2m.models import ResourceServer, Scope, client_lookup
from tests.client_auth.token_requests import request

API = "https://api.example.com"
ALL = None
NAMES = tuple(f"s{number:02}" for number in range(MAX_NAMES + 1))

CASES = {
    "none named": ({}, ()),
    "empty": ({"scope": ""}, ()),
    "spaces": ({"scope": "  "}, ()),
    "one": ({"scope": "a"}, ("a",)),
    "several, one twice": ({"scope": "b  a b"}, ("a", "b")),
    "as many as there may be": ({"scope": " ".join(NAMES[:-1])}, NAMES[:-1]),
    "one more": ({"scope": " ".join(NAMES)}, ALL),
    "of a resource": ({"scope": f"{API}/.default"}, ALL),
    "a resource": ({"scope": "a", "resource": API}, ALL),
    "an audience": ({"audience": API}, ALL),
}


@pytest.mark.parametrize("body, wanted", CASES.values(), ids=list(CASES))
def test_names_that_are_asked_for_are_wanted(body, wanted):
    assert wanted_scopes(request(**body)) == wanted


def test_all_are_wanted_where_tokens_have_a_default_audience(settings):
    # What its resource server says of tokens is found by any scope that belongs to it.
    settings.OAUTH_M2M = {**settings.OAUTH_M2M, "DEFAULT_AUDIENCE": API}
    assert wanted_scopes(request(scope="a")) is ALL


@pytest.mark.django_db
@pytest.mark.parametrize("scope", ["s:7", "", "s:3 s:7"], ids=["one", "none", "two"])
def test_five_hundred_scopes_do_not_come_along(register, post_token, monkeypatch, scope):
    client = register("a", optional=tuple(f"s:{number}" for number in range(500)))
    made = []
    granted_scope = client_lookup.GrantedScope

    def make(*values: object) -> object:
        made.append(values[0])
        return granted_scope(*values)

    monkeypatch.setattr(client_lookup, "GrantedScope", make)
    form = {"grant_type": "client_credentials", **client.credentials}
    with CaptureQueriesContext(connection) as statements:
        answer = post_token({**form, "scope": scope} if scope else form)
    assert answer.json()["scope"] == (scope or "a")
    assert made == (scope or "a").split()
    assert len(statements) == 2


@pytest.mark.django_db
@pytest.mark.parametrize("scope", ["nothing", "a nothing", "s:1 nothing"])
def test_scope_that_was_not_granted_is_refused(register, post_token, scope):
    client = register("a", optional=["s:1"])
    register("nothing")
    form = {"grant_type": "client_credentials", **client.credentials, "scope": scope}
    answer = post_token(form)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_scope")


@pytest.mark.django_db
def test_resource_server_of_a_wanted_scope_decides_as_ever(register, post_token):
    client = register("a", optional=["x"])
    api = ResourceServer.objects.create(identifier=API, name="An API", token_lifetime=60)
    Scope.objects.filter(name="x").update(resource_server=api)
    form = {"grant_type": "client_credentials", **client.credentials}
    assert post_token({**form, "scope": "x"}).json()["expires_in"] == 60
    assert post_token({**form, "scope": "x", "resource": API}).json()["expires_in"] == 60
    assert post_token(form).json()["expires_in"] == 3600
