import pytest
from django.core.exceptions import ValidationError

from oauth_m2m.admin.proof_fields import (
    CertificateSubjectField,
    HttpsField,
    PastedTextarea,
)


@pytest.mark.parametrize(
    "typed, cleaned",
    [
        ("https://keys.example.com/jwks", "https://keys.example.com/jwks"),
        ("keys.example.com/jwks", "https://keys.example.com/jwks"),
        ("", ""),
    ],
    ids=["https", "no scheme", "nothing"],
)
def test_https_address_is_taken(typed: str, cleaned: str):
    assert HttpsField(required=False).clean(typed) == cleaned


@pytest.mark.parametrize(
    "typed", ["http://keys.example.com", "ftp://a.example", "file:///etc", "a b"]
)
def test_other_addresses_are_refused(typed: str):
    with pytest.raises(ValidationError) as caught:
        HttpsField().clean(typed)
    assert caught.value.messages == ["Enter an address that begins with https://."]


def test_pasted_text_is_never_written_out():
    html = PastedTextarea().render("pasted", "my private key", {})
    assert "my private key" not in html


@pytest.mark.parametrize(
    "typed, cleaned",
    [
        (["", ""], {}),
        ([], {}),
        (["subject_dn", "CN=orders,O=Example"], {"subject_dn": "CN=orders,O=Example"}),
        (["san_dns", "orders.example.com"], {"san_dns": "orders.example.com"}),
        (["san_uri", "spiffe://example/orders"], {"san_uri": "spiffe://example/orders"}),
        (["san_ip", "2001:db8::1"], {"san_ip": "2001:db8::1"}),
        (["san_email", "ada@example.com"], {"san_email": "ada@example.com"}),
    ],
    ids=["nothing", "not sent", "subject", "DNS", "URI", "IP", "e-mail"],
)
def test_certificate_subject_is_taken(typed, cleaned):
    assert CertificateSubjectField().clean(typed) == cleaned


HALF = "Choose what to look at, and write what it must say."
NO_NAME = "That is no subject. Write it like CN=orders,O=Example."


@pytest.mark.parametrize(
    "typed, error",
    [
        (["san_dns", ""], HALF),
        (["", "orders.example.com"], HALF),
        (["subject_dn", "orders"], NO_NAME),
        (["subject_dn", ","], NO_NAME),
        (["san_ip", "orders.example.com"], "That is no IP address."),
        (["issuer", "x"], "Select a valid choice. issuer is not one of the available choices."),
    ],
    ids=["no text", "no choice", "subject without names", "commas", "name for an IP", "unknown"],
)
def test_what_could_match_no_certificate_is_refused(typed, error: str):
    with pytest.raises(ValidationError) as caught:
        CertificateSubjectField().clean(typed)
    assert caught.value.messages == [error]


@pytest.mark.parametrize(
    "initial, sent, has_changed",
    [
        ({}, ["", ""], False),
        (None, ["", ""], False),
        ({"san_dns": "a"}, ["san_dns", "a"], False),
        ({"san_dns": "a"}, ["san_uri", "a"], True),
        ({"san_dns": "a"}, ["", ""], True),
        ({}, ["san_dns", "a"], True),
    ],
    ids=["nothing", "new", "same", "other matcher", "taken away", "added"],
)
def test_change_of_a_certificate_subject_is_seen(initial, sent, has_changed):
    assert CertificateSubjectField().has_changed(initial, sent) is has_changed
