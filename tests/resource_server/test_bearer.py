"""Where a token is looked for, and what a malformed header is."""

import pytest
from django.test import RequestFactory

from oauth_m2m.errors import MalformedBearer, Reason
from oauth_m2m.resource_server.bearer import (
    MAX_TOKEN_LENGTH,
    PresentedToken,
    presented_token,
    presents_token,
)


def presented_with(header: str) -> PresentedToken | None:
    return presented_token(RequestFactory().get("/", headers={"Authorization": header}))


@pytest.mark.parametrize(
    "header, is_dpop",
    [
        pytest.param("Bearer abc", False, id="as the RFC writes it"),
        pytest.param("bearer abc", False, id="scheme in lower case"),
        pytest.param("BEARER abc", False, id="scheme in upper case"),
        pytest.param("Bearer   abc  ", False, id="several spaces"),
        pytest.param("DPoP abc", True, id="DPoP as the RFC writes it"),
        pytest.param("dpop abc", True, id="DPoP in lower case"),
        pytest.param("DPOP  abc ", True, id="DPoP in upper case"),
    ],
)
def test_token_is_found_with_its_scheme(header: str, is_dpop: bool):  # noqa: FBT001 - a case of the table
    assert presented_with(header) == PresentedToken("abc", is_dpop=is_dpop)


def test_token_is_not_shown_by_accident():
    assert "abc" not in repr(presented_with("Bearer abc"))


def test_token_of_all_allowed_characters_is_found():
    token = "aZ09-._~+/=="
    assert presented_with(f"Bearer {token}") == PresentedToken(token, is_dpop=False)


def test_longest_token_is_found():
    token = "a" * MAX_TOKEN_LENGTH
    assert presented_with(f"Bearer {token}") == PresentedToken(token, is_dpop=False)


@pytest.mark.parametrize(
    "header",
    [
        pytest.param("", id="empty header"),
        pytest.param("Basic Zm9vOmJhcg==", id="another scheme"),
        pytest.param("Bearers abc", id="scheme that begins alike"),
        pytest.param("DPoP-abc", id="DPoP without a space"),
        pytest.param("abc", id="no scheme"),
    ],
)
def test_other_header_presents_no_token(header: str):
    assert presented_with(header) is None


def test_no_header_presents_no_token():
    assert presented_token(RequestFactory().get("/")) is None


@pytest.mark.parametrize("method", ["get", "post"])
def test_token_in_query_or_body_is_no_token(method: str):
    request = getattr(RequestFactory(), method)("/", {"access_token": "abc"})
    assert presented_token(request) is None


@pytest.mark.parametrize(
    "header",
    [
        pytest.param("Bearer", id="no token"),
        pytest.param("Bearer   ", id="spaces only"),
        pytest.param("Bearer a b", id="two words"),
        pytest.param("Bearer a, Bearer b", id="two headers joined by a server"),
        pytest.param("DPoP", id="DPoP without a token"),
        pytest.param("DPoP a, Bearer b", id="two headers of two schemes"),
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


@pytest.mark.parametrize(
    "header, presents",
    [
        ("Bearer abc", True),
        ("bearer", True),
        ("BEARER two tokens", True),
        ("DPoP abc", True),
        ("Basic Zm9vOmJhcg==", False),
        ("Bearers abc", False),
        ("", False),
    ],
)
def test_malformed_token_is_presented_too(header: str, presents: bool):  # noqa: FBT001 - a case of the table
    request = RequestFactory().get("/", headers={"Authorization": header})
    assert presents_token(request) is presents
