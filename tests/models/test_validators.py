import pytest
from django.core.exceptions import ValidationError

from oauth_m2m.models.validators import (
    validate_auth_methods,
    validate_client_id,
    validate_networks,
    validate_rate,
    validate_tls_subject,
)

BASIC, POST = "client_secret_basic", "client_secret_post"


def code(validate, value) -> str:
    with pytest.raises(ValidationError) as refused:
        validate(value)
    return refused.value.code


@pytest.mark.parametrize("client_id", ["a", "nightly-job_1.eu", "0", "A" * 255])
def test_client_id_of_unreserved_characters_is_taken(client_id):
    validate_client_id(client_id)


@pytest.mark.parametrize("client_id", ["", "a b", "a:b", "a/b", "a%", "a~", "é", "a\n", "a\x00"])
def test_other_client_ids_are_refused(client_id):
    assert code(validate_client_id, client_id) == "invalid_client_id"


@pytest.mark.parametrize("methods", [[BASIC], [POST], [POST, BASIC]])
def test_known_methods_are_taken(methods):
    validate_auth_methods(methods)


@pytest.mark.parametrize(
    "methods", [[], None, BASIC, {BASIC: True}, ["none"], [BASIC, "none"], [[BASIC]], [1]], ids=repr
)
def test_other_methods_are_refused(methods):
    assert code(validate_auth_methods, methods) == "invalid_auth_methods"


def test_the_refusal_names_the_methods():
    with pytest.raises(ValidationError, match=f"of: {BASIC}, {POST}"):
        validate_auth_methods([])


@pytest.mark.parametrize(
    "networks", [[], ["10.0.0.0/8"], ["192.0.2.7", "2001:db8::/32", "::1"]], ids=repr
)
def test_networks_are_taken(networks):
    validate_networks(networks)


@pytest.mark.parametrize("networks", [None, "10.0.0.0/8", {"10.0.0.0/8": 1}, 10], ids=repr)
def test_networks_that_are_no_list_are_refused(networks):
    assert code(validate_networks, networks) == "invalid_networks"


@pytest.mark.parametrize(
    "network",
    ["", "localhost", "10.0.0.1/8", "10.0.0.0/33", "10.0.0.0-9", 10, True, None, []],
    ids=repr,
)
def test_entry_that_is_no_network_is_refused(network):
    assert code(validate_networks, ["10.0.0.0/8", network]) == "invalid_network"


def test_the_refusal_shows_the_entry():
    with pytest.raises(ValidationError, match=r"10\.0\.0\.1/8 is not a network"):
        validate_networks(["10.0.0.1/8"])


@pytest.mark.parametrize("rate", ["1/s", "10/sec", "100/min", "1000/h", "5000/day", "7/m", "7/d"])
def test_rate_is_taken(rate):
    validate_rate(rate)


@pytest.mark.parametrize(
    "rate", ["", "0/s", "-1/s", "1", "1/", "/s", "1/week", "1 / s", "1/s\n", "٣/s"]
)
def test_other_rates_are_refused(rate):
    assert code(validate_rate, rate) == "invalid_rate"


@pytest.mark.parametrize(
    "subject", [{}, {"subject_dn": "CN=a"}, {"san_dns": "a.example"}, {"san_ip": "192.0.2.7"}]
)
def test_one_name_of_a_certificate_is_taken(subject):
    validate_tls_subject(subject)


@pytest.mark.parametrize(
    "subject",
    [
        None,
        [],
        "CN=a",
        {"cn": "a"},
        {"san_dns": ""},
        {"san_dns": 1},
        {"san_dns": "a", "san_ip": "b"},
    ],
    ids=["null", "a list", "text", "unknown", "empty", "a number", "two"],
)
def test_any_other_subject_is_refused(subject):
    assert code(validate_tls_subject, subject) == "invalid_tls_subject"
