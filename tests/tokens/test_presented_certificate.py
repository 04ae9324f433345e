"""Where a request's certificate comes from, and from whom it is not believed."""

import base64

import pytest
from django.http import HttpRequest
from django.test import RequestFactory

from oauth_m2m.errors import Reason
from oauth_m2m.keys.certificates import MAX_CERTIFICATE_BYTES
from oauth_m2m.tokens.presented_certificate import (
    CertificateRefused,
    is_forwarded,
    is_verified,
    presented_certificate,
)
from tests.certificates import BEHIND_PROXY, HEADER, PROXY, VERIFY, make_certificate

MINE, VICTIMS = make_certificate("CN=mine"), make_certificate("CN=victim")


@pytest.fixture(autouse=True)
def _behind_proxy(settings):
    settings.OAUTH_M2M = BEHIND_PROXY


def request(header: str | None = None, verify: str = "", **environ: str) -> HttpRequest:
    headers = {VERIFY: verify} if verify else {}
    if header is not None:
        headers[HEADER] = header
    return RequestFactory().get("/", headers=headers, **{"REMOTE_ADDR": PROXY, **environ})


def thumbprint_of(request: HttpRequest) -> str | None:
    certificate = presented_certificate(request)
    return None if certificate is None else certificate.thumbprint


@pytest.mark.parametrize(
    "header",
    [
        pytest.param(MINE.escaped, id="nginx"),
        pytest.param(MINE.escaped.replace("%3D", "=").replace("%2F", "/"), id="AWS"),
        pytest.param(f" {MINE.escaped} ", id="spaces around"),
        pytest.param(MINE.byte_sequence, id="RFC 9440"),
        pytest.param(MINE.xfcc, id="Envoy"),
        pytest.param(MINE.xfcc + ";URI=;DNS=a.example;DNS=b.example", id="Envoy, every name"),
        pytest.param(MINE.xfcc.replace("Cert", "cert").replace("Hash", "HASH"), id="Envoy, case"),
    ],
)
def test_certificate_of_a_trusted_proxy_is_read(header):
    assert thumbprint_of(request(header)) == MINE.thumbprint


@pytest.mark.parametrize(
    "header",
    [
        pytest.param(None, id="no header"),
        pytest.param("", id="empty"),
        pytest.param(" ", id="spaces"),
        pytest.param("By=spiffe://mesh/api;Hash=ab", id="Envoy without certificates"),
    ],
)
def test_caller_without_a_certificate_has_none(header):
    assert presented_certificate(request(header)) is None


@pytest.mark.parametrize(
    "header",
    [
        pytest.param("nonsense", id="nonsense"),
        pytest.param(base64.b64encode(MINE.der).decode(), id="bare base64"),
        pytest.param("MIIB=", id="what looks like a pair"),
        pytest.param(MINE.escaped + MINE.escaped, id="two certificates"),
        pytest.param(f"{MINE.escaped},{MINE.escaped}", id="two headers joined"),
        pytest.param(MINE.escaped[:-40], id="cut"),
        pytest.param("-----BEGIN%20CERTIFICATE-----", id="only the start"),
        pytest.param(f"{MINE.byte_sequence}, {MINE.byte_sequence}", id="two byte sequences"),
        pytest.param(":" + base64.urlsafe_b64encode(MINE.der).decode() + "_:", id="base64url"),
        pytest.param(":AAAA:", id="no certificate"),
        pytest.param(":A:", id="broken base64"),
        pytest.param("::", id="empty byte sequence"),
        pytest.param(f"{MINE.xfcc},{MINE.xfcc}", id="two elements"),
        pytest.param(f'{MINE.xfcc};Cert="{VICTIMS.escaped}"', id="two certificates in one"),
        pytest.param(f"{MINE.xfcc};URI=a,{VICTIMS.xfcc}", id="element in a name"),
        pytest.param(f'Hash=ab;Cert="{MINE.escaped}"', id="another digest"),
        pytest.param(f'By=a;Cert="{MINE.escaped}"', id="no digest"),
        pytest.param(f'Hash=ab;URI=a;Cert="{VICTIMS.escaped}"', id="certificate in a name"),
        pytest.param('Hash=ab;Cert="nonsense"', id="no certificate in the element"),
        pytest.param(MINE.xfcc.replace("By=", "Of="), id="unknown pair"),
        pytest.param('Hash=ab;Subject="CN=a', id="quote without its partner"),
        pytest.param("=" * (3 * MAX_CERTIFICATE_BYTES + 1), id="huge header"),
        pytest.param("-----BEGIN" + "a" * MAX_CERTIFICATE_BYTES, id="huge certificate"),
    ],
)
def test_what_is_not_one_certificate_is_refused(header):
    with pytest.raises(CertificateRefused) as refused:
        presented_certificate(request(header))
    assert refused.value.reason is Reason.MALFORMED_CERTIFICATE


