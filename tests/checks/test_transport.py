"""What ``manage.py check --deploy`` says of the issuer's form and of https: W018, W019."""

import pytest
from django.core.checks import Warning, run_checks  # noqa: A004 - Django's name
from django.test import override_settings

from oauth_m2m.checks.transport import check_issuer_form, check_plain_http

W019 = Warning(
    "OAUTH_M2M['ISSUER'] is an https URL, and the endpoints accept plain http.",
    hint="Leave REQUIRE_HTTPS out; behind a proxy, set SECURE_PROXY_SSL_HEADER as Django"
    " describes it.",
    id="oauth_m2m.W019",
)


def w018(what: str, hint: str) -> Warning:
    return Warning(f"OAUTH_M2M['ISSUER'] {what}", hint=hint, id="oauth_m2m.W018")


def compared(issuer: str) -> str:
    return f"Tokens and metadata say {issuer}, and clients compare each character: write it so."


@pytest.mark.parametrize(
    "issuer, expected",
    [
        ("https://a.example", []),
        ("https://a.example/tenant", []),
        ("", []),
        ("nonsense", []),
        (
            "https://a.example/",
            [w018("ends in a slash, which is left out.", compared("https://a.example"))],
        ),
        (
            "https://a.example/tenant/oauth/token",
            [
                w018(
                    "is the URL of an endpoint.",
                    "It is where the server begins, perhaps https://a.example/tenant.",
                )
            ],
        ),
    ],
    ids=["a host", "a path", "none", "E002 says it", "a slash", "an endpoint"],
)
def test_w018_says_what_is_strange_about_the_issuer(issuer, expected):
    with override_settings(OAUTH_M2M={"ISSUER": issuer}):
        assert check_issuer_form(None) == expected


def test_w018_where_no_endpoint_is_mounted():
    with override_settings(ROOT_URLCONF=(), OAUTH_M2M={"ISSUER": "https://a.example/oauth/token"}):
        assert check_issuer_form(None) == []


@pytest.mark.parametrize(
    "configured, debug, expected",
    [
        ({"ISSUER": "https://a.example", "REQUIRE_HTTPS": False}, False, [W019]),
        ({"ISSUER": "https://a.example", "REQUIRE_HTTPS": False}, True, []),
        ({"ISSUER": "https://a.example"}, False, []),
        ({"ISSUER": "https://a.example"}, True, []),
        ({"ISSUER": "http://a.example", "REQUIRE_HTTPS": False}, False, []),
        ({"REQUIRE_HTTPS": False}, False, []),
        ({"ISSUER": 1, "REQUIRE_HTTPS": False}, False, []),
    ],
    ids=[
        *("plain http in production", "while developing", "https", "the default in development"),
        *("an issuer without https", "no issuer", "E002 says it"),
    ],
)
def test_w019_when_an_https_issuer_takes_plain_http(configured, debug, expected):
    with override_settings(OAUTH_M2M=configured, DEBUG=debug):
        assert check_plain_http(None) == expected


@override_settings(
    OAUTH_M2M={"ISSUER": "https://a.example/", "REQUIRE_HTTPS": False},
    ROOT_URLCONF="example_project.urls",
)
def test_both_are_said_at_deployment_only_and_can_be_silenced():
    both = {"oauth_m2m.W018", "oauth_m2m.W019"}
    assert not both & {message.id for message in run_checks()}
    with override_settings(SILENCED_SYSTEM_CHECKS=[*both]):
        found = [m for m in run_checks(include_deployment_checks=True) if m.id in both]
        assert sorted(m.id for m in found if m.is_silenced()) == sorted(both)
