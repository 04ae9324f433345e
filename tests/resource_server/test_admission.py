"""The door of decorator and middleware; what it answers is held by their own tests."""

import pytest
from asgiref.sync import async_to_sync
from django.contrib.auth import get_user_model
from django.http import HttpResponse
from django.test import RequestFactory

from oauth_m2m.resource_server.admission import admit, varied
from tests.conftest import Registered

pytestmark = pytest.mark.django_db


def test_admitted_request_knows_its_user_and_token(registered: Registered, bearer):
    request = RequestFactory().get("/", headers=bearer(registered))
    assert admit(request, ["orders:read"]) is None
    assert request.user.client_id == request.auth.client_id == registered.client_id
    assert async_to_sync(request.auser)() is request.user


def test_service_account_is_the_user(register, bearer):
    account = get_user_model().objects.create_user("robot")
    request = RequestFactory().get(
        "/", headers=bearer(register("orders:read", service_account=account))
    )
    assert admit(request, ["orders:read"]) is None
    assert request.user == async_to_sync(request.auser)() == account


def test_refused_request_stays_as_it_was(registered: Registered, bearer):
    request = RequestFactory().get("/", headers=bearer(registered))
    request.user = before = object()
    refused = admit(request, ["orders:read", "orders:write"])
    assert refused.status_code == 403
    assert request.user is before
    assert not hasattr(request, "auth")


@pytest.mark.parametrize(
    "vary, expected",
    [
        (None, "Authorization"),
        ("Cookie", "Cookie, Authorization"),
        ("authorization", "authorization"),
        ("*", "*"),
    ],
)
def test_answer_varies_by_token(vary, expected):
    response = HttpResponse(headers={"Vary": vary} if vary else None)
    assert varied(response) is response
    assert response["Vary"] == expected


def test_what_is_no_response_is_left_to_django():
    assert varied(None) is None
