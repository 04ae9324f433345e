from datetime import timedelta
from ipaddress import ip_network

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.test import override_settings
from django.utils import timezone

from oauth_m2m.conf import m2m_settings, unknown_keys
from oauth_m2m.path_rules import PathRule
from oauth_m2m.rates import Rate
from oauth_m2m.setting_defaults import DEFAULTS

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
BASIC, POST = "client_secret_basic", "client_secret_post"
ALL_METHODS = (
    BASIC,
    POST,
    "private_key_jwt",
    "tls_client_auth",
    "self_signed_tls_client_auth",
    "workload_identity",
)

VALUES_WITHOUT_SETTINGS = {
    "ISSUER": "",
    "ACCESS_TOKEN_LIFETIME": HOUR,
    "TOKEN_FORMAT": "opaque",
    "SIGNING_ALGORITHM": "ES256",
    "SIGNING_KEYS": (),
    "KEY_ENCRYPTION_KEYS": (),
    "DEFAULT_AUDIENCE": "",
    "ACCEPTED_AUDIENCES": (),
    "EXTRA_CLAIMS": None,
    "PRINCIPAL": None,
    "REVOCATION_REFRESH_SECONDS": 5.0,
    "CLIENT_CACHE_SECONDS": 0.0,
    "VERIFICATION_CACHE_SECONDS": 0.0,
    "REMOTE_ISSUERS": {},
    "JWKS_ALLOWED_NETWORKS": (),
    "ASSERTION_MAX_LIFETIME": timedelta(minutes=5),
    "PROFILE": "",
    "DPOP_REQUIRE_NONCE": False,
    "CLIENT_CERTIFICATE_HEADER": "",
    "CLIENT_CERTIFICATE_VERIFY_HEADER": "",
    "SECRET_PREFIX": "m2ms_",
    "TOKEN_PREFIX": "m2mt_",
    "SECRET_LIFETIME": None,
    "ROTATION_OVERLAP": DAY,
    "ROTATION_REMINDER": 365 * DAY,
    "HAND_OVER_LIFETIME": 3 * DAY,
    "REQUIRE_HTTPS": True,
    "AUTH_METHODS": ALL_METHODS,
    "TRUSTED_PROXIES": (),
    "PROTECTED_PATHS": (),
    "ACCEPT_IMPORTED_TOKENS": False,
    "TOKEN_ENDPOINT_RATE": {"address": Rate(30, 60), "client": None},
    "CLIENT_ROTATION": "off",
    "RATE_LIMIT_MODE": "enforce",
    "SECRET_SCANNING": "off",
    "SECRET_SCANNING_KEYS_URL": "https://api.github.com/meta/public_keys/secret_scanning",
    "AUDIT_RETENTION": None,
    "METRICS_CLIENT_ATTRIBUTE": True,
    "OWNERS_SEE_ONLY_THEIR_OWN": False,
}

