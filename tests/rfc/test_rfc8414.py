"""Authorization server metadata, and its alias for clients that know OpenID Connect only."""

import pytest

pytestmark = pytest.mark.django_db

WELL_KNOWN = "/.well-known/oauth-authorization-server"
ALIAS = "/.well-known/openid-configuration"
METHODS = ["client_secret_basic", "client_secret_post", "private_key_jwt"]
ALGORITHMS = [
    *("ES256", "ES384", "ES512", "EdDSA"),
    *("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"),
]

both = pytest.mark.parametrize("path", [WELL_KNOWN, ALIAS])


def document(
    issuer: str, origin: str = "https://auth.example.com", path: str = WELL_KNOWN
) -> dict[str, object]:
    """Return the document; what lies at the alias has one member more."""
    more = {"authorization_endpoint": f"{origin}/oauth/authorize"} if ALIAS in path else {}
    return {
        **more,
        "issuer": issuer,
        "token_endpoint": f"{origin}/oauth/token",
        "introspection_endpoint": f"{origin}/oauth/introspect",
        "revocation_endpoint": f"{origin}/oauth/revoke",
        "jwks_uri": f"{origin}/oauth/jwks.json",
        "grant_types_supported": ["client_credentials"],
        "response_types_supported": [],
        "token_endpoint_auth_methods_supported": METHODS,
        "token_endpoint_auth_signing_alg_values_supported": ALGORITHMS,
        "dpop_signing_alg_values_supported": ALGORITHMS,
        "introspection_endpoint_auth_methods_supported": METHODS,
        "revocation_endpoint_auth_methods_supported": METHODS,
        "introspection_signing_alg_values_supported": ["ES256"],
    }


def assert_missing(response, description: str) -> None:
    assert response.status_code == 404
    assert response.json() == {"error": "not_found", "error_description": description}
    assert response.headers["Content-Type"] == "application/json"
    assert response.headers["Cache-Control"] == "no-store"


@pytest.mark.rfc("8414", "2")
@pytest.mark.rfc("8414", "3.2")
@both
def test_document_says_what_the_server_can_do(http, path):
    response = http.get(path)
    assert response.status_code == 200
    assert response.json() == document("https://auth.example.com", path=path)
    assert response.headers["Content-Type"] == "application/json"
    assert response.headers["Cache-Control"] == "public, max-age=3600"
    assert response.headers["Access-Control-Allow-Origin"] == "*"


@pytest.mark.rfc("8414", "3.3")
def test_issuer_and_endpoints_are_never_taken_from_the_host_header(http):
    response = http.get(WELL_KNOWN, headers={"Host": "attacker.example"})
    assert response.json() == document("https://auth.example.com")


@pytest.mark.rfc("8414", "2")
def test_issuer_is_given_without_its_trailing_slash(http, settings):
    settings.OAUTH_M2M = {"ISSUER": "https://auth.example.com/"}
    assert http.get(WELL_KNOWN).json()["issuer"] == "https://auth.example.com"


@pytest.mark.rfc("8414", "3.1")
@pytest.mark.parametrize(
    "path",
    [
        pytest.param(f"{WELL_KNOWN}/tenant/one", id="behind the well-known part"),
        pytest.param(f"/tenant/one{ALIAS}", id="before it, as OpenID Connect has it"),
        pytest.param(WELL_KNOWN, id="left out"),
        pytest.param(ALIAS, id="left out of the alias"),
    ],
)
def test_document_of_an_issuer_with_a_path(http, settings, path):
    settings.OAUTH_M2M = {"ISSUER": "https://auth.example.com/tenant/one"}
    response = http.get(path)
    assert response.status_code == 200
    assert response.json() == document("https://auth.example.com/tenant/one", path=path)


@pytest.mark.rfc("8414", "3.1")
@pytest.mark.parametrize("path", [f"{WELL_KNOWN}/tenant", f"/tenant{ALIAS}"])
@pytest.mark.parametrize(
    "issuer",
    ["https://auth.example.com", "https://auth.example.com/other", "https://auth.example.com/t"],
)
def test_path_of_another_issuer_is_not_found(http, settings, path, issuer):
    settings.OAUTH_M2M = {"ISSUER": issuer}
    assert_missing(http.get(path), "There is no issuer at this path.")


