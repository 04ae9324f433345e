"""Each kind of setting: what it takes, what it makes of it, and what it says when it refuses."""

import ipaddress
from datetime import timedelta

import pytest

from oauth_m2m import setting_types

HOUR = timedelta(hours=1)
choice = setting_types.one_of("a", "b")
maybe = setting_types.one_of("", "a")
names = setting_types.known_names("a", "b")


@pytest.mark.parametrize(
    "kind, value, expected",
    [
        (setting_types.url, "", ""),
        (setting_types.url, "https://a.example", "https://a.example"),
        (setting_types.url, "https://a.example/", "https://a.example"),
        (setting_types.url, "http://a.example:80/path/", "http://a.example:80/path"),
        (setting_types.duration, 0, timedelta(0)),
        (setting_types.duration, 60, timedelta(minutes=1)),
        (setting_types.duration, 1.5, timedelta(seconds=1.5)),
        (setting_types.duration, HOUR, HOUR),
        (setting_types.duration, timedelta(days=36500), timedelta(days=36500)),
        (setting_types.positive_duration, 1, timedelta(seconds=1)),
        (setting_types.duration_or_none, None, None),
        (setting_types.duration_or_none, 3600, HOUR),
        (setting_types.seconds, 0, 0.0),
        (setting_types.seconds, 1.5, 1.5),
        (setting_types.boolean_or_none, None, None),
        (setting_types.boolean_or_none, True, True),
        (setting_types.boolean_or_none, False, False),
        (setting_types.prefix, "m2mt_", "m2mt_"),
        (setting_types.prefix, "X9_", "X9_"),
        (choice, "b", "b"),
        (names, ["b", "a"], ("b", "a")),
        (names, ("a",), ("a",)),
        (setting_types.text, "", ""),
        (setting_types.text, "a", "a"),
        (setting_types.texts, [], ()),
        (setting_types.texts, ["a", "b"], ("a", "b")),
        (setting_types.networks, [], ()),
        (
            setting_types.networks,
            ("10.0.0.0/8", "2001:db8::/32"),
            (ipaddress.ip_network("10.0.0.0/8"), ipaddress.ip_network("2001:db8::/32")),
        ),
        (setting_types.callable_or_none, None, None),
        (setting_types.callable_or_none, len, len),
        (setting_types.callable_or_none, "os.path.join", __import__("os").path.join),
        (setting_types.safe_url, "", ""),
        (setting_types.safe_url, "https://a.example/?p=b", "https://a.example/?p=b"),
        (setting_types.safe_url, "http://localhost:1/", "http://localhost:1/"),
        (setting_types.safe_url, "http://127.0.0.1/", "http://127.0.0.1/"),
        (setting_types.safe_url, "http://[::1]:80/", "http://[::1]:80/"),
    ],
    ids=lambda value: getattr(value, "__name__", repr(value)),
)
def test_value_is_taken(kind, value, expected):
    taken = kind(value)
    assert taken == expected
    assert type(taken) is type(expected)


URL = "must be an absolute URL without query or fragment, such as https://auth.example.com."
DURATION = "must be a timedelta or a number of seconds, from 0 to 100 years."
SECONDS = "must be a number of seconds, and not negative."
PREFIX = "must be 2 to 16 letters or digits and an underscore, such as m2mt_."
TEXTS = "must be a list of strings."
NETWORKS = "must be a list of networks, such as ['10.0.0.0/8']."
CALLABLE = "must be a callable or its dotted path."
SAFE_URL = "must be an https URL, or an http URL on loopback."


@pytest.mark.parametrize(
    "kind, sentence, values",
    [
        (
            setting_types.url,
            URL,
            [
                None,
                b"https://a.example",
                "a.example",
                "/path",
                "ftp://a.example",
                "https://",
                "https://a.example?b",
                "https://a.example?",
                "https://a.example#",
                "https://a.example#b",
                "https://[::1",
                " https://a.example",
            ],
        ),
        (
            setting_types.duration,
            DURATION,
            [None, "60", True, -1, timedelta(seconds=-1), float("nan"), timedelta(days=36501)],
        ),
        (setting_types.positive_duration, DURATION, [None, -1]),
        (
            setting_types.positive_duration,
            "must be at least one second.",
            [0, timedelta(milliseconds=999)],
        ),
        (setting_types.duration_or_none, "must be at least one second.", [0]),
        (setting_types.seconds, SECONDS, [None, "5", True, -0.1, float("nan"), timedelta(1)]),
        (setting_types.boolean_or_none, "must be True or False.", [0, 1, "True", []]),
        (setting_types.prefix, PREFIX, [None, "m2mt", "m_", "a_b_", "_", "x" * 17 + "_", "ü2_"]),
        (choice, "must be one of a, b.", ["", "c", None, ["a"]]),
        (names, "must be a list of one or more of a, b.", [[], "a", ["a", "c"], None, {"a"}]),
        (maybe, "must be one of '', a.", ["b", None]),
        (setting_types.text, "must be a string.", [None, 1, b"a", ["a"]]),
        (setting_types.texts, TEXTS, [None, "a", [""], [1], {"a"}]),
        (setting_types.networks, NETWORKS, [None, "10.0.0.0/8"]),
        (setting_types.callable_or_none, CALLABLE, [1, [], "os.sep"]),
        (
            setting_types.safe_url,
            SAFE_URL,
            [
                None,
                b"https://a.example",
                "http://a.example/jwks",
                "http://localhost.a.example/jwks",
                "file:///etc/passwd",
                "https://",
                "https://[::1",
                "https://:443/",
                " https://a.example",
            ],
        ),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_value_is_refused_in_words(kind, sentence, values):
    for value in values:
        with pytest.raises(ValueError) as refused:  # noqa: PT011 - the whole message is compared
            kind(value)
        assert str(refused.value) == sentence, value


@pytest.mark.parametrize("path", ["nowhere.to.be.found", "nodots", "os.path.nothing"])
def test_dotted_path_to_nothing_is_refused_in_words(path):
    with pytest.raises(ValueError, match=r"^cannot be imported: .+\.$"):
        setting_types.callable_or_none(path)


@pytest.mark.parametrize("network", ["10.0.0.1/8", "a", "", None, 10])
def test_entry_that_is_no_network_is_refused_in_words(network):
    with pytest.raises(ValueError, match=r"^has an entry that is not a network: .+\.$"):
        setting_types.networks([network])