GOOD = [
    ("ISSUER", "", ""),
    ("ISSUER", "https://auth.example.com", "https://auth.example.com"),
    ("ISSUER", "https://auth.example.com/", "https://auth.example.com"),
    ("ISSUER", "https://example.com:8443/tenant/", "https://example.com:8443/tenant"),
    ("ISSUER", "http://localhost:8000", "http://localhost:8000"),
    ("ACCESS_TOKEN_LIFETIME", 60, timedelta(minutes=1)),
    ("ACCESS_TOKEN_LIFETIME", 1, timedelta(seconds=1)),
    ("ACCESS_TOKEN_LIFETIME", 90.5, timedelta(seconds=90.5)),
    ("ACCESS_TOKEN_LIFETIME", DAY, DAY),
    ("ACCESS_TOKEN_LIFETIME", timedelta(days=36500), timedelta(days=36500)),
    ("ASSERTION_MAX_LIFETIME", timedelta(minutes=10), timedelta(minutes=10)),
    ("ASSERTION_MAX_LIFETIME", 3600, HOUR),
    ("TOKEN_FORMAT", "opaque", "opaque"),
    ("TOKEN_FORMAT", "jwt", "jwt"),
    ("PRINCIPAL", "django.utils.timezone.now", timezone.now),
    ("PRINCIPAL", timezone.now, timezone.now),
    ("JWKS_ALLOWED_NETWORKS", ["127.0.0.0/8"], (ip_network("127.0.0.0/8"),)),
    ("PROFILE", "", ""),
    ("PROFILE", "fapi2", "fapi2"),
    ("DPOP_REQUIRE_NONCE", True, True),
    ("DPOP_REQUIRE_NONCE", None, False),
    ("ACCEPT_IMPORTED_TOKENS", True, True),
    ("CLIENT_CERTIFICATE_HEADER", "X-Client-Cert", "X-Client-Cert"),
    ("CLIENT_CERTIFICATE_VERIFY_HEADER", "X-Client-Verify", "X-Client-Verify"),
    ("AUTH_METHODS", ["private_key_jwt"], ("private_key_jwt",)),
    ("SECRET_PREFIX", "acme_", "acme_"),
    ("TOKEN_PREFIX", "a1_", "a1_"),
    ("TOKEN_PREFIX", "a" * 16 + "_", "a" * 16 + "_"),
    ("SECRET_LIFETIME", None, None),
    ("SECRET_LIFETIME", DAY, DAY),
    ("SECRET_LIFETIME", 3600, HOUR),
    ("OWNERS_SEE_ONLY_THEIR_OWN", True, True),
    ("OWNERS_SEE_ONLY_THEIR_OWN", None, False),
    ("AUDIT_RETENTION", None, None),
    ("METRICS_CLIENT_ATTRIBUTE", False, False),
    ("AUDIT_RETENTION", 90 * DAY, 90 * DAY),
    ("ROTATION_REMINDER", None, None),
    ("ROTATION_REMINDER", 90 * DAY, 90 * DAY),
    ("HAND_OVER_LIFETIME", 3600, HOUR),
    ("ROTATION_OVERLAP", 0, timedelta(0)),
    ("ROTATION_OVERLAP", HOUR, HOUR),
    ("REQUIRE_HTTPS", True, True),
    ("REQUIRE_HTTPS", False, False),
    ("REQUIRE_HTTPS", None, True),
    ("AUTH_METHODS", [POST], (POST,)),
    ("AUTH_METHODS", (POST, BASIC), (POST, BASIC)),
    ("TRUSTED_PROXIES", [], ()),
    ("TOKEN_ENDPOINT_RATE", {}, {"address": Rate(30, 60), "client": None}),
    ("TOKEN_ENDPOINT_RATE", {"address": ""}, {"address": None, "client": None}),
    (
        "TOKEN_ENDPOINT_RATE",
        {"client": "7/h"},
        {"address": Rate(30, 60), "client": Rate(7, 3600)},
    ),
    ("CLIENT_ROTATION", "until_unused", "until_unused"),
    ("RATE_LIMIT_MODE", "monitor", "monitor"),
    ("SECRET_SCANNING", "notify", "notify"),
    ("SECRET_SCANNING", "revoke", "revoke"),
    ("SECRET_SCANNING_KEYS_URL", "http://127.0.0.1:8/keys", "http://127.0.0.1:8/keys"),
    (
        "TRUSTED_PROXIES",
        ["10.0.0.0/8", "2001:db8::/32", "192.0.2.1"],
        (ip_network("10.0.0.0/8"), ip_network("2001:db8::/32"), ip_network("192.0.2.1/32")),
    ),
    ("TRUSTED_PROXIES", (ip_network("10.0.0.0/8"),), (ip_network("10.0.0.0/8"),)),
    ("PROTECTED_PATHS", {"/a/": ["x"]}, (PathRule("/a", {"*": ("x",)}),)),
]

