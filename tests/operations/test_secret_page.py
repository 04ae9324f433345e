import pytest

from oauth_m2m.operations.credentials import add_secret
from oauth_m2m.operations.secret_page import secret_page

pytestmark = pytest.mark.django_db


def test_page_has_the_secret_the_kit_and_a_first_call(registered, actor):
    secret = add_secret(registered.client, actor=actor)
    page = secret_page(registered.client, secret)
    kit = page.pop("kit")
    assert kit[0].key == "curl"
    assert secret.clear_secret in kit[0].text
    assert "https://auth.example.com/oauth/token" in kit[0].text
    assert page == {
        "secret": secret,
        "has_scopes": True,
        "must_bind": False,
        "api_request": "curl -H 'Authorization: Bearer ACCESS_TOKEN' https://api.example.com/",
    }


def test_host_of_the_page_stands_in_for_an_issuer(registered, actor, settings):
    settings.OAUTH_M2M = {"ISSUER": ""}
    secret = add_secret(registered.client, actor=actor)
    kit = secret_page(registered.client, secret, "http://testserver/")["kit"]
    assert "http://testserver/oauth/token" in kit[0].text


@pytest.mark.parametrize(
    "fields, must_bind",
    [
        pytest.param({"requires_dpop": True}, True, id="DPoP"),
        pytest.param({"requires_certificate": True}, True, id="a certificate"),
        pytest.param({"profile": "fapi2"}, True, id="a profile"),
        pytest.param({}, False, id="neither"),
    ],
)
def test_page_knows_whether_bearer_tokens_are_refused(register, actor, fields, must_bind):
    client = register(**fields).client
    page = secret_page(client, add_secret(client, actor=actor))
    assert (page["must_bind"], page["has_scopes"]) == (must_bind, False)


@pytest.mark.urls("tests.admin.urls_without_endpoints")
def test_there_is_no_kit_where_no_endpoint_is(registered, actor):
    page = secret_page(registered.client, add_secret(registered.client, actor=actor))
    assert (page["kit"], page["api_request"]) == (None, None)
