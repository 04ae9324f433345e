import pytest
from django.urls import resolve, reverse

from oauth_m2m.views.token import token


@pytest.mark.parametrize("name, path, view", [("oauth_m2m:token", "/oauth/token", token)])
def test_endpoint_has_its_name_and_path(name, path, view):
    assert reverse(name) == path
    assert resolve(path).func is view
