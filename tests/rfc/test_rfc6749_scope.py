"""Scopes: what a request gets, and that it never gets more."""

import pytest

from oauth_m2m.models import AccessToken, Scope
from tests.rfc.answers import assert_refused

pytestmark = [pytest.mark.django_db, pytest.mark.rfc("6749", "3.3")]

NOT_GRANTED = "A requested scope is unknown or not granted to this client."
NO_DEFAULT = "This client has no default scopes: name those you want in the parameter scope."


@pytest.fixture
def ask(post_token):
    def ask(registered, scope: str | None = None):
        fields = {"grant_type": "client_credentials", **registered.credentials}
        return post_token(fields if scope is None else {**fields, "scope": scope})

    return ask


@pytest.fixture
def many(register):
    return register("a", "b", optional=["x", "y"])


@pytest.mark.parametrize(
    "asked, granted",
    [
        (None, "a b"),
        ("", "a b"),
        (" ", "a b"),
        ("   ", "a b"),
        ("a", "a"),
        ("b a", "b a"),
        ("x", "x"),
        ("a x", "a x"),
        ("a  b", "a b"),
        (" a b ", "a b"),
        ("a a", "a"),
        ("b a b a", "b a"),
    ],
    ids=[
        "omitted",
        "empty",
        "a space",
        "spaces",
        "one default",
        "the order asked for",
        "one on request",
        "both kinds",
        "two spaces",
        "spaces around",
        "twice",
        "twice each",
    ],
)
def test_scopes_asked_for_are_granted(many, ask, asked, granted):
    response = ask(many, asked)
    assert response.status_code == 200, response.content
    assert response.json()["scope"] == granted
    assert AccessToken.objects.get().scope == granted


@pytest.mark.parametrize(
    "asked",
    [
        "unknown",
        "of:another",
        "a of:another",
        "A",
        "a,b",
        'a"',
        "a\\",
        "ä",
        "a\u00a0b",
        "*",
        "%",
        "a" * 10_000,
    ],
    ids=[
        "unknown",
        "not granted",
        "one granted and one not",
        "other case",
        "comma",
        "quote",
        "backslash",
        "beyond ASCII",
        "no-break space",
        "star",
        "percent",
        "long",
    ],
)
def test_a_scope_that_is_not_granted_is_refused(many, ask, asked):
    Scope.objects.create(name="of:another")
    assert_refused(ask(many, asked), 400, "invalid_scope", NOT_GRANTED, reason="scope_not_granted")
    assert not AccessToken.objects.exists()


def test_the_refusal_is_noted_for_the_client(many, ask):
    event = assert_refused(
        ask(many, "unknown"), 400, "invalid_scope", NOT_GRANTED, reason="scope_not_granted"
    )
    assert (event.client, event.client_identifier) == (many.client, many.client_id)


@pytest.mark.parametrize("asked", [None, ""], ids=["omitted", "empty"])
def test_a_client_without_defaults_has_to_ask(register, ask, asked):
    client = register(optional=["x"])
    assert_refused(ask(client, asked), 400, "invalid_scope", NO_DEFAULT, reason="no_default_scope")
    assert ask(client, "x").json()["scope"] == "x"


def test_a_client_without_scopes_gets_no_token(register, ask):
    Scope.objects.create(name="of:another")
    client = register()
    assert_refused(ask(client), 400, "invalid_scope", NO_DEFAULT, reason="no_default_scope")
    assert not AccessToken.objects.exists()


def test_a_scope_taken_away_is_refused_at_once(many, ask):
    assert ask(many, "x").status_code == 200
    many.client.scope_grants.filter(scope__name="x").delete()
    assert_refused(ask(many, "x"), 400, "invalid_scope", NOT_GRANTED, reason="scope_not_granted")
