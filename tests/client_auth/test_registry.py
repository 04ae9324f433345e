import pytest

from oauth_m2m.client_auth.registry import METHODS
from oauth_m2m.setting_defaults import DEFAULTS
from tests.client_auth.token_requests import basic, request


def test_methods_are_those_that_the_settings_know():
    names = [name for method in METHODS for name in method.names]
    assert tuple(names) == DEFAULTS["AUTH_METHODS"]


@pytest.mark.parametrize(
    "presented, names",
    [
        (request(), []),
        (request(client_id="a"), []),
        (request(basic("a", "b")), ["client_secret_basic"]),
        (request(client_secret="b"), ["client_secret_post"]),
        (request("Basic", client_secret="b"), ["client_secret_basic", "client_secret_post"]),
    ],
    ids=["nothing", "an id", "header", "body", "both"],
)
def test_each_method_knows_its_own_attempts(presented, names):
    attempted = [method for method in METHODS if method.presented_in(presented)]
    assert [method.names[0] for method in attempted] == names
