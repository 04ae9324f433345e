"""The introspection view: what it costs, and what it leaves in the audit trail."""

import pytest

from oauth_m2m.models import AuditEvent, Client
from tests.endpoints import API, INTROSPECTION, ask, belong_to
from tests.host.database_away import database_away  # noqa: F401 - a fixture


@pytest.mark.django_db
@pytest.mark.parametrize(
    "token_format, statements", [("opaque", 3), ("jwt", 2)], ids=["opaque", "signed"]
)
def test_api_asks_with_three_statements_at_most(
    register, get_token, http, django_assert_num_queries, token_format, statements
):
    api, caller = register(), register("orders:read", token_format=token_format)
    belong_to(API, ["orders:read"], api)
    token = get_token(caller)
    # A signed token's client was looked up a moment ago.
    assert ask(http, INTROSPECTION, caller, {"token": token}).json()["active"] is True
    with django_assert_num_queries(statements):
        assert ask(http, INTROSPECTION, api, {"token": token}).json()["active"] is True


@pytest.mark.django_db
def test_client_asks_about_its_own_token_with_two_statements(
    registered, get_token, http, django_assert_num_queries
):
    token = get_token(registered)
    with django_assert_num_queries(2):
        assert ask(http, INTROSPECTION, registered, {"token": token}).json()["active"] is True


@pytest.mark.django_db
def test_question_leaves_no_line_in_the_audit_trail(registered, get_token, http):
    token = get_token(registered)
    AuditEvent.objects.all().delete()
    for presented in (token, "unknown"):
        ask(http, INTROSPECTION, registered, {"token": presented})
    assert not AuditEvent.objects.exists()


@pytest.mark.django_db
def test_api_that_was_disabled_learns_nothing_more(register, get_token, http):
    api, caller = register(), register("orders:read")
    belong_to(API, ["orders:read"], api)
    token = get_token(caller)
    Client.objects.filter(pk=api.client.pk).update(is_active=False)
    assert ask(http, INTROSPECTION, api, {"token": token}).status_code == 401


def test_database_away_is_a_503_and_not_an_inactive_token(registered, get_token, http, request):
    token = get_token(registered)
    request.getfixturevalue("database_away")
    response = ask(http, INTROSPECTION, registered, {"token": token})
    assert response.status_code == 503
    assert response.json()["error"] == "temporarily_unavailable"
    assert response.headers["Retry-After"] == "5"
