"""Keys and certificates: whatever is pasted or forwarded is read, or refused in words."""

import json
from base64 import b64encode
from urllib.parse import quote

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.test import RequestFactory, override_settings
from hypothesis import example, given
from hypothesis import strategies as st
from jwt import PyJWK

from oauth_m2m.keys.certificates import matches, read_certificate
from oauth_m2m.keys.jwk import load_private_key, private_pem, thumbprint
from oauth_m2m.keys.pasted import UnusableKey, read_pasted_keys
from oauth_m2m.keys.scanner_keys import parse_scanner_keys
from oauth_m2m.tokens.presented_certificate import CertificateRefused, presented_certificate
from tests.certificates import BEHIND_PROXY, HEADER, PROXY, make_certificate
from tests.jose import private_key
from tests.key_server import jwk
from tests.properties.profile import bounded, outcome
from tests.properties.wire import HEADERS, JSON, joined, mutated

ALGORITHMS = ("ES256", "EdDSA", "RS256")
HOLDER = make_certificate("CN=billing,O=Acme")
PUBLIC_PEM = (
    private_key("ES256").public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
)

JWKS = st.builds(
    lambda algorithm, name, value: {**jwk(algorithm), name: value},
    st.sampled_from(ALGORITHMS),
    st.sampled_from(
        ["kty", "crv", "x", "y", "n", "e", "kid", "alg", "use", "key_ops", "d", "keys"]
    ),
    st.one_of(JSON, st.sampled_from(["EC", "RSA", "OKP", "oct", "P-521", "secp256k1", "sig"])),
)
TEXTS = st.one_of(
    st.text(max_size=80),
    JSON.map(json.dumps),
    JWKS.map(json.dumps),
    st.lists(st.one_of(JWKS, JSON), max_size=3).map(lambda keys: json.dumps({"keys": keys})),
    mutated(PUBLIC_PEM).map(lambda raw: raw.decode("latin-1")),
    mutated(HOLDER.pem.encode()).map(lambda raw: raw.decode("latin-1")),
    joined("-----BEGIN ", "CERTIFICATE-----", "PUBLIC KEY-----", "\n", "-----END ", "MIIB", "AA=="),
)


@bounded
@given(TEXTS)
@example('{"keys": ' + "[" * 5000)
@example('{"kty": "RSA", "n": "' + "_" * 60_000 + '", "e": "AQAB"}')
@example('{"kty": "EC", "crv": "P-256", "x": "\\ud800", "y": ""}')
def test_any_text_is_public_keys_or_unusable(text: str):
    keys = outcome(UnusableKey, read_pasted_keys, text)
    if isinstance(keys, UnusableKey):
        assert str(keys)
        return
    assert keys
    for key in keys:
        # What is stored can be used and, pasted again, is the same key.
        again = read_pasted_keys(json.dumps(key.public_jwk))
        assert [thumbprint(read.public_jwk) for read in again] == [thumbprint(key.public_jwk)]
        assert not {"d", "p", "q", "k"} & key.public_jwk.keys()
        PyJWK(key.public_jwk)


@bounded
@given(
    st.one_of(
        st.binary(max_size=80),
        st.sampled_from(ALGORITHMS).flatmap(lambda name: mutated(private_pem(private_key(name)))),
    )
)
def test_any_pem_is_a_private_key_or_a_value_error(pem: bytes):
    key = outcome(ValueError, load_private_key, pem)
    if isinstance(key, ValueError):
        assert "BEGIN" not in str(key)
        return
    assert private_pem(load_private_key(private_pem(key))) == private_pem(key)


@bounded
@given(st.one_of(st.binary(max_size=120), mutated(HOLDER.der), mutated(HOLDER.pem.encode())))
@example(HOLDER.pem.encode() * 2)
@example(HOLDER.der)
def test_any_bytes_are_one_certificate_or_a_value_error(encoded: bytes):
    try:
        certificate = read_certificate(encoded)
    except ValueError:
        return
    again = read_certificate(certificate.pem.encode())
    assert (again.thumbprint, again.pem) == (certificate.thumbprint, certificate.pem)
    for matcher in ("subject_dn", "san_dns", "san_ip", "san_uri", "san_email", "other"):
        assert matches(certificate, {matcher: "x=\\"}) is False
    assert certificate.not_before.tzinfo is not None


FORWARDED = st.one_of(
    HEADERS,
    mutated(HOLDER.pem.encode()).map(lambda pem: quote(pem, safe="")),
    mutated(HOLDER.der).map(lambda der: f":{b64encode(der).decode()}:"),
    joined(
        'Cert="',
        quote(HOLDER.pem, safe=""),
        '"',
        ";",
        ",",
        "Hash=",
        "Subject=",
        "By=",
        "\\",
        "=",
        ":",
    ),
)


@bounded
@given(FORWARDED)
@example('Subject="' + '\\"' * 5000)
@example("By=a;" * 5000)
def test_any_forwarded_header_is_a_certificate_none_or_refused(header: str):
    request = RequestFactory().post("/", headers={HEADER: header}, REMOTE_ADDR=PROXY)
    with override_settings(OAUTH_M2M=BEHIND_PROXY):
        try:
            certificate = presented_certificate(request)
        except CertificateRefused:
            return
    assert certificate is None or certificate.thumbprint


DOCUMENTS = st.one_of(
    st.binary(max_size=80),
    JSON.map(lambda value: json.dumps(value).encode()),
    st.lists(
        st.dictionaries(
            st.sampled_from(["key_identifier", "key", "is_current"]),
            st.one_of(JSON, st.just(PUBLIC_PEM.decode()), st.just("a")),
        ),
        max_size=3,
    ).map(lambda keys: json.dumps({"public_keys": keys}).encode()),
)


@bounded
@given(DOCUMENTS)
@example(b"[" * 5000)
def test_any_document_has_keys_of_the_scanner_or_is_a_value_error(body: bytes):
    try:
        keys = parse_scanner_keys(body)
    except ValueError:
        return
    assert keys
    assert all(key.key_type == "EC" for key in keys.values())