URL_WANTED = "must be an absolute URL without query or fragment, such as https://auth.example.com."
SECONDS_WANTED = "must be a timedelta or a number of seconds, from 0 to 100 years."
ONE_SECOND_WANTED = "must be at least one second."
PREFIX_WANTED = "must be 2 to 16 letters or digits and an underscore, such as m2mt_."
METHODS_WANTED = f"must be a list of one or more of {', '.join(ALL_METHODS)}."
NO_NETWORK = "does not appear to be an IPv4 or IPv6 network."
NETWORKS_WANTED = "must be a list of networks, such as ['10.0.0.0/8']."

BAD = [
    ("ISSUER", None, URL_WANTED),
    ("ISSUER", 7, URL_WANTED),
    ("ISSUER", "auth.example.com", URL_WANTED),
    ("ISSUER", "/auth", URL_WANTED),
    ("ISSUER", "ftp://auth.example.com", URL_WANTED),
    ("ISSUER", "https://", URL_WANTED),
    ("ISSUER", "https://auth.example.com?x=1", URL_WANTED),
    ("ISSUER", "https://auth.example.com/?", URL_WANTED),
    ("ISSUER", "https://auth.example.com#x", URL_WANTED),
    ("ISSUER", "https://auth.example.com/a b", URL_WANTED),
    ("ISSUER", " https://auth.example.com", URL_WANTED),
    ("ISSUER", "https://[::1", URL_WANTED),
    ("HAND_OVER_LIFETIME", 0, ONE_SECOND_WANTED),
    *[("ACCESS_TOKEN_LIFETIME", value, ONE_SECOND_WANTED) for value in (0, 0.9, timedelta(0))],
    *[("ASSERTION_MAX_LIFETIME", value, ONE_SECOND_WANTED) for value in (0, 0.9)],
    *[("SECRET_LIFETIME", value, ONE_SECOND_WANTED) for value in (0, timedelta(0))],
    ("AUDIT_RETENTION", 0, ONE_SECOND_WANTED),
    ("ROTATION_REMINDER", 0, ONE_SECOND_WANTED),
    *[
        (key, value, SECONDS_WANTED)
        for key in (
            *("ACCESS_TOKEN_LIFETIME", "ASSERTION_MAX_LIFETIME"),
            *("SECRET_LIFETIME", "ROTATION_OVERLAP"),
        )
        for value in (-1, "3600", True, timedelta(days=-1), 10**20, -(10**20), 36501 * DAY)
    ],
    ("ACCESS_TOKEN_LIFETIME", None, SECONDS_WANTED),
    ("ASSERTION_MAX_LIFETIME", None, SECONDS_WANTED),
    ("ROTATION_OVERLAP", None, SECONDS_WANTED),
    ("ROTATION_OVERLAP", float("nan"), SECONDS_WANTED),
    ("TOKEN_FORMAT", "JWT", "must be one of opaque, jwt."),
    *[
        ("TOKEN_ENDPOINT_RATE", value, "must be a dict with the keys 'address' and 'client'.")
        for value in (None, "30/m", ["30/m"], {"addres": "30/m"}, {1: "30/m"})
    ],
    *[
        (
            "TOKEN_ENDPOINT_RATE",
            {"address": value},
            "has an entry that is no rate such as 30/m, and not '' for none: 'address'.",
        )
        for value in (None, 30, "30", "0/m", "30/week", ["30/m"], True)
    ],
    *[
        ("CLIENT_ROTATION", value, "must be one of off, overlap, until_unused.")
        for value in (None, "", "on", True)
    ],
    *[
        ("RATE_LIMIT_MODE", value, "must be one of enforce, monitor.")
        for value in (None, "", "off", True)
    ],
    *[
        ("SECRET_SCANNING", value, "must be one of off, notify, revoke.")
        for value in (None, "", False, True)
    ],
    (
        "SECRET_SCANNING_KEYS_URL",
        "http://keys.example.com/",
        "must be an https URL, or an http URL on loopback.",
    ),
    ("TOKEN_FORMAT", None, "must be one of opaque, jwt."),
    ("PRINCIPAL", True, "must be a callable or its dotted path."),
    (
        "PRINCIPAL",
        "tests.nobody",
        'cannot be imported: Module "tests" does not define a "nobody" attribute/class.',
    ),
    *[("PROFILE", value, "must be one of '', fapi2.") for value in (None, "FAPI2", "fapi1", True)],
    *[("DPOP_REQUIRE_NONCE", value, "must be True or False.") for value in (1, 0, "True", "")],
    ("OWNERS_SEE_ONLY_THEIR_OWN", "yes", "must be True or False."),
    *[
        (key, value, "must be a string.")
        for key in ("CLIENT_CERTIFICATE_HEADER", "CLIENT_CERTIFICATE_VERIFY_HEADER")
        for value in (None, 1, ["X-Client-Cert"])
    ],
    *[("JWKS_ALLOWED_NETWORKS", value, NETWORKS_WANTED) for value in (None, "10.0.0.0/8", {})],
    *[
        (key, value, PREFIX_WANTED)
        for key in ("SECRET_PREFIX", "TOKEN_PREFIX")
        for value in ("", "m2mt", "_", "a_", "a_b_", "a" * 17 + "_", "m2-t_", "é2mt_", "m2mt_\n", 7)
    ],
    *[("REQUIRE_HTTPS", value, "must be True or False.") for value in (1, 0, "False", "")],
    *[
        ("AUTH_METHODS", value, METHODS_WANTED)
        for value in ([], (), None, BASIC, ["none"], [BASIC, "none"], {BASIC: 1}, [[BASIC]])
    ],
    *[("TRUSTED_PROXIES", value, NETWORKS_WANTED) for value in (None, "10.0.0.0/8", {})],
    ("PROTECTED_PATHS", [], "must map paths to scopes, such as {'/reports/': ['reports:read']}."),
    (
        "TRUSTED_PROXIES",
        ["10.0.0.1/8"],
        "has an entry that is not a network: 10.0.0.1/8 has host bits set.",
    ),
    *[
        (
            "TRUSTED_PROXIES",
            ["10.0.0.0/8", entry],
            f"has an entry that is not a network: {str(entry)!r} {NO_NETWORK}",
        )
        for entry in ("localhost", "", 10, None)
    ],
]


