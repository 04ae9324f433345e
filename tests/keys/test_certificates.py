"""How certificates are read, and whose they are."""

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from oauth_m2m.keys.certificates import MAX_CERTIFICATE_BYTES, matches, read_certificate
from tests.certificates import EVERY_NAME, make_certificate

HOLDER = make_certificate("CN=orders+OU=a,O=Ex\\,ample,C=DE", EVERY_NAME)


@pytest.mark.parametrize(
    "encoded",
    [
        pytest.param(HOLDER.der, id="DER"),
        pytest.param(HOLDER.pem.encode(), id="PEM"),
        pytest.param(b"\n" + HOLDER.pem.replace("\n", "\r\n").encode(), id="PEM of Windows"),
    ],
)
def test_certificate_is_read(encoded):
    certificate = read_certificate(encoded)
    assert certificate.thumbprint == HOLDER.thumbprint
    assert certificate.subject_dn == "OU=a+CN=orders,O=Ex\\,ample,C=DE"
    assert certificate.not_before == HOLDER.certificate.not_valid_before_utc
    assert certificate.not_after == HOLDER.certificate.not_valid_after_utc
    assert certificate.pem == HOLDER.pem
    assert certificate.public_key == HOLDER.key.public_key()
    assert certificate.names == {
        "san_dns": ("orders.example.com",),
        "san_uri": ("spiffe://example.com/orders",),
        "san_ip": ("2001:db8::7",),
        "san_email": ("orders@example.com",),
    }
    assert "BEGIN" not in repr(certificate)


def with_extension_twice() -> bytes:
    # The builder refuses to make it, so the second one is made of another of equal length.
    builder = x509.CertificateBuilder(
        x509.Name([]),
        x509.Name([]),
        HOLDER.key.public_key(),
        1,
        HOLDER.certificate.not_valid_before_utc,
        HOLDER.certificate.not_valid_after_utc,
    )
    for last in (54, 55):
        oid = x509.ObjectIdentifier(f"2.5.29.{last}")
        builder = builder.add_extension(
            x509.UnrecognizedExtension(oid, b"\x02\x01\x00"), critical=False
        )
    der = builder.sign(HOLDER.key, hashes.SHA256()).public_bytes(Encoding.DER)
    assert der.count(b"\x55\x1d\x37") == 1
    return der.replace(b"\x55\x1d\x37", b"\x55\x1d\x36")


@pytest.mark.parametrize(
    "encoded, message",
    [
        pytest.param(b"", "cannot be read", id="nothing"),
        pytest.param(b"nonsense", "cannot be read", id="no DER"),
        pytest.param(HOLDER.der[:-1], "cannot be read", id="cut"),
        pytest.param(HOLDER.der + b"\x00", "cannot be read", id="DER and more"),
        pytest.param(b"-----BEGIN CERTIFICATE-----\n", "cannot be read", id="no end"),
        pytest.param(
            b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
            "cannot be read",
            id="PEM of something else",
        ),
        pytest.param(HOLDER.key_pem.encode(), "cannot be read", id="a private key"),
        pytest.param(HOLDER.pem.encode() * 2, "more than one", id="two certificates"),
        pytest.param(with_extension_twice(), "cannot be read", id="an extension twice"),
        pytest.param(b"a" * (MAX_CERTIFICATE_BYTES + 1), "too large", id="huge"),
    ],
)
def test_what_is_not_one_certificate_is_refused(encoded, message):
    with pytest.raises(ValueError, match=message):
        read_certificate(encoded)


def test_certificate_without_other_names_has_none():
    names = read_certificate(make_certificate().der).names
    assert names == {"san_dns": (), "san_uri": (), "san_ip": (), "san_email": ()}


@pytest.mark.parametrize(
    "matcher, value, expected",
    [
        ("subject_dn", "CN=orders+OU=a,O=Ex\\,ample,C=DE", True),
        ("subject_dn", "OU=a+CN=orders,O=Ex\\,ample,C=DE", True),
        ("subject_dn", "C=DE,O=Ex\\,ample,CN=orders+OU=a", False),
        ("subject_dn", "CN=orders,O=Ex\\,ample,C=DE", False),
        ("subject_dn", "CN=orders+OU=a,O=Ex\\,ample", False),
        ("subject_dn", "nonsense", False),
        ("subject_dn", "", False),
        ("san_dns", "orders.example.com", True),
        ("san_dns", "ORDERS.example.com", True),
        ("san_dns", "example.com", False),
        ("san_dns", "*.example.com", False),
        ("san_uri", "spiffe://example.com/orders", True),
        ("san_uri", "spiffe://example.com/ORDERS", False),
        ("san_uri", "spiffe://example.com", False),
        ("san_ip", "2001:db8::7", True),
        ("san_ip", "2001:0DB8:0::7", True),
        ("san_ip", "2001:db8::8", False),
        ("san_ip", "nonsense", False),
        ("san_ip", "", False),
        ("san_email", "orders@example.com", True),
        ("san_email", "orders@example.org", False),
        ("san_other", "orders.example.com", False),
    ],
)
def test_subject_is_compared(matcher, value, expected):
    assert matches(read_certificate(HOLDER.der), {matcher: value}) is expected


@pytest.mark.parametrize(
    "expected",
    [
        pytest.param({}, id="nothing is registered"),
        pytest.param({"san_dns": "orders.example.com", "san_ip": "2001:db8::7"}, id="two names"),
    ],
)
def test_subject_matches_by_exactly_one_name(expected):
    assert matches(read_certificate(HOLDER.der), expected) is False


def test_names_of_one_kind_do_not_serve_for_another():
    holder = make_certificate(
        "CN=victim.example.com", [x509.UniformResourceIdentifier("victim.example.com")]
    )
    certificate = read_certificate(holder.der)
    for kind in ("san_dns", "san_ip", "san_email"):
        assert matches(certificate, {kind: "victim.example.com"}) is False


def test_other_curves_are_read():
    key = ec.generate_private_key(ec.SECP384R1())
    builder = x509.CertificateBuilder(
        x509.Name([]),
        x509.Name([]),
        key.public_key(),
        1,
        HOLDER.certificate.not_valid_before_utc,
        HOLDER.certificate.not_valid_after_utc,
    )
    der = builder.sign(key, hashes.SHA384()).public_bytes(Encoding.DER)
    assert read_certificate(der).public_key.curve.name == "secp384r1"
