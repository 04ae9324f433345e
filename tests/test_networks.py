import pytest
from django.test import RequestFactory

from oauth_m2m.networks import (
    client_address,
    is_allowed,
    is_from_trusted_proxy,
    is_from_unnamed_proxy,
)


def address_of(remote: str | None, forwarded: str | None = None) -> str | None:
    headers = {} if forwarded is None else {"X-Forwarded-For": forwarded}
    request = RequestFactory().get("/", headers=headers)
    if remote is None:
        del request.META["REMOTE_ADDR"]
    else:
        request.META["REMOTE_ADDR"] = remote
    return client_address(request)


@pytest.fixture
def trust(settings):
    def trust(*networks: str) -> None:
        settings.OAUTH_M2M = {"TRUSTED_PROXIES": networks}

    return trust


@pytest.mark.parametrize(
    "remote, address",
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8::7", "2001:db8::7"),
        ("2001:0DB8:0:0:0:0:0:7", "2001:db8::7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("::FFFF:C000:0207", "192.0.2.7"),
        ("fe80::1%eth0", "fe80::1"),
        ("fe80::1%" + "x" * 500, "fe80::1"),
        ("::", "::"),
        ("", None),
        (None, None),
        ("unix:", None),
        ("localhost", None),
        ("192.0.2.7:8000", None),
        ("[2001:db8::7]", None),
        ("192.0.2", None),
        ("192.0.2.07", None),
        ("1e3", None),
        ("3221225991", None),
        ("192.0.2.7\x00", None),
        ("١٩٢.0.2.7", None),
    ],
    ids=repr,
)
def test_address_is_read_or_none(remote, address):
    assert address_of(remote) == address


@pytest.mark.parametrize("forwarded", ["198.51.100.1", "198.51.100.1, 203.0.113.1", "x", ""])
def test_without_trusted_proxies_nothing_forwarded_is_believed(forwarded):
    assert address_of("192.0.2.7", forwarded) == "192.0.2.7"


@pytest.mark.parametrize(
    "remote, forwarded, address",
    [
        ("10.0.0.1", "192.0.2.7", "192.0.2.7"),
        ("10.0.0.1", " 192.0.2.7 ", "192.0.2.7"),
        ("::ffff:10.0.0.1", "192.0.2.7", "192.0.2.7"),
        ("2001:db8:f::1", "2001:db8::7", "2001:db8::7"),
        ("10.0.0.1", "::ffff:192.0.2.7", "192.0.2.7"),
        ("10.0.0.1", "192.0.2.7, 10.0.0.2", "192.0.2.7"),
        ("10.0.0.1", "192.0.2.7,2001:db8:f::2,10.0.0.2", "192.0.2.7"),
        ("10.0.0.1", "198.51.100.1, 192.0.2.7", "192.0.2.7"),
        ("10.0.0.1", "10.0.0.9, 192.0.2.7, 10.0.0.2", "192.0.2.7"),
        ("10.0.0.1", "garbage, 192.0.2.7", "192.0.2.7"),
        ("10.0.0.1", "10.0.0.2, 10.0.0.3", "10.0.0.2"),
        ("10.0.0.1", None, "10.0.0.1"),
        ("10.0.0.1", "", "10.0.0.1"),
        ("192.0.2.7", "198.51.100.1", "192.0.2.7"),
        ("10.0.0.1", "192.0.2.7, garbage", None),
        ("10.0.0.1", "192.0.2.7, garbage, 10.0.0.2", None),
        ("10.0.0.1", "192.0.2.7,", None),
        ("10.0.0.1", ",", None),
        ("10.0.0.1", "unknown", None),
        ("10.0.0.1", "192.0.2.7:443", None),
        ("10.0.0.1", "[2001:db8::7]", None),
        ("10.0.0.1", "_hidden", None),
        ("", "192.0.2.7", None),
        ("unix:", "192.0.2.7", None),
    ],
    ids=[
        "one proxy",
        "spaces",
        "mapped proxy",
        "IPv6",
        "mapped entry",
        "two proxies",
        "three proxies",
        "spoofed entry",
        "spoofed trusted entry",
        "spoofed garbage",
        "proxies only",
        "no header",
        "empty header",
        "stranger",
        "last entry garbage",
        "garbage behind a proxy",
        "last entry empty",
        "empty entries",
        "unknown",
        "a port",
        "brackets",
        "obfuscated",
        "no remote address",
        "a socket",
    ],
)
def test_forwarded_is_believed_as_far_as_proxies_wrote_it(trust, remote, forwarded, address):
    trust("10.0.0.0/8", "2001:db8:f::/48")
    assert address_of(remote, forwarded) == address


