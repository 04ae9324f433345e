"""The form of a token request: method, content type, body, parameters."""

import pytest
from django.test import Client as HttpClient

from oauth_m2m.models import AccessToken, ResourceServer
from tests.conftest import FORM, TOKEN_URL, Registered
from tests.rfc.answers import assert_invalid_request, assert_refused

pytestmark = pytest.mark.django_db

MALFORMED = "The body is not valid form-encoded UTF-8."
CONTROL = "A parameter contains a control character."
REPEATED = "A parameter is included more than once."
CONTENT_TYPE = "Send the parameters as application/x-www-form-urlencoded."


def good_body(registered: Registered) -> bytes:
    return (
        f"grant_type=client_credentials&client_id={registered.client_id}"
        f"&client_secret={registered.secret}"
    ).encode()


@pytest.mark.rfc("6749", "3.2")
@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"])
def test_every_method_but_post_is_refused(db, http, method):
    response = http.generic(method, TOKEN_URL)
    assert_invalid_request(response, "Use POST.", reason="method_not_allowed", status=405)


@pytest.mark.rfc("6749", "3.2")
def test_head_is_refused_without_a_body(db, http):
    response = http.head(TOKEN_URL)
    assert (response.status_code, response.content) == (405, b"")
    assert (response.headers["Allow"], response.headers["Cache-Control"]) == ("POST", "no-store")


@pytest.mark.rfc("6749", "2.3.1")
@pytest.mark.parametrize(
    "query",
    ["grant_type=client_credentials", "client_secret=x", "anything", "a=%zz", "a=%00", "&"],
)
def test_parameters_in_the_url_are_refused(registered, http, query):
    response = http.post(f"{TOKEN_URL}?{query}", good_body(registered), content_type=FORM)
    assert_invalid_request(
        response,
        "Send the parameters in the body, not in the URL.",
        reason="parameters_in_url",
    )


@pytest.mark.rfc("6749", "3.2")
def test_a_lone_question_mark_is_no_parameter(registered, http):
    response = http.post(f"{TOKEN_URL}?", good_body(registered), content_type=FORM)
    assert response.status_code == 200


@pytest.mark.rfc("6749", "3.2")
@pytest.mark.parametrize(
    "content_type",
    [
        "application/json",
        "text/plain",
        "multipart/form-data; boundary=x",
        "application/x-www-form-urlencoded; charset=latin-1",
        "application/x-www-form-urlencoded; charset=utf-16",
        "application/x-www-form-urlencoded; charset=nonsense",
        "application/x-www-form-urlencoded, text/plain",
        "text/plain; application/x-www-form-urlencoded",
        "\x00",
        "\xff",
        "",
    ],
)
def test_other_content_types_are_refused_and_the_right_one_is_named(registered, http, content_type):
    # Not http.post: it would re-encode the body to the charset.
    response = http.generic("POST", TOKEN_URL, good_body(registered), content_type=content_type)
    assert_invalid_request(response, CONTENT_TYPE, reason="wrong_content_type")


@pytest.mark.rfc("6749", "3.2")
def test_json_credentials_are_refused(registered, http):
    fields = {"grant_type": "client_credentials", **registered.credentials}
    response = http.post(TOKEN_URL, fields, content_type="application/json")
    assert_invalid_request(response, CONTENT_TYPE, reason="wrong_content_type")


@pytest.mark.rfc("6749", "3.2")
@pytest.mark.parametrize(
    "content_type",
    [
        "application/x-www-form-urlencoded;charset=UTF-8",
        'application/x-www-form-urlencoded; charset="utf-8"',
        "application/x-www-form-urlencoded; charset=utf8",
        "Application/X-WWW-Form-Urlencoded",
    ],
)
def test_the_right_content_type_is_taken_in_every_spelling(registered, http, content_type):
    # Not http.post: it would re-encode the body to the charset.
    response = http.generic("POST", TOKEN_URL, good_body(registered), content_type=content_type)
    assert response.status_code == 200


@pytest.mark.rfc("6749", "B")
@pytest.mark.parametrize(
    "field",
    [
        b"scope=%zz",
        b"scope=%",
        b"scope=%4",
        b"scope=%4\xff",
        b"%zz=1",
        b"%=1",
        b"scope=%ff",
        b"scope=\xff",
        b"\xff=1",
        b"%ff=1",
        b"scope=%c0%80",
        b"scope=%ed%a0%80",
        b"scope=%f5%80%80%80",
        b"resource=%e2%28%a1",
    ],
)
def test_broken_escapes_and_bytes_that_are_not_utf8_are_refused(registered, post_token, field):
    response = post_token(good_body(registered) + b"&" + field)
    assert_invalid_request(response, MALFORMED, reason="malformed_body")


@pytest.mark.rfc("6749", "A")
@pytest.mark.parametrize(
    "field",
    [
        b"scope=a%00",
        b"scope=a\x00",
        b"scope=a%0Ab",
        b"scope=a%0D%0Ab",
        b"scope=a%09b",
        b"scope=a%1Bb",
        b"scope=a%7F",
        b"x%00=1",
        b"\x00=1",
        b"%00",
        b"resource=https://a.example/%00",
    ],
)
def test_control_characters_are_refused(registered, post_token, field):
    response = post_token(good_body(registered) + b"&" + field)
    assert_invalid_request(response, CONTROL, reason="control_character")


@pytest.mark.rfc("6749", "A")
@pytest.mark.parametrize("name", ["client_id", "client_secret", "grant_type"])
@pytest.mark.parametrize("tail", ["%00", "\x00", "%00%00%00"])
def test_nul_after_a_good_value_is_refused(registered, post_token, name, tail):
    fields = {"grant_type": "client_credentials", **registered.credentials}
    body = "&".join(f"{key}={value}{tail if key == name else ''}" for key, value in fields.items())
    assert_invalid_request(post_token(body), CONTROL, reason="control_character")


