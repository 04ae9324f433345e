import pytest
from django.core.checks import Error, run_checks
from django.urls import get_script_prefix, set_script_prefix

from oauth_m2m.checks.protected_paths import check_protected_paths
from oauth_m2m.resource_server import MachineTokenMiddleware

SESSION = "django.contrib.sessions.middleware.SessionMiddleware"
AUTHENTICATION = "django.contrib.auth.middleware.AuthenticationMiddleware"
REMOTE_USER = "django.contrib.auth.middleware.PersistentRemoteUserMiddleware"
CSRF = "django.middleware.csrf.CsrfViewMiddleware"
OURS = "oauth_m2m.resource_server.MachineTokenMiddleware"
OURS_BY_MODULE = "oauth_m2m.resource_server.middleware.MachineTokenMiddleware"

REPORTS = {"/reports/": ["reports:read"]}
PEOPLE = {"/reports/": {"*": ["reports:read"], "people": True}}
OPEN = {"/oauth/": "public", "/.well-known/": "public"}


class Adjusted(MachineTokenMiddleware):
    """A host's own one."""


def function_middleware(get_response):
    return get_response


@pytest.fixture
def found(settings):
    """Say what the check says with these paths and middleware, as (text, hint)."""

    def found(paths: object, *middleware: str) -> list[tuple[str, str]]:
        settings.OAUTH_M2M = {**settings.OAUTH_M2M, "PROTECTED_PATHS": paths}
        settings.MIDDLEWARE = list(middleware)
        messages = check_protected_paths(None)
        assert all(type(each) is Error and each.id == "oauth_m2m.E006" for each in messages)
        return [(each.msg, each.hint) for each in messages]

    return found


@pytest.mark.parametrize(
    "paths, middleware",
    [
        pytest.param({}, [], id="no paths and no middleware"),
        pytest.param({}, [OURS, AUTHENTICATION], id="no paths"),
        pytest.param(REPORTS, [SESSION, AUTHENTICATION, OURS], id="behind authentication"),
        pytest.param(REPORTS, [OURS_BY_MODULE], id="no authentication"),
        pytest.param(REPORTS, [f"{__name__}.Adjusted"], id="a subclass"),
        pytest.param(REPORTS, [OURS, CSRF], id="before CSRF"),
        pytest.param(REPORTS, [CSRF, OURS], id="behind CSRF"),
        pytest.param(
            REPORTS, ["no.such.thing", f"{__name__}.function_middleware", OURS], id="beside others"
        ),
        pytest.param(PEOPLE, [SESSION, AUTHENTICATION, REMOTE_USER, OURS], id="people"),
        pytest.param({"/": ["x"], **OPEN}, [OURS], id="the whole site but our endpoints"),
        pytest.param({"reports": []}, [], id="a wrong value, which E002 reports"),
    ],
)
def test_right_set_up_is_silent(found, paths, middleware):
    assert found(paths, *middleware) == []


def test_e006_when_the_middleware_is_missing(found):
    assert found(REPORTS, SESSION, AUTHENTICATION) == [
        (
            "PROTECTED_PATHS is set and MachineTokenMiddleware is not in MIDDLEWARE.",
            "Nothing is protected: add 'oauth_m2m.resource_server.MachineTokenMiddleware'.",
        )
    ]


def test_e006_names_each_middleware_that_replaces_the_user_behind_ours(found):
    assert found(REPORTS, SESSION, OURS, AUTHENTICATION, REMOTE_USER) == [
        (
            f"MachineTokenMiddleware stands before {path}, which replaces request.user.",
            "Put MachineTokenMiddleware behind it.",
        )
        for path in (AUTHENTICATION, REMOTE_USER)
    ]


def test_e006_when_people_may_pass_and_nobody_can_log_in(found):
    assert found({**PEOPLE, "/": {"GET": ["x"], "people": True}, **OPEN}, OURS) == [
        (
            f"PROTECTED_PATHS lets people into {path}, and nobody can be logged in.",
            "Put AuthenticationMiddleware into MIDDLEWARE, or leave 'people' out.",
        )
        for path in ("/reports", "/")
    ]


ENDPOINTS = [
    "/oauth/token",
    "/oauth/introspect",
    "/oauth/revoke",
    "/oauth/jwks.json",
    "/.well-known/oauth-authorization-server",
    "/.well-known/openid-configuration",
    "/.well-known/oauth-protected-resource",
]


def guarded(*paths: str) -> list[tuple[str, str]]:
    return [
        (
            f"PROTECTED_PATHS guards {path}, which is called without an access token.",
            f"Add {path!r}: 'public'.",
        )
        for path in paths
    ]


def test_e006_names_our_endpoints_that_are_guarded(found):
    assert found({"/": ["x"]}, OURS) == guarded(*ENDPOINTS)
    assert found({"/oauth/": ["x"], "/oauth/token": "public"}, OURS) == guarded(*ENDPOINTS[1:4])


def test_e006_is_about_endpoints_that_are_mounted(found, settings):
    settings.ROOT_URLCONF = "tests.host.urls_token_only"
    assert found({"/": ["x"]}, OURS) == guarded(ENDPOINTS[0], ENDPOINTS[4])


def test_paths_are_those_below_the_projects_own(found):
    before = get_script_prefix()
    set_script_prefix("/shop/")
    try:
        assert found({"/oauth/token": ["x"]}, OURS) == guarded("/oauth/token")
        assert found({"/shop/oauth/token": ["x"]}, OURS) == []
    finally:
        set_script_prefix(before)


def test_manage_py_check_runs_it(settings):
    settings.ROOT_URLCONF = "example_project.urls"  # the tests' own has views that are wrong
    settings.OAUTH_M2M = {**settings.OAUTH_M2M, "PROTECTED_PATHS": REPORTS}
    messages = [each.id for each in run_checks() if each.id.startswith("oauth_m2m.")]
    assert messages == ["oauth_m2m.E006"]