def test_the_proxies_themselves_may_be_the_whole_world(trust):
    trust("0.0.0.0/0", "::/0")
    assert address_of("192.0.2.1", "198.51.100.1, 192.0.2.7") == "198.51.100.1"


@pytest.mark.parametrize(
    "address, networks, allowed",
    [
        ("192.0.2.7", [], True),
        (None, [], True),
        ("garbage", (), True),
        ("192.0.2.7", ["192.0.2.0/24"], True),
        ("192.0.3.7", ["192.0.2.0/24"], False),
        ("192.0.2.7", ["192.0.2.7"], True),
        ("192.0.2.7", ["10.0.0.0/8", "2001:db8::/32", "192.0.2.0/24"], True),
        ("::ffff:192.0.2.7", ["192.0.2.0/24"], True),
        ("2001:db8::7", ["2001:db8::/32"], True),
        ("fe80::1%eth0", ["fe80::/10"], True),
        ("2001:db9::7", ["2001:db8::/32"], False),
        ("2001:db8::7", ["0.0.0.0/0"], False),
        ("192.0.2.7", ["::/0"], False),
        (None, ["0.0.0.0/0", "::/0"], False),
        ("", ["0.0.0.0/0", "::/0"], False),
        ("garbage", ["0.0.0.0/0", "::/0"], False),
    ],
    ids=lambda case: None if isinstance(case, bool) else repr(case),
)
def test_address_is_held_against_networks(address, networks, allowed):
    assert is_allowed(address, networks) is allowed


@pytest.mark.parametrize(
    "remote, trusted",
    [
        ("10.0.0.1", True),
        ("::ffff:10.0.0.1", True),
        ("192.0.2.7", False),
        ("unix:", False),
        ("", False),
    ],
    ids=["a proxy", "a mapped proxy", "a stranger", "a socket", "no address"],
)
def test_neighbour_is_a_trusted_proxy(trust, remote, trusted):
    trust("10.0.0.0/8")
    headers = {"X-Forwarded-For": "10.0.0.1"}
    assert (
        is_from_trusted_proxy(RequestFactory().get("/", headers=headers, REMOTE_ADDR=remote))
        is trusted
    )


@pytest.mark.parametrize(
    "remote, unnamed",
    [
        ("10.0.0.1", True),
        ("127.0.0.1", True),
        ("100.64.0.1", True),
        ("::ffff:10.0.0.1", True),
        ("fd00::1", True),
        ("8.8.8.8", False),
        ("2001:4860:4860::8888", False),
        ("unix:", False),
        ("", False),
    ],
)
def test_neighbour_that_forwards_from_a_private_address_is_an_unnamed_proxy(remote, unnamed):
    headers = {"X-Forwarded-For": "8.8.4.4"}
    request = RequestFactory().get("/", headers=headers, REMOTE_ADDR=remote)
    assert is_from_unnamed_proxy(request) is unnamed


def test_neighbour_that_forwards_nothing_is_no_proxy():
    assert is_from_unnamed_proxy(RequestFactory().get("/", REMOTE_ADDR="10.0.0.1")) is False


def test_no_proxy_is_unnamed_where_proxies_are_named(trust):
    trust("192.0.2.0/24")
    headers = {"X-Forwarded-For": "8.8.4.4"}
    request = RequestFactory().get("/", headers=headers, REMOTE_ADDR="10.0.0.1")
    assert is_from_unnamed_proxy(request) is False


@pytest.mark.parametrize(
    "address, networks, allowed",
    [
        ("192.0.2.0", ["192.0.2.0/31"], True),
        ("192.0.2.1", ["192.0.2.0/31"], True),
        ("192.0.2.2", ["192.0.2.0/31"], False),
        ("2001:db8::ffff", ["2001:db8::/112"], True),
        ("2001:db8::1:0", ["2001:db8::/112"], False),
        ("2001:db8::7", ["2001:db8::7"], True),
        ("2001:db8::8", ["2001:db8::7"], False),
        ("::ffff:192.0.2.7", ["::ffff:0:0/96"], False),
        ("64:ff9b::c000:207", ["192.0.2.0/24"], False),
        ("192.0.2.7, 10.0.0.1", ["0.0.0.0/0", "::/0"], False),
    ],
    ids=[
        "first of an IPv4 network",
        "last of an IPv4 network",
        "behind an IPv4 network",
        "last of an IPv6 network",
        "behind an IPv6 network",
        "one IPv6 address",
        "its neighbour",
        "a mapped network is IPv4",
        "NAT64 is not IPv4",
        "two addresses",
    ],
)
def test_edges_of_networks_hold(address, networks, allowed):
    assert is_allowed(address, networks) is allowed