@pytest.mark.rfc("6749", "3.2")
@pytest.mark.parametrize("kind", ["the same twice", "another value", "one of them empty"])
@pytest.mark.parametrize(
    "name",
    [
        "grant_type",
        "scope",
        "client_id",
        "client_secret",
        "client_assertion",
        "client_assertion_type",
        "unheard_of",
    ],
)
def test_repeated_parameters_are_refused(registered, post_token, name, kind):
    fields = {
        "scope": "orders:read",
        "client_assertion": "x",
        "client_assertion_type": "y",
        "unheard_of": "z",
        "grant_type": "client_credentials",
        **registered.credentials,
    }
    again = {"the same twice": fields[name], "another value": "other", "one of them empty": ""}
    pairs = [*((key, value) for key, value in fields.items()), (name, again[kind])]
    body = "&".join(f"{key}={value}" for key, value in pairs)
    assert_invalid_request(post_token(body), REPEATED, reason="repeated_parameter")


@pytest.mark.rfc("6749", "3.2")
def test_a_repetition_is_seen_through_percent_encoding(registered, post_token):
    response = post_token(good_body(registered) + b"&client%5Fid=other")
    assert_invalid_request(response, REPEATED, reason="repeated_parameter")


@pytest.mark.rfc("8707", "2")
@pytest.mark.parametrize("name", ["resource", "audience"])
def test_resource_and_audience_may_repeat(registered, post_token, name):
    allowed = ResourceServer.objects.create(identifier="https://a.example", name="A")
    registered.client.resource_servers.add(allowed)
    one = f"&{name}=https%3A%2F%2Fa.example".encode()
    assert post_token(good_body(registered) + one + one).status_code == 200


@pytest.mark.rfc("6749", "3.2")
@pytest.mark.parametrize(
    "field", [b"scope=", b"scope", b"client_assertion=", b"&&", b"=", b"unheard_of"]
)
def test_parameters_without_a_value_count_as_omitted(registered, post_token, field):
    response = post_token(good_body(registered) + b"&" + field)
    assert response.status_code == 200
    assert response.json()["scope"] == "orders:read"


@pytest.mark.rfc("6749", "3.2")
def test_values_keep_their_equals_signs_and_plus_is_a_space(registered, post_token):
    body = good_body(registered) + b"&unheard_of=a=b==&scope=+orders:write+"
    assert post_token(body).json()["scope"] == "orders:write"


def test_an_empty_body_lacks_the_grant_type(db, http):
    assert_invalid_request(
        http.generic("POST", TOKEN_URL, CONTENT_TYPE=FORM),
        "The parameter grant_type is missing.",
        reason="missing_grant_type",
    )


def test_an_announced_large_body_is_refused(registered, http):
    response = http.post(
        TOKEN_URL, good_body(registered), content_type=FORM, CONTENT_LENGTH="99999999999"
    )
    assert_invalid_request(response, "The body is too large.", reason="body_too_large", status=413)


def test_a_body_of_16_kib_is_read_and_one_byte_more_is_not(registered, post_token):
    body = good_body(registered) + b"&padding="
    body += b"x" * (16 * 1024 - len(body))
    assert post_token(body).status_code == 200
    assert_invalid_request(
        post_token(body + b"x"), "The body is too large.", reason="body_too_large", status=413
    )


def test_the_hosts_smaller_limit_is_a_413_as_well(registered, post_token, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 20
    assert_invalid_request(
        post_token(good_body(registered)),
        "The body is too large.",
        reason="body_too_large",
        status=413,
    )


def test_a_thousand_parameters_are_refused(registered, post_token):
    many = b"".join(b"&p%d=" % number for number in range(1000))
    assert_invalid_request(
        post_token(good_body(registered) + many),
        "The body has too many parameters.",
        reason="too_many_parameters",
    )


def test_ten_thousand_scopes_are_refused_before_they_are_parsed(registered, post_token):
    scopes = b"+".join(b"s%d" % number for number in range(10_000))
    assert_invalid_request(
        post_token(good_body(registered) + b"&scope=" + scopes),
        "The body is too large.",
        reason="body_too_large",
        status=413,
    )


def test_as_many_scopes_as_fit_are_judged_as_scopes(registered, post_token):
    scopes = b"+".join(b"s%d" % number for number in range(2_500))
    assert_refused(
        post_token(good_body(registered) + b"&scope=" + scopes),
        400,
        "invalid_scope",
        "A requested scope is unknown or not granted to this client.",
        reason="scope_not_granted",
    )


@pytest.mark.rfc("6749", "3.2")
def test_plain_http_is_refused_where_https_is_required(registered, http, settings):
    settings.OAUTH_M2M = {**settings.OAUTH_M2M, "REQUIRE_HTTPS": True}
    body = good_body(registered)
    assert_invalid_request(
        http.post(TOKEN_URL, body, content_type=FORM),
        "This endpoint must be called over https.",
        reason="plain_http",
    )
    assert not AccessToken.objects.exists()
    assert http.post(TOKEN_URL, body, content_type=FORM, secure=True).status_code == 200


def test_https_behind_a_proxy_is_what_django_says_it_is(registered, settings):
    settings.OAUTH_M2M = {**settings.OAUTH_M2M, "REQUIRE_HTTPS": True}
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    http = HttpClient(headers={"X-Forwarded-Proto": "https"})
    assert http.post(TOKEN_URL, good_body(registered), content_type=FORM).status_code == 200
