"""Which resource the document is about."""

import json

import pytest
from django.test import RequestFactory

from oauth_m2m.views.protected_resource import protected_resource

ISSUER = "https://auth.example.com/tenant"
ORDERS = "https://api.example.com/orders"


@pytest.mark.parametrize(
    "path, configured, resource",
    [
        pytest.param("", {}, ISSUER, id="the issuer"),
        pytest.param("tenant", {}, ISSUER, id="the issuer by its path"),
        pytest.param("", {"DEFAULT_AUDIENCE": ORDERS}, ORDERS, id="the default audience"),
        pytest.param("orders/", {"DEFAULT_AUDIENCE": ORDERS}, ORDERS, id="that by its path"),
        pytest.param("tenant", {"DEFAULT_AUDIENCE": ORDERS}, ISSUER, id="both are accepted"),
        pytest.param("", {"ACCEPTED_AUDIENCES": [ORDERS]}, ISSUER, id="accepted, not the default"),
        pytest.param("", {"DEFAULT_AUDIENCE": "orders"}, "orders", id="no URL at all"),
    ],
)
def test_resource_is_the_one_whose_path_was_asked_for(settings, path, configured, resource):
    settings.OAUTH_M2M = {"ISSUER": ISSUER, **configured}
    response = protected_resource(RequestFactory().get("/"), resource_path=path)
    assert json.loads(response.content)["resource"] == resource


@pytest.mark.parametrize("path", ["orders", "tenant/orders", "none"])
def test_name_that_is_no_url_has_no_path(settings, path):
    settings.OAUTH_M2M = {"ISSUER": ISSUER, "DEFAULT_AUDIENCE": "orders"}
    response = protected_resource(RequestFactory().get("/"), resource_path=path)
    assert response.status_code == 404
