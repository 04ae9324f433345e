import inspect
import re

import pytest

from oauth_m2m import errors
from oauth_m2m.errors import (
    BearerError,
    EndpointError,
    HandOverRefused,
    InsufficientScope,
    InvalidClient,
    InvalidRequest,
    InvalidScope,
    InvalidSignature,
    InvalidToken,
    MalformedBearer,
    MethodNotAllowed,
    OAuthError,
    Reason,
    RequestTooLarge,
    TemporarilyUnavailable,
    TooManyRequests,
    UnsupportedGrantType,
)

LEAVES = [
    (InvalidRequest, EndpointError, "invalid_request", 400),
    (MethodNotAllowed, InvalidRequest, "invalid_request", 405),
    (InvalidSignature, InvalidRequest, "invalid_request", 403),
    (RequestTooLarge, InvalidRequest, "invalid_request", 413),
    (InvalidClient, EndpointError, "invalid_client", 401),
    (UnsupportedGrantType, EndpointError, "unsupported_grant_type", 400),
    (InvalidScope, EndpointError, "invalid_scope", 400),
    (MalformedBearer, BearerError, "invalid_request", 400),
    (InvalidToken, BearerError, "invalid_token", 401),
    (HandOverRefused, OAuthError, "invalid_hand_over", 404),
    (TemporarilyUnavailable, OAuthError, "temporarily_unavailable", 503),
]


@pytest.mark.parametrize(
    "cls, parent, error, status", LEAVES, ids=[leaf[0].__name__ for leaf in LEAVES]
)
def test_error_has_its_place_name_and_status(cls, parent, error, status):
    raised = cls(Reason.NO_CREDENTIALS, client_id="job", client_pk=7)
    assert (cls.__base__, raised.error, raised.status) == (parent, error, status)
    assert (raised.reason, raised.client_id, raised.client_pk) == (Reason.NO_CREDENTIALS, "job", 7)


def test_insufficient_scope_names_what_is_required():
    error = InsufficientScope(["a", "b"], client_id="job")
    assert (error.error, error.status) == ("insufficient_scope", 403)
    assert (error.required, error.client_id) == (("a", "b"), "job")
    assert error.description == "The access token needs the scope a b."


@pytest.mark.parametrize(
    "granted, missing",
    [
        pytest.param(["b", "c"], "a d", id="some"),
        pytest.param([], "a b d", id="none"),
        pytest.param(["a", "b", "d"], "a b d", id="all, in a token that has expired since"),
    ],
)
def test_insufficient_scope_tells_people_what_is_missing(granted: list[str], missing: str):
    error = InsufficientScope(["a", "b", "d"], granted=granted)
    assert error.required == ("a", "b", "d")
    assert error.description == f"The access token needs the scope {missing}."


def test_too_many_requests_says_when_to_try_again():
    error = TooManyRequests(
        Reason.TOO_MANY_REQUESTS, retry_after_seconds=7, client_id="job", client_pk=3
    )
    assert isinstance(error, TemporarilyUnavailable)
    assert (error.error, error.status) == ("temporarily_unavailable", 429)
    assert error.retry_after_seconds == 7
    assert (error.client_id, error.client_pk) == ("job", 3)
    assert error.description == "Too many requests. Try again later."


def test_the_tree_in_the_docstring_has_every_class():
    drawn = set(re.findall(r"[A-Z][A-Za-z]+(?= |\n)", errors.__doc__.split("\n\n")[2]))
    classes = {
        name
        for name, cls in vars(errors).items()
        if inspect.isclass(cls) and issubclass(cls, OAuthError)
    }
    assert classes <= drawn


def test_a_public_reason_replaces_the_general_description():
    assert (
        InvalidClient(Reason.NO_CREDENTIALS).description == "No client authentication was included."
    )


@pytest.mark.parametrize(
    "reason",
    [Reason.UNKNOWN_CLIENT, Reason.WRONG_SECRET, Reason.SECRET_EXPIRED, Reason.CLIENT_DISABLED],
)
def test_a_private_reason_does_not_show(reason):
    assert InvalidClient(reason).description == "Client authentication failed."


def test_the_message_of_the_exception_is_the_reason():
    assert str(InvalidToken(Reason.TOKEN_EXPIRED, client_id="job")) == "token_expired"