@pytest.mark.parametrize("address", ["198.51.100.7", "", "unix:"])
@pytest.mark.parametrize("asked", [presented_certificate, is_forwarded, is_verified])
def test_header_from_a_stranger_is_refused(asked, address):
    with pytest.raises(CertificateRefused) as refused:
        asked(request("anything", REMOTE_ADDR=address))
    assert refused.value.reason is Reason.CERTIFICATE_FROM_STRANGER
    assert str(refused.value) == "certificate_from_stranger"


def test_stranger_without_the_header_is_nobody_special():
    assert is_forwarded(request(REMOTE_ADDR="198.51.100.7")) is False
    assert presented_certificate(request(REMOTE_ADDR="198.51.100.7")) is None


@pytest.mark.parametrize("address", ["198.51.100.7", PROXY])
def test_header_that_no_setting_names_is_nothing(settings, address):
    settings.OAUTH_M2M = {"TRUSTED_PROXIES": [PROXY]}
    asked = request(MINE.escaped, "SUCCESS", REMOTE_ADDR=address)
    assert presented_certificate(asked) is None
    assert is_verified(asked) is False


@pytest.mark.parametrize("address", ["198.51.100.7", ""])
def test_certificate_of_our_own_server_is_read(address):
    asked = request(REMOTE_ADDR=address, SSL_CLIENT_CERT=MINE.pem, SSL_CLIENT_VERIFY="SUCCESS")
    assert thumbprint_of(asked) == MINE.thumbprint
    assert is_verified(asked) is True


def test_certificate_that_the_proxy_itself_shows_is_not_the_callers():
    proxys = {"SSL_CLIENT_CERT": VICTIMS.pem, "SSL_CLIENT_VERIFY": "SUCCESS"}
    assert presented_certificate(request(**proxys)) is None
    assert is_verified(request(**proxys)) is False
    assert thumbprint_of(request(MINE.escaped, **proxys)) == MINE.thumbprint
    assert is_verified(request(MINE.escaped, "FAILED", **proxys)) is False


@pytest.mark.parametrize(
    "word, verified",
    [("SUCCESS", True), ("FAILED:self-signed certificate", False), ("NONE", False), ("", False)],
)
def test_chain_is_verified_if_the_proxy_says_so(word, verified):
    assert is_verified(request(MINE.escaped, word)) is verified
    server = request(REMOTE_ADDR="", SSL_CLIENT_CERT=MINE.pem, SSL_CLIENT_VERIFY=word)
    assert is_verified(server) is verified


def test_no_word_on_the_chain_is_a_no(settings):
    settings.OAUTH_M2M = {**BEHIND_PROXY, "CLIENT_CERTIFICATE_VERIFY_HEADER": ""}
    assert is_verified(request(MINE.escaped, "SUCCESS")) is False
    assert is_verified(request(REMOTE_ADDR="", SSL_CLIENT_CERT=MINE.pem)) is False