def _name(case: object) -> str | None:
    # The repr of a function has its address, which each worker of pytest-xdist has for itself.
    is_long = isinstance(case, str) and len(case) > 40
    return None if is_long else getattr(case, "__name__", repr(case))


def test_the_table_of_defaults_has_every_setting():
    assert set(VALUES_WITHOUT_SETTINGS) == set(DEFAULTS)


@pytest.mark.parametrize(
    "key, value", VALUES_WITHOUT_SETTINGS.items(), ids=list(VALUES_WITHOUT_SETTINGS)
)
@pytest.mark.parametrize("configured", ["empty", "absent"])
def test_default_holds_without_settings(settings, key, value, configured):
    if configured == "empty":
        settings.OAUTH_M2M = {}
    else:
        del settings.OAUTH_M2M
    assert getattr(m2m_settings, key) == value


@pytest.mark.parametrize("key, value, parsed", GOOD, ids=_name)
def test_good_value_is_read_with_its_type(key, value, parsed):
    with override_settings(OAUTH_M2M={key: value}):
        read = getattr(m2m_settings, key)
    assert read == parsed
    assert type(read) is type(parsed)


@pytest.mark.parametrize("key, value, sentence", BAD, ids=_name)
def test_bad_value_is_refused_by_name(key, value, sentence):
    with (
        override_settings(OAUTH_M2M={key: value}),
        pytest.raises(ImproperlyConfigured) as refused,
    ):
        getattr(m2m_settings, key)
    assert str(refused.value) == f"OAUTH_M2M[{key!r}] {sentence}"


