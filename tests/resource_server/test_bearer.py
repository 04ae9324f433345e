"""Where a token is looked for, and what a malformed header is."""

import pytest
from django.test import RequestFactory

from oauth_m2m.errors import MalformedBearer, Reason
from oauth_m2m.resource_server.bearer import MAX_TOKEN_LENGTH, bearer_token


def presented_with(header: str) -> str | None:
    return bearer_token(RequestFactory().get("/", headers={"Authorization": header}))


@pytest.mark.parametrize(
    "header",
    [
        pytest.param("Bearer abc", id="as the RFC writes it"),
        pytest.param("bearer abc", id="scheme in lower case"),
        pytest.param("BEARER abc", id="scheme in upper case"),
        pytest.param("Bearer   abc  ", id="several spaces"),
    ],
)
def test_token_is_found(header: str):
    assert presented_with(header) == "abc"


def test_token_of_all_allowed_characters_is_found():
    token = "aZ09-._~+/=="
    assert presented_with(f"Bearer {token}") == token


def test_longest_token_is_found():
    token = "a" * MAX_TOKEN_LENGTH
    assert presented_with(f"Bearer {token}") == token


@pytest.mark.parametrize(
    "header",
    [
        pytest.param("", id="empty header"),
        pytest.param("Basic Zm9vOmJhcg==", id="another scheme"),
        pytest.param("Bearers abc", id="scheme that begins alike"),
        pytest.param("abc", id="no scheme"),
    ],
)
def test_other_header_presents_no_token(header: str):
    assert presented_with(header) is None


def test_no_header_presents_no_token():
    assert bearer_token(RequestFactory().get("/")) is None


@pytest.mark.parametrize("method", ["get", "post"])
def test_token_in_query_or_body_is_no_token(method: str):
    request = getattr(RequestFactory(), method)("/", {"access_token": "abc"})
    assert bearer_token(request) is None


@pytest.mark.parametrize(
    "header",
    [
        pytest.param("Bearer", id="no token"),
        pytest.param("Bearer   ", id="spaces only"),
        pytest.param("Bearer a b", id="two words"),
        pytest.param("Bearer a, Bearer b", id="two headers joined by a server"),
        pytest.param('Bearer "abc"', id="quoted"),
        pytest.param("Bearer a=b", id="equals sign inside"),
        pytest.param("Bearer ==", id="padding only"),
        pytest.param("Bearer a\x00", id="NUL"),
        pytest.param("Bearer t\xf6ken", id="not ASCII"),
        pytest.param("Bearer abc\n", id="line break"),
        pytest.param("Bearer " + "a" * (MAX_TOKEN_LENGTH + 1), id="too long"),
    ],
)
def test_malformed_header_is_an_error(header: str):
    with pytest.raises(MalformedBearer) as caught:
        presented_with(header)
    assert caught.value.reason is Reason.MALFORMED_BEARER
