import pytest
from oauthlib.common import Request

from oauth_m2m.errors import InvalidClient, InvalidScope
from oauth_m2m.models import AccessToken
from oauth_m2m.oauthlib_bridge.validator import ClientCredentialsValidator
from tests.client_auth.token_requests import request

pytestmark = pytest.mark.django_db


@pytest.fixture
def seen() -> Request:
    """What oauthlib makes of the request."""
    return Request("", body=[("grant_type", "client_credentials")])


@pytest.fixture
def validator(registered) -> ClientCredentialsValidator:
    return ClientCredentialsValidator(request(**registered.credentials))


def test_client_is_proven_and_kept(registered, validator, seen):
    assert validator.authenticate_client(seen) is True
    assert seen.client is validator.client
    assert validator.client.pk == registered.client.pk


def test_our_error_passes_through(seen):
    with pytest.raises(InvalidClient):
        ClientCredentialsValidator(request()).authenticate_client(seen)


@pytest.mark.parametrize(
    "grant_type, valid",
    [("client_credentials", True), ("password", False), ("refresh_token", False), ("", False)],
)
def test_one_grant_type_is_valid(validator, seen, grant_type, valid):
    assert validator.validate_grant_type("job", grant_type, None, seen) is valid


def test_defaults_are_left_to_the_decision(validator, seen):
    assert validator.get_default_scopes("job", seen) == []


def test_decision_replaces_the_scopes(validator, seen):
    validator.authenticate_client(seen)
    assert validator.validate_scopes("job", [], validator.client, seen) is True
    assert seen.scopes == ["orders:read"]
    assert validator.grant.scopes == ("orders:read",)


def test_refused_scope_is_our_error(validator, seen):
    validator.authenticate_client(seen)
    with pytest.raises(InvalidScope):
        validator.validate_scopes("job", ["admin"], validator.client, seen)


def test_nothing_is_stored_a_second_time(validator, seen):
    assert validator.save_token({"access_token": "x"}, seen) is None
    assert not AccessToken.objects.exists()


def test_two_requests_share_nothing(register, seen):
    one, two = register("a"), register("b")
    first, second = (ClientCredentialsValidator(request(**c.credentials)) for c in (one, two))
    first.authenticate_client(seen)
    assert not hasattr(second, "client")
