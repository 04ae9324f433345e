import pytest
from django.urls import set_script_prefix

from oauth_m2m.operations.endpoints import token_url


@pytest.fixture
def under_a_prefix():
    set_script_prefix("/sso/")
    yield
    set_script_prefix("/")


@pytest.mark.parametrize(
    "issuer,base,expected",
    [
        ("https://auth.example.com", "", "https://auth.example.com/oauth/token"),
        ("https://auth.example.com/", "http://inside", "https://auth.example.com/oauth/token"),
        ("", "http://testserver/", "http://testserver/oauth/token"),
        ("", "http://testserver:8000", "http://testserver:8000/oauth/token"),
        ("", "", "/oauth/token"),
    ],
    ids=[
        "issuer",
        "issuer before base",
        "base without issuer",
        "base with a port",
        "neither: the bare path",
    ],
)
def test_url_comes_from_issuer_then_base(settings, issuer: str, base: str, expected: str):
    settings.OAUTH_M2M = {"ISSUER": issuer}
    assert token_url(base) == expected


def test_path_of_the_issuer_does_not_come_twice(settings, under_a_prefix):
    settings.OAUTH_M2M = {"ISSUER": "https://example.com/sso"}
    assert token_url() == "https://example.com/sso/oauth/token"


@pytest.mark.urls("tests.admin.urls_without_endpoints")
def test_there_is_none_where_the_urls_are_not_mounted():
    assert token_url("http://testserver/") is None
