import json
import logging

import pytest
from django.db import (
    DatabaseError,
    IntegrityError,
    InterfaceError,
    OperationalError,
    connection,
)
from django.test import RequestFactory

from oauth_m2m import refusals, usage
from oauth_m2m.errors import (
    InvalidClient,
    InvalidRequest,
    InvalidScope,
    Reason,
    UnsupportedGrantType,
    UseDPoPNonce,
)
from oauth_m2m.models import AuditEvent, Client
from oauth_m2m.views.answer import EndpointAnswer
from oauth_m2m.views.endpoint import oauth_endpoint
from tests.conftest import FORM
from tests.error_ids import body_of

pytestmark = pytest.mark.django_db

AWAY = {
    "error": "temporarily_unavailable",
    "error_description": "The server is temporarily unable to answer. Try again.",
}


def call(answer, method: str = "POST", body: str = "a=1", **extra):
    request = RequestFactory().generic(method, "/", body, content_type=FORM, **extra)
    return oauth_endpoint("test.refused")(answer)(request)


def raising(error: Exception):
    def answer(_request):
        raise error

    return answer


def test_answer_is_sent_as_json_that_nobody_keeps():
    response = call(lambda request: EndpointAnswer(json.dumps(dict(request.parameters))))
    assert (response.status_code, json.loads(response.content)) == (200, {"a": "1"})
    assert dict(response.headers) == {
        "Content-Type": "application/json",
        "Cache-Control": "no-store",
        "Pragma": "no-cache",
    }


def test_view_keeps_its_name_and_takes_no_csrf_token():
    def introspection(_request):
        """Answer."""

    view = oauth_endpoint("test.refused")(introspection)
    assert (view.__name__, view.__doc__) == ("introspection", "Answer.")
    assert view.csrf_exempt is True


@pytest.mark.parametrize(
    "error, status, headers",
    [
        (InvalidRequest(Reason.PLAIN_HTTP), 400, {}),
        (UnsupportedGrantType(Reason.UNSUPPORTED_GRANT_TYPE), 400, {}),
        (InvalidScope(Reason.NO_DEFAULT_SCOPE), 400, {}),
        (
            InvalidClient(Reason.UNKNOWN_CLIENT),
            401,
            {"WWW-Authenticate": 'Basic realm="oauth", charset="UTF-8"'},
        ),
        (UseDPoPNonce(Reason.PROOF_WITHOUT_NONCE, nonce="abc"), 400, {"DPoP-Nonce": "abc"}),
    ],
    ids=lambda case: type(case).__name__ if isinstance(case, Exception) else None,
)
def test_refusal_has_the_status_and_headers_of_its_rfc(error, status, headers):
    response = call(raising(error))
    assert response.status_code == status
    assert json.loads(response.content) == {
        "error": error.error,
        "error_description": error.description,
        "error_id": AuditEvent.objects.get().error_id,
    }
    assert dict(response.headers) == {
        "Content-Type": "application/json",
        "Cache-Control": "no-store",
        "Pragma": "no-cache",
        **headers,
    }


def test_refusal_is_audited_under_the_kind_of_the_endpoint():
    call(raising(InvalidClient(Reason.UNKNOWN_CLIENT, client_id="job")), REMOTE_ADDR="192.0.2.7")
    event = AuditEvent.objects.get()
    assert (event.kind, event.client_identifier) == ("test.refused", "job")
    assert (event.reason, event.address) == ("unknown_client", "192.0.2.7")


def test_refusal_of_a_known_client_is_counted(registered):
    pk = registered.client.pk
    call(raising(InvalidClient(Reason.WRONG_SECRET, client_pk=pk)))
    assert [(key[0], key[2]) for key in usage._pending.counts] == [(pk, "refusal")]


def test_other_methods_are_refused_before_anything_is_read():
    response = call(raising(AssertionError()), method="GET")
    assert (response.status_code, response.headers["Allow"]) == (405, "POST")


@pytest.mark.parametrize("https, status", [("on", 200), ("off", 400)])
def test_https_is_required_where_the_setting_says_so(settings, https, status):
    settings.OAUTH_M2M = {"REQUIRE_HTTPS": True}
    scheme = "https" if https == "on" else "http"
    response = call(lambda _: EndpointAnswer("{}"), **{"wsgi.url_scheme": scheme})
    assert response.status_code == status


@pytest.mark.parametrize(
    "error",
    [OperationalError("SELECT 'secret'"), InterfaceError("secret"), IntegrityError("secret")],
    ids=lambda error: type(error).__name__,
)
def test_database_away_is_a_503_that_says_when_to_come_back(error, caplog):
    with caplog.at_level(logging.DEBUG, "oauth_m2m"):
        response = call(raising(error))
    body = json.loads(response.content)
    error_id = body.pop("error_id")
    assert (response.status_code, body) == (503, AWAY)
    assert dict(response.headers) == {
        "Content-Type": "application/json",
        "Cache-Control": "no-store",
        "Pragma": "no-cache",
        "Retry-After": "5",
    }
    assert caplog.messages == [f"database unavailable: {type(error).__name__}"]
    assert "secret" not in caplog.text
    # The database is away: the row waits until it is back.
    assert not AuditEvent.objects.exists()
    refusals.flush()
    assert AuditEvent.objects.get(error_id=error_id).reason == "database_away"


def test_database_away_while_a_refusal_is_noted_is_a_503_too():
    def away(_execute, *_args):
        raise OperationalError

    with connection.execute_wrapper(away):
        response = call(raising(InvalidClient(Reason.UNKNOWN_CLIENT)))
    body = json.loads(response.content)
    assert body.pop("error_id")
    assert (response.status_code, body) == (503, AWAY)
    assert "WWW-Authenticate" not in response.headers


@pytest.mark.parametrize("error", [DatabaseError(), RuntimeError()], ids=["database", "other"])
def test_a_defect_is_not_hidden(error):
    with pytest.raises(type(error)):
        call(raising(error))


def test_no_transaction_is_opened_even_with_atomic_requests(
    registered, post_token, django_assert_num_queries
):
    connection.settings_dict["ATOMIC_REQUESTS"] = True
    try:
        with django_assert_num_queries(2):
            fields = {"grant_type": "client_credentials", **registered.credentials}
            assert post_token(fields).status_code == 200
    finally:
        connection.settings_dict["ATOMIC_REQUESTS"] = False


@pytest.mark.django_db(transaction=True)
def test_client_that_is_deleted_under_its_request_gets_no_token(registered, post_token):
    fields = {"grant_type": "client_credentials", **registered.credentials}

    def delete_before_the_insert(execute, sql, params, many, context):
        if sql.startswith("INSERT") and "accesstoken" in sql:
            Client.objects.all().delete()
        return execute(sql, params, many, context)

    with connection.execute_wrapper(delete_before_the_insert):
        response = post_token(fields)
    assert (response.status_code, body_of(response)) == (503, AWAY)
    assert post_token(fields).status_code == 401
