from dataclasses import FrozenInstanceError, replace
from datetime import timedelta

import pytest
from django.contrib.auth import get_user_model
from django.utils import timezone

from oauth_m2m.values import Actor, IssuedToken, NewSecret, VerifiedToken

NOW = timezone.now()


@pytest.fixture
def token() -> VerifiedToken:
    return VerifiedToken(
        client_id="job",
        scopes=("orders:read", "orders:write"),
        audience=(),
        issued_at=NOW,
        expires_at=timezone.now() + timedelta(minutes=1),
        claims={"sub": "job"},
        service_account=get_user_model()(pk=1, username="robot"),
    )


def test_clear_values_are_in_no_repr():
    issued = IssuedToken("m2mt_clear", 3600, ("a",), "Bearer")
    secret = NewSecret(1, "AbCd1234", "m2ms_clear", None)
    assert repr(issued) == "IssuedToken(expires_in=3600, scopes=('a',), token_type='Bearer')"
    assert repr(secret) == "NewSecret(pk=1, key_id='AbCd1234', expires_at=None)"


@pytest.mark.parametrize(
    "value", [IssuedToken("x", 1, (), "Bearer"), NewSecret(1, "k", "x", None), Actor("cron")]
)
def test_values_do_not_change(value):
    with pytest.raises((FrozenInstanceError, TypeError)):
        value.name = "y"


def test_token_does_not_change(token):
    with pytest.raises(FrozenInstanceError):
        token.scopes = ("admin",)


def test_scope_is_one_string(token):
    assert token.scope == "orders:read orders:write"
    assert replace(token, scopes=()).scope == ""


@pytest.mark.parametrize(
    "required, allowed",
    [
        (["orders:read"], True),
        (("orders:write", "orders:read"), True),
        (iter(["orders:read"]), True),
        ([], True),
        (None, True),
        (["orders:read", "admin"], False),
        (["Orders:read"], False),
        (["orders"], False),
    ],
    ids=["one", "all", "an iterator", "none", "None", "one too many", "other case", "a prefix"],
)
def test_all_of_the_required_scopes_are_needed(token, required, allowed):
    assert token.allow_scopes(required) is allowed


@pytest.mark.parametrize("required, valid", [(["orders:read"], True), (None, True), (["x"], False)])
def test_live_token_is_valid_for_its_scopes(token, required, valid):
    assert not token.is_expired()
    assert token.is_valid(required) is valid


def test_token_that_ran_out_is_valid_for_nothing(token):
    over = replace(token, expires_at=timezone.now())
    assert over.is_expired()
    assert not over.is_valid()
    assert not over.is_valid(["orders:read"])
    assert over.allow_scopes(["orders:read"])


def test_token_can_be_hashed_and_its_repr_shows_no_account(token):
    assert hash(token) == hash(replace(token, claims={}))
    assert "robot" not in repr(token)
    assert "client_pk" not in repr(token)
