"""Each key of an entry: what it takes, and what it says when it refuses."""

import pytest

from oauth_m2m.protocol import ASYMMETRIC_ALGORITHMS
from oauth_m2m.remote_issuers import GroupRule
from oauth_m2m.remote_issuers.entry_types import typed
from tests.remote_issuers.entries import ISSUER, refusal, signed

URL = "must be an https URL, or an http URL on loopback."
TEXT = "must be a string."
TEXTS = "must be a list of strings."
SOME_TEXTS = "must be a string or a list of strings, at least one."
CLAIMS = "must be a list of claims, at least one."
CLAIM = "must name a claim: a string, or a list of strings for one inside another."
REQUIRED = "must be a dict from claim to the texts that it may be; None: it must be absent."
RULES = "must be a list of rules."
RULE = "must have rules of 'groups', and 'clients', or 'claim' and 'value', or both."
ROLES = ("resource_access", "orders-api", "roles")

GOOD = {
    "one audience": ("audience", "urn:api", ("urn:api",)),
    "several audiences": ("audience", ["urn:a", "urn:b"], ("urn:a", "urn:b")),
    "keys on loopback": ("jwks_uri", "http://localhost:8000/jwks", "http://localhost:8000/jwks"),
    "algorithms": ("algorithms", ["RS256"], ("RS256",)),
    "types": ("token_types", ["JWT", "application/at+jwt"], ("jwt", "at+jwt")),
    "claims": ("client_claims", ["azp", ["act", "sub"]], (("azp",), ("act", "sub"))),
    "claims with dots": ("scope_claims", ["https://a.b/c"], (("https://a.b/c",),)),
    "required claims": (
        "required_claims",
        {"typ": ["Bearer", "DPoP"], "tid": "7", "scp": None},
        (("typ", ("Bearer", "DPoP")), ("tid", ("7",)), ("scp", None)),
    ),
    "no rules": ("groups", [], ()),
    "rule for everybody": (
        "groups",
        [{"groups": "Machines"}],
        (GroupRule(("Machines",), clients=None, claim=None, value=""),),
    ),
    "rule by client": (
        "groups",
        [{"clients": ["a", "b"], "groups": ["A", "B"]}],
        (GroupRule(("A", "B"), clients=("a", "b"), claim=None, value=""),),
    ),
    "rule by client and claim": (
        "groups",
        [{"clients": "a", "claim": [*ROLES], "value": "reader", "groups": "A"}],
        (GroupRule(("A",), clients=("a",), claim=ROLES, value="reader"),),
    ),
    "seconds": ("cache_seconds", 30, 30.0),
    "prefix": ("token_prefix", "", ""),
}


@pytest.mark.parametrize("name, value, expected", GOOD.values(), ids=GOOD)
def test_value_is_taken(name, value, expected):
    taken = typed(name, value)
    assert taken == expected
    assert type(taken) is type(expected)


BAD = {
    "kind that does not exist": (
        "kind",
        "okta",
        "must be one of oauth_m2m, keycloak, auth0, entra.",
    ),
    "no audience": ("audience", "", TEXTS),
    "empty list of audiences": ("audience", [], SOME_TEXTS),
    "audience that is a number": ("audience", 7, TEXTS),
    "keys over http": ("jwks_uri", "http://a.example/jwks", URL),
    "keys in a file": ("jwks_uri", "file:///etc/passwd", URL),
    "introspection over http": ("introspection_url", "http://a.example/introspect", URL),
    "algorithm with a shared key": (
        "algorithms",
        ["HS256"],
        f"must be a list of one or more of {', '.join(ASYMMETRIC_ALGORITHMS)}.",
    ),
    "no types": ("token_types", [], SOME_TEXTS),
    "no claims": ("client_claims", [], CLAIMS),
    "claims that are one text": ("client_claims", "azp", CLAIMS),
    "claim without a name": ("scope_claims", [""], CLAIM),
    "empty path": ("scope_claims", [[]], CLAIM),
    "number in a path": ("scope_claims", [["a", 1]], CLAIM),
    "claim that is a number": ("scope_claims", [1], CLAIM),
    "required claims in a list": ("required_claims", ["scp"], REQUIRED),
    "required claim without a text": ("required_claims", {"typ": True}, TEXTS),
    "required claim that is a number": ("required_claims", {1: "a"}, REQUIRED),
    "subject that is a number": ("subject", 1, TEXT),
    "rules in a dict": ("groups", {"a": ["A"]}, RULES),
    "rule that is a text": ("groups", ["A"], RULE),
    "rule without groups": ("groups", [{"clients": "a"}], RULE),
    "rule without a group": ("groups", [{"groups": []}], SOME_TEXTS),
    "rule with a claim and no value": ("groups", [{"claim": "a", "groups": "A"}], RULE),
    "rule with a value and no claim": ("groups", [{"value": "a", "groups": "A"}], RULE),
    "rule with a misspelt key": ("groups", [{"client": "a", "groups": "A"}], RULE),
    "rule without a client": ("groups", [{"clients": [], "groups": "A"}], SOME_TEXTS),
    "rule with a value that is a number": (
        "groups",
        [{"claim": "a", "value": 1, "groups": "A"}],
        TEXT,
    ),
    "client id that is a number": ("client_id", 1, TEXT),
    "secret that is a number": ("client_secret", 1, TEXT),
    "file that is a number": ("client_secret_file", 1, TEXT),
    "prefix that is a number": ("token_prefix", 1, TEXT),
    "negative seconds": ("cache_seconds", -1, "must be a number of seconds, and not negative."),
}


@pytest.mark.parametrize("name, value, sentence", BAD.values(), ids=BAD)
def test_value_is_refused_in_words_that_name_issuer_and_key(name, value, sentence):
    entry = {**signed(), name: value}
    assert refusal({ISSUER: entry}) == f"is wrong for {ISSUER!r}: {name!r} {sentence}"


@pytest.mark.parametrize("name", ["jwks_url", 1], ids=repr)
def test_unknown_key_is_refused(name):
    assert (
        refusal({ISSUER: {**signed(), name: "x"}})
        == f"is wrong for {ISSUER!r}: {name!r} is no key."
        " The keys are algorithms, audience, cache_seconds, client_claims, client_id,"
        " client_secret, client_secret_file, groups, introspection_url, jwks_uri, kind,"
        " required_claims, scope_claims, subject, token_prefix, token_types."
    )
