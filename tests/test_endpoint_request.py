from io import BytesIO

import pytest
from django.core.handlers.asgi import ASGIRequest
from django.test import RequestFactory

from oauth_m2m.endpoint_request import (
    MAX_BODY_BYTES,
    MAX_PARAMETERS,
    EndpointRequest,
    decode_form_value,
)
from oauth_m2m.errors import InvalidRequest, Reason, RequestTooLarge
from tests.conftest import FORM


def post(body: bytes = b"a=1", content_type: str = FORM, url: str = "/", **extra):
    return RequestFactory().generic("POST", url, body, content_type=content_type, **extra)


def reason_of(request, expected: type[InvalidRequest] = InvalidRequest) -> Reason:
    with pytest.raises(expected) as refused:
        EndpointRequest.read(request)
    assert type(refused.value) is expected
    return refused.value.reason


@pytest.mark.parametrize(
    "body, parameters, repeatable",
    [
        (b"a=1&b=2", {"a": "1", "b": "2"}, {}),
        (b"a=1&&b=2&", {"a": "1", "b": "2"}, {}),
        (b"a=&b&c=3", {"c": "3"}, {}),
        (b"a=b=c==", {"a": "b=c=="}, {}),
        (b"a=1+2%2B3", {"a": "1 2+3"}, {}),
        (b"%61=%C3%A9\xc3\xa9", {"a": "éé"}, {}),
        (b"=1", {"": "1"}, {}),
        (b"a;b=1", {"a;b": "1"}, {}),
        (b"resource=x", {}, {"resource": ("x",)}),
        (
            b"resource=y&a=1&resource=x&audience=z&resource=y",
            {"a": "1"},
            {"resource": ("y", "x", "y"), "audience": ("z",)},
        ),
        (b"&", {}, {}),
    ],
    ids=[
        "two",
        "empty fields",
        "without values",
        "equals signs",
        "plus",
        "escapes and UTF-8",
        "no name",
        "semicolon is no separator",
        "resource",
        "repeatable in order",
        "nothing",
    ],
)
def test_body_is_read(body, parameters, repeatable):
    request = EndpointRequest.read(post(body))
    assert request.parameters == parameters
    assert request.repeatable == repeatable


def test_address_and_authorization_are_the_requests_own():
    request = EndpointRequest.read(post(REMOTE_ADDR="192.0.2.7", HTTP_AUTHORIZATION="Basic abc"))
    assert (request.address, request.authorization) == ("192.0.2.7", "Basic abc")


def test_authorization_is_empty_without_a_header():
    assert EndpointRequest.read(post()).authorization == ""


def test_repr_shows_neither_parameters_nor_headers():
    request = EndpointRequest.read(
        post(b"client_secret=clear&resource=clear", HTTP_AUTHORIZATION="clear")
    )
    assert repr(request) == "EndpointRequest(address='127.0.0.1')"


@pytest.mark.parametrize(
    "request_, reason",
    [
        (lambda: post(url="/?a=1"), Reason.PARAMETERS_IN_URL),
        (lambda: post(content_type="text/plain"), Reason.WRONG_CONTENT_TYPE),
        (lambda: post(content_type=f"{FORM}; charset=latin-1"), Reason.WRONG_CONTENT_TYPE),
        (lambda: post(b"a=1&a=1"), Reason.REPEATED_PARAMETER),
        (lambda: post(b"a=&a"), Reason.REPEATED_PARAMETER),
        (lambda: post(b"a=%z"), Reason.MALFORMED_BODY),
        (lambda: post(b"a=%0"), Reason.MALFORMED_BODY),
        (lambda: post(b"\xff"), Reason.MALFORMED_BODY),
        (lambda: post(b"a=%00"), Reason.CONTROL_CHARACTER),
        (lambda: post(b"%1f=a"), Reason.CONTROL_CHARACTER),
        (lambda: post(b"a=%7F"), Reason.CONTROL_CHARACTER),
        (lambda: post(b"x&" * (MAX_PARAMETERS + 1)), Reason.TOO_MANY_PARAMETERS),
    ],
    ids=[
        "parameters in the URL",
        "content type",
        "charset",
        "repeated",
        "repeated without a value",
        "bad escape",
        "escape cut short",
        "not UTF-8",
        "NUL",
        "control character in a name",
        "DEL",
        "too many",
    ],
)
def test_anything_else_is_refused(request_, reason):
    assert reason_of(request_()) is reason


def test_as_many_parameters_as_are_allowed_are_read():
    body = b"&".join(b"p%d=1" % number for number in range(MAX_PARAMETERS))
    assert len(EndpointRequest.read(post(body)).parameters) == MAX_PARAMETERS


class _Untouchable(BytesIO):
    def read(self, *_args):
        raise AssertionError("the body was read")  # noqa: EM101, TRY003 - a test's own


def test_a_large_body_is_refused_unread():
    request = post(CONTENT_LENGTH=str(MAX_BODY_BYTES + 1))
    request._stream = _Untouchable()
    assert reason_of(request, RequestTooLarge) is Reason.BODY_TOO_LARGE


def test_a_large_body_that_announces_no_length_is_refused():
    scope = {
        "type": "http",
        "method": "POST",
        "path": "/",
        "query_string": b"",
        "headers": [(b"content-type", FORM.encode()), (b"transfer-encoding", b"chunked")],
    }
    body = b"a=" + b"x" * (MAX_BODY_BYTES - 2)
    assert EndpointRequest.read(ASGIRequest(scope, BytesIO(body))).parameters["a"]
    larger = ASGIRequest(scope, BytesIO(body + b"x"))
    assert reason_of(larger, RequestTooLarge) is Reason.BODY_TOO_LARGE


def test_the_hosts_limit_counts_as_too_large(settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 2
    assert reason_of(post(), RequestTooLarge) is Reason.BODY_TOO_LARGE


@pytest.mark.parametrize("length", ["nonsense", "1.5", "\xb2", "9" * 5000])
def test_a_length_that_is_no_number_is_an_unreadable_body(length):
    assert reason_of(post(CONTENT_LENGTH=length)) is Reason.BODY_UNREADABLE


@pytest.mark.parametrize("length", ["", "0", "-1"])
def test_without_a_length_there_is_no_body(length):
    assert EndpointRequest.read(post(CONTENT_LENGTH=length)).parameters == {}


class _Broken(BytesIO):
    def read(self, *_args):
        raise ConnectionResetError


def test_a_connection_that_breaks_off_is_an_unreadable_body():
    request = post()
    request._stream = _Broken()
    assert reason_of(request) is Reason.BODY_UNREADABLE


@pytest.mark.rfc("6749", "B")
@pytest.mark.parametrize(
    "raw, text",
    [
        (b"", ""),
        (b"+%20", "  "),
        (b"+%25%26%2B%C2%A3%E2%82%AC", " %&+£€"),
        (b"%00", "\x00"),
        (b"-._~*", "-._~*"),
    ],
    ids=["empty", "spaces", "the RFC's example", "NUL", "unreserved"],
)
def test_form_value_is_decoded(raw, text):
    assert decode_form_value(raw) == text


@pytest.mark.rfc("6749", "B")
@pytest.mark.parametrize(
    "raw", [b"%", b"%4", b"%4g", b"%%20", b"%\xff", b"\xff", b"%C3", b"%ED%A0%80"]
)
def test_what_is_no_form_value_is_a_value_error(raw):
    with pytest.raises(ValueError):  # noqa: PT011 - UnicodeDecodeError is one, and has its own words
        decode_form_value(raw)