def test_override_settings_is_seen_at_once_and_ends():
    with override_settings(OAUTH_M2M={"TOKEN_PREFIX": "acme_"}):
        assert m2m_settings.TOKEN_PREFIX == "acme_"
    assert m2m_settings.TOKEN_PREFIX == "m2mt_"


@pytest.mark.parametrize("debug", [True, False])
def test_https_is_required_unless_debugging(debug):
    with override_settings(OAUTH_M2M={}, DEBUG=debug):
        assert m2m_settings.REQUIRE_HTTPS is not debug


@pytest.mark.parametrize("debug", [True, False])
def test_an_explicit_requirement_does_not_depend_on_debug(debug):
    with override_settings(OAUTH_M2M={"REQUIRE_HTTPS": True}, DEBUG=debug):
        assert m2m_settings.REQUIRE_HTTPS is True


def test_unknown_keys_are_listed_in_order():
    with override_settings(OAUTH_M2M={"ZEBRA": 1, "ISSUER": "", "issuer": "", 7: 1}):
        assert unknown_keys() == ["7", "ZEBRA", "issuer"]


def test_no_unknown_keys_among_the_known():
    with override_settings(OAUTH_M2M=dict(DEFAULTS)):
        assert unknown_keys() == []


@pytest.mark.parametrize("value", [None, [], "ISSUER", 7], ids=repr)
def test_settings_that_are_no_dict_are_refused(value):
    with override_settings(OAUTH_M2M=value):
        with pytest.raises(ImproperlyConfigured, match=r"^OAUTH_M2M must be a dict\.$"):
            unknown_keys()
        with pytest.raises(ImproperlyConfigured, match=r"^OAUTH_M2M must be a dict\.$"):
            _ = m2m_settings.ISSUER


def test_defaults_cannot_be_changed_by_accident():
    with pytest.raises(TypeError):
        DEFAULTS["ISSUER"] = "x"


def test_value_is_parsed_once_and_another_one_anew(settings):
    settings.OAUTH_M2M = {
        "PROTECTED_PATHS": {"/reports/": ["reports:read"]},
        "REMOTE_ISSUERS": {
            "https://a.example": {"jwks_uri": "https://a.example/keys", "audience": "urn:api"}
        },
    }
    assert m2m_settings.PROTECTED_PATHS is m2m_settings.PROTECTED_PATHS
    assert m2m_settings.REMOTE_ISSUERS is m2m_settings.REMOTE_ISSUERS
    settings.OAUTH_M2M = {"ISSUER": "https://a.example/"}
    assert m2m_settings.PROTECTED_PATHS == ()
    assert m2m_settings.ISSUER == "https://a.example"
    settings.OAUTH_M2M = {"ISSUER": "https://b.example/"}
    assert m2m_settings.ISSUER == "https://b.example"


def test_wrong_value_is_refused_each_time(settings):
    settings.OAUTH_M2M = {"ISSUER": "no URL"}
    for _ in range(2):
        with pytest.raises(ImproperlyConfigured, match="must be an absolute URL"):
            _ = m2m_settings.ISSUER
    settings.OAUTH_M2M = {"ISSUER": "https://a.example/"}
    assert m2m_settings.ISSUER == "https://a.example"


@pytest.mark.parametrize("key", ["EXTRA_CLAIMS", "PRINCIPAL"])
def test_function_behind_a_name_may_be_another_one_later(settings, monkeypatch, key):
    settings.OAUTH_M2M = {key: "django.utils.timezone.now"}
    assert getattr(m2m_settings, key) is timezone.now
    monkeypatch.setattr(timezone, "now", timezone.localtime)
    assert getattr(m2m_settings, key) is timezone.localtime
