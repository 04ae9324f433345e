"""Protected resource metadata, and the challenges that lead to it."""

import pytest

from tests.error_ids import challenge_of

pytestmark = pytest.mark.django_db

WELL_KNOWN = "/.well-known/oauth-protected-resource"
ISSUER = "https://auth.example.com"
POINTER = f'resource_metadata="{ISSUER}{WELL_KNOWN}"'


@pytest.mark.rfc("9728", "2")
@pytest.mark.rfc("9728", "3.2")
def test_document_names_the_resource_and_where_to_get_tokens(http):
    response = http.get(WELL_KNOWN)
    assert response.status_code == 200
    assert response.json() == {
        "resource": ISSUER,
        "authorization_servers": [ISSUER],
        "bearer_methods_supported": ["header"],
    }
    assert response.headers["Content-Type"] == "application/json"
    assert response.headers["Cache-Control"] == "public, max-age=3600"
    assert response.headers["Access-Control-Allow-Origin"] == "*"


@pytest.mark.rfc("9728", "2")
def test_other_servers_whose_tokens_are_accepted_are_named(http, settings):
    remote = {"jwks_uri": "https://sso.example.org/jwks", "audience": "https://api.example.com"}
    settings.OAUTH_M2M = {
        "ISSUER": ISSUER,
        "DEFAULT_AUDIENCE": "https://api.example.com",
        "REMOTE_ISSUERS": {"https://sso.example.org": remote},
    }
    assert http.get(WELL_KNOWN).json() == {
        "resource": "https://api.example.com",
        "authorization_servers": [ISSUER, "https://sso.example.org"],
        "bearer_methods_supported": ["header"],
    }


@pytest.mark.rfc("9728", "3.1")
@pytest.mark.rfc("9728", "3.3")
@pytest.mark.parametrize(
    "path, resource",
    [
        pytest.param("", "https://api.example.com/orders", id="none"),
        pytest.param("/orders", "https://api.example.com/orders", id="of the default audience"),
        pytest.param("/stock/v2", "https://api.example.com/stock/v2", id="of another API"),
    ],
)
def test_path_of_a_resource_stands_behind_the_well_known_part(http, settings, path, resource):
    settings.OAUTH_M2M = {
        "ISSUER": ISSUER,
        "DEFAULT_AUDIENCE": "https://api.example.com/orders",
        "ACCEPTED_AUDIENCES": ["urn:reports", "https://api.example.com/stock/v2"],
    }
    assert http.get(WELL_KNOWN + path).json()["resource"] == resource


@pytest.mark.rfc("9728", "3.1")
@pytest.mark.parametrize("path", ["/unknown", "/reports"])
def test_path_of_no_resource_is_not_found(http, settings, path):
    settings.OAUTH_M2M = {"ISSUER": ISSUER, "ACCEPTED_AUDIENCES": [ISSUER, "urn:reports"]}
    response = http.get(WELL_KNOWN + path)
    assert response.status_code == 404
    assert response.json() == {
        "error": "not_found",
        "error_description": "There is no API at this path.",
    }


@pytest.mark.rfc("9728", "3.2")
def test_without_an_issuer_the_answer_says_what_is_missing(http, settings):
    settings.OAUTH_M2M = {"DEFAULT_AUDIENCE": "https://api.example.com"}
    response = http.get(WELL_KNOWN)
    assert response.status_code == 404
    assert response.json() == {
        "error": "not_found",
        "error_description": (
            "This server has no issuer: set OAUTH_M2M['ISSUER'] to its public URL."
        ),
    }


@pytest.fixture(params=["/api/orders/", "/reports/daily"], ids=["DRF", "plain Django"])
def api(request, http):
    """Call an API, by DRF and by the decorator, with a token or none; return its challenge."""

    def call(status: int, **headers: str) -> str:
        response = http.get(request.param, headers=headers)
        assert response.status_code == status
        return challenge_of(response)

    return call


@pytest.mark.rfc("9728", "5.1")
def test_challenge_without_a_token_leads_to_the_document(api):
    assert api(401) == f'Bearer realm="api", {POINTER}'


@pytest.mark.rfc("9728", "5.1")
def test_challenge_to_a_bad_token_leads_to_the_document(api):
    challenge = api(401, Authorization="Bearer m2mt_unknown")
    assert challenge == (
        f'Bearer realm="api", {POINTER}, error="invalid_token",'
        ' error_description="The access token is not valid."'
    )


@pytest.mark.rfc("9728", "5.1")
def test_challenge_to_a_missing_scope_leads_to_the_document(api, register, bearer):
    challenge = api(403, **bearer(register("something:else")))
    assert challenge.startswith(f'Bearer realm="api", {POINTER}, error="insufficient_scope", ')


@pytest.mark.rfc("9728", "5.1")
def test_challenge_never_follows_the_host_header(api):
    assert api(401, Host="attacker.example") == f'Bearer realm="api", {POINTER}'


@pytest.mark.rfc("9728", "5.1")
def test_without_an_issuer_the_challenge_leads_nowhere(api, settings):
    settings.OAUTH_M2M = {}
    assert api(401) == 'Bearer realm="api"'


@pytest.mark.rfc("9728", "5.1")
def test_without_the_document_the_challenge_leads_nowhere(http, settings):
    settings.ROOT_URLCONF = "tests.host.urls_token_only"
    response = http.get("/reports/daily")
    assert challenge_of(response) == 'Bearer realm="api"'
