import pytest
from django.test import RequestFactory
from rest_framework.request import Request

from oauth_m2m.resource_server.authenticate import authenticate_request
from oauth_m2m.rest_framework.machine_token import machine_token

pytestmark = pytest.mark.django_db


def test_token_that_drf_was_given_is_the_machines(registered, bearer):
    _, token = authenticate_request(RequestFactory().get("/", headers=bearer(registered)))
    request = Request(RequestFactory().get("/"))
    request.auth = token
    assert machine_token(request) is token


@pytest.mark.parametrize("auth", [None, "a session"], ids=["nothing", "something else"])
def test_token_that_the_request_proved_counts_whoever_was_first(registered, bearer, auth):
    plain = RequestFactory().get("/", headers=bearer(registered))
    request = Request(plain)
    request.auth = auth
    assert machine_token(request) is None
    _, token = authenticate_request(plain)
    assert machine_token(request) is token
    assert machine_token(plain) is token
