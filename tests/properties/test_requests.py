"""Requests: any bytes end in a value or in the error that is documented, and in no other."""

import base64
import ipaddress
from urllib.parse import quote_plus, urlencode

from django.test import RequestFactory, override_settings
from hypothesis import example, given
from hypothesis import strategies as st

from oauth_m2m.client_auth import client_secret_basic
from oauth_m2m.client_auth.assertions import read_assertion
from oauth_m2m.endpoint_request import MAX_BODY_BYTES, EndpointRequest, decode_form_value
from oauth_m2m.errors import InvalidClient, InvalidRequest, MalformedBearer, OAuthError
from oauth_m2m.networks import client_address, is_allowed
from oauth_m2m.protocol import JWT_BEARER
from oauth_m2m.resource_server.bearer import presented_token, presents_token
from tests.conftest import FORM, TOKEN_URL
from tests.properties.profile import bounded, outcome
from tests.properties.wire import BYTES, HEADERS, joined

REQUESTS = RequestFactory()

PRINTABLE = st.text(
    st.characters(exclude_categories=["Cc", "Cs"], exclude_characters="\x7f"), max_size=30
)


def form(body: bytes, **headers: str) -> EndpointRequest:
    # Named apart: an empty body would have no type.
    request = REQUESTS.generic("POST", TOKEN_URL, body, FORM, headers=headers, CONTENT_TYPE=FORM)
    return EndpointRequest.read(request)


@bounded
@given(BYTES)
@example(b"a=%ff")
@example(b"a=1&a=2")
@example(b"&" * 70)
@example(b"a" * (MAX_BODY_BYTES + 1))
def test_any_body_is_a_form_or_an_invalid_request(body: bytes):
    try:
        request = form(body)
    except InvalidRequest:
        return
    assert all(request.parameters.values())
    # What was read, written again, is read as the same.
    again = form(urlencode(dict(request.parameters)).encode())
    assert again.parameters == request.parameters


@bounded
@given(st.dictionaries(PRINTABLE.filter(bool), PRINTABLE.filter(bool), max_size=8))
def test_form_is_read_as_it_was_written(fields: dict[str, str]):
    request = form(urlencode(fields).encode())
    single = {k: v for k, v in fields.items() if k not in {"resource", "audience"}}
    assert request.parameters == single


@bounded
@given(st.text(max_size=60))
def test_any_content_length_is_taken_or_refused(length: str):
    request = REQUESTS.post(TOKEN_URL, b"a=1", content_type=FORM)
    request.META["CONTENT_LENGTH"] = length
    read = outcome(InvalidRequest, EndpointRequest.read, request)
    assert isinstance(read, InvalidRequest) or read.parameters == {"a": "1"}


@bounded
@given(BYTES)
def test_form_value_is_text_or_a_value_error(raw: bytes):
    try:
        text = decode_form_value(raw)
    except ValueError:
        return
    assert decode_form_value(quote_plus(text).encode()) == text


BASIC = st.one_of(
    HEADERS,
    st.builds("Basic {}".format, HEADERS),
    BYTES.map(lambda raw: f"Basic {base64.b64encode(raw).decode()}"),
    joined(":", "%", "%3A", "+", "a").map(
        lambda pair: f"basic  {base64.b64encode(pair.encode()).decode()} "
    ),
)


@bounded
@given(BASIC)
def test_any_header_is_an_id_and_a_secret_or_no_client(header: str):
    request = form(b"", Authorization=header)
    claimed = client_secret_basic.claimed_client_id(request)
    assert isinstance(claimed, str)
    try:
        client_id, secret = client_secret_basic._decode(header)
    except InvalidClient:
        assert claimed == ""
        return
    assert client_id == claimed
    pair = f"{quote_plus(client_id)}:{quote_plus(secret)}".encode()
    again = f"Basic {base64.b64encode(pair).decode()}"
    assert client_secret_basic._decode(again) == (client_id, secret)


@bounded
@given(st.one_of(HEADERS, joined("Bearer ", "DPoP ", "bearer", " ", ",", "=", "m2mt_", "eyJ.")))
@example("Bearer " + "a" * 9000)
@example("Bearer a, Bearer b")
def test_any_header_is_one_token_none_or_malformed(header: str):
    request = REQUESTS.get("/", headers={"Authorization": header})
    try:
        token = presented_token(request)
    except MalformedBearer:
        assert presents_token(request)
        return
    assert (token is not None) == presents_token(request)
    if token is not None:
        scheme = "DPoP" if token.is_dpop else "Bearer"
        again = REQUESTS.get("/", headers={"Authorization": f"{scheme} {token.text}"})
        assert presented_token(again) == token


@bounded
@given(st.one_of(PRINTABLE, joined(".", "eyJhIjoxfQ", "eyJ9", "_", "-", "{}")))
def test_any_assertion_is_read_or_refused(assertion: str):
    fields = {"client_assertion": assertion, "client_assertion_type": JWT_BEARER}
    read = outcome(OAuthError, lambda: read_assertion(form(urlencode(fields).encode())))
    if isinstance(read, InvalidClient | InvalidRequest):
        return
    assert isinstance(read.issuer, str)
    assert isinstance(read.subject, str)


HOPS = joined(
    "10.0.0.1",
    "192.0.2.7",
    ",",
    ", ",
    "::1",
    "::ffff:10.0.0.1",
    "fe80::1%eth0",
    "unknown",
    "[",
    ":",
)


@bounded
@given(st.one_of(HEADERS, HOPS), st.sampled_from(["10.0.0.9", "192.0.2.1", "", "fe80::2%1", "@"]))
@example("10.0.0.1," * 5000, "10.0.0.9")
def test_any_chain_of_proxies_ends_in_an_address_or_none(chain: str, remote: str):
    request = REQUESTS.post("/", headers={"X-Forwarded-For": chain}, REMOTE_ADDR=remote)
    with override_settings(OAUTH_M2M={"TRUSTED_PROXIES": ["10.0.0.0/8", "fe80::/10"]}):
        address = client_address(request)
    assert address is None or str(ipaddress.ip_address(address)) == address
    assert is_allowed(address, ["0.0.0.0/0", "::/0"]) == (address is not None)
    # A stranger's word counts for nothing.
    if remote == "192.0.2.1":
        assert address == remote
