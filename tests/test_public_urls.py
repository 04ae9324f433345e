"""Where the world finds our views."""

import pytest
from django.urls import set_script_prefix
from django.urls.base import clear_script_prefix

from oauth_m2m.public_urls import public_url


@pytest.mark.parametrize(
    "issuer, base, url",
    [
        pytest.param("https://a.example", "", "https://a.example/oauth/token", id="the issuer's"),
        pytest.param(
            "https://a.example", "http://b.example", "https://a.example/oauth/token", id="not base"
        ),
        pytest.param(
            "https://a.example/tenant", "", "https://a.example/oauth/token", id="issuer with a path"
        ),
        pytest.param("", "http://b.example", "http://b.example/oauth/token", id="base"),
        pytest.param("", "", "/oauth/token", id="neither: a bare path"),
    ],
)
def test_url_stands_on_the_issuers_host(settings, issuer, base, url):
    settings.OAUTH_M2M = {"ISSUER": issuer}
    assert public_url("token", base) == url


def test_view_that_is_not_mounted_has_no_url(settings):
    settings.ROOT_URLCONF = "tests.host.urls_token_only"
    assert public_url("introspection") is None
    assert public_url("token") == "https://auth.example.com/oauth/token"


def test_prefix_that_the_project_is_served_under_is_part_of_the_url():
    set_script_prefix("/prefix/")
    try:
        assert public_url("token") == "https://auth.example.com/prefix/oauth/token"
    finally:
        clear_script_prefix()


def test_arguments_of_the_view_are_part_of_the_url():
    url = public_url("hand_over", token="m2mh_x")
    assert url == "https://auth.example.com/oauth/hand-over/m2mh_x"