@pytest.mark.rfc("8414", "3.2")
@pytest.mark.parametrize("path", [WELL_KNOWN, ALIAS, f"{WELL_KNOWN}/tenant", f"/tenant{ALIAS}"])
def test_without_an_issuer_the_answer_says_what_is_missing(http, settings, path):
    settings.OAUTH_M2M = {}
    assert_missing(
        http.get(path), "This server has no issuer: set OAUTH_M2M['ISSUER'] to its public URL."
    )


@pytest.mark.rfc("8414", "2")
@both
def test_without_endpoints_nothing_of_theirs_is_advertised(http, settings, path):
    settings.ROOT_URLCONF = "tests.host.urls_documents_only"
    assert http.get(path).json() == {
        "issuer": "https://auth.example.com",
        "grant_types_supported": ["client_credentials"],
        "response_types_supported": [],
    }


@pytest.mark.rfc("8414", "2")
def test_what_is_not_mounted_is_not_advertised(http, settings):
    settings.ROOT_URLCONF = "tests.host.urls_token_only"
    assert http.get(WELL_KNOWN).json() == {
        "issuer": "https://auth.example.com",
        "token_endpoint": "https://auth.example.com/oauth/token",
        "grant_types_supported": ["client_credentials"],
        "response_types_supported": [],
        "token_endpoint_auth_methods_supported": METHODS,
        "token_endpoint_auth_signing_alg_values_supported": ALGORITHMS,
        "dpop_signing_alg_values_supported": ALGORITHMS,
    }
    for path in (ALIAS, "/oauth/introspect", "/oauth/revoke", "/oauth/jwks.json"):
        assert http.get(path).status_code == 404


@pytest.mark.rfc("8414", "2")
@both
def test_endpoints_are_advertised_where_the_project_mounted_them(http, settings, path):
    settings.ROOT_URLCONF = "tests.host.urls_apart"
    expected = document("https://auth.example.com", "https://auth.example.com/accounts", path)
    assert http.get(path).json() == expected


@pytest.mark.rfc("8414", "2")
def test_only_the_methods_that_the_server_accepts_are_advertised(http, settings):
    settings.OAUTH_M2M = {**settings.OAUTH_M2M, "AUTH_METHODS": ["client_secret_post"]}
    members = http.get(WELL_KNOWN).json()
    methods = {name: value for name, value in members.items() if "auth_methods" in name}
    assert methods == {
        "token_endpoint_auth_methods_supported": ["client_secret_post"],
        "introspection_endpoint_auth_methods_supported": ["client_secret_post"],
        "revocation_endpoint_auth_methods_supported": ["client_secret_post"],
    }


@pytest.mark.rfc("8414", "3.1")
@both
@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS"])
def test_document_is_for_reading_only(http, path, method):
    response = http.generic(method, path)
    assert response.status_code == 405
    assert response.json() == {"error": "invalid_request", "error_description": "Use GET."}
    assert response.headers["Allow"] == "GET, HEAD"
    assert response.headers["Cache-Control"] == "no-store"


@both
def test_head_has_the_headers_of_get_and_no_body(http, path):
    got, asked = http.get(path), http.head(path)
    assert (asked.status_code, asked.content) == (200, b"")
    for name in ("Content-Type", "Cache-Control", "ETag"):
        assert asked.headers[name] == got.headers[name]


@both
def test_unchanged_document_is_answered_by_304(http, settings, path):
    headers = {"If-None-Match": http.get(path).headers["ETag"]}
    response = http.get(path, headers=headers)
    assert (response.status_code, response.content) == (304, b"")
    assert response.headers["Cache-Control"] == "public, max-age=3600"
    settings.OAUTH_M2M = {"ISSUER": "https://auth.example.org"}
    assert http.get(path, headers=headers).json()["issuer"] == "https://auth.example.org"


def test_document_needs_no_database(http, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert http.get(WELL_KNOWN).status_code == 200


@pytest.mark.parametrize("path", [WELL_KNOWN, ALIAS, "/oauth/jwks.json"])
def test_machine_is_not_sent_to_a_login_page(http, settings, path):
    login = "django.contrib.auth.middleware.LoginRequiredMiddleware"
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, login]
    assert http.get(path).status_code == 200
