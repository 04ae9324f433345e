"""The setting as a whole: each refusal names the issuer and the key."""

import pytest

from oauth_m2m import protocol
from oauth_m2m.remote_issuers import IntrospectionEndpoint, RemoteIssuer, remote_issuers
from tests.remote_issuers.entries import ISSUER, SECRET, asked, read, refusal, signed

AT_FAULT = f"is wrong for {ISSUER!r}: "


def test_nothing_is_no_issuer():
    assert remote_issuers({}) == {}


def test_entry_without_a_kind_is_an_oauth_m2m():
    assert read(signed()) == RemoteIssuer(
        issuer=ISSUER,
        audiences=("urn:api",),
        jwks_uri="https://login.example.com/jwks",
        introspection=None,
        algorithms=protocol.ASYMMETRIC_ALGORITHMS,
        token_types=("at+jwt",),
        client_claims=(("client_id",),),
        scope_claims=(("scope",),),
        required_claims=(),
        subject="{client}",
        group_rules=(),
    )


def test_entry_with_introspection_is_read():
    assert read(asked()).introspection == IntrospectionEndpoint(
        url="https://login.example.com/introspect",
        client_id="orders-api",
        client_secret=SECRET,
        client_secret_file="",
        token_prefix="their_",
        cache_seconds=5.0,
    )


def test_entry_may_have_keys_and_introspection():
    entry = read(asked(jwks_uri="https://login.example.com/jwks", cache_seconds=0))
    assert entry.jwks_uri == "https://login.example.com/jwks"
    assert entry.introspection is not None
    assert entry.introspection.cache_seconds == 0


def test_key_of_the_entry_goes_before_that_of_its_kind():
    entry = read(signed(kind="auth0", token_types=["at+jwt"], subject=""))
    assert (entry.token_types, entry.subject) == (("at+jwt",), "")
    assert entry.algorithms == ("RS256",)


def test_secret_is_not_shown():
    assert SECRET not in repr(read(asked()))


@pytest.mark.parametrize("value", [None, [], "https://login.example.com", 1], ids=repr)
def test_what_is_no_dict_is_refused(value):
    assert refusal(value) == "must be a dict from each issuer's URL to a dict that describes it."


@pytest.mark.parametrize("issuer", ["login.example.com", "https://a.example#b", 1, None])
def test_issuer_that_is_no_url_is_refused(issuer):
    assert (
        refusal({issuer: signed()})
        == f"is wrong for {issuer!r}: must be an absolute URL without query or fragment, such as"
        " https://auth.example.com."
    )


def test_issuer_without_a_name_is_refused():
    assert refusal({"": signed()}) == "is wrong for '': it must be a URL."


@pytest.mark.parametrize("entry", [None, "https://a.example/jwks", []], ids=repr)
def test_entry_that_is_no_dict_is_refused(entry):
    assert refusal({ISSUER: entry}) == AT_FAULT + "the value must be a dict."


ONE_SECRET = "exactly one of 'client_secret' and 'client_secret_file' is needed."
CONTRADICTIONS = {
    "nothing": ({}, "'audience' is missing: what its tokens for this API carry."),
    "no audience": (
        signed(audience=None),
        "'audience' is missing: what its tokens for this API carry.",
    ),
    "neither keys nor introspection": (
        signed(jwks_uri=None),
        "'jwks_uri' or 'introspection_url' is missing.",
    ),
    "empty address of the keys": (
        signed(jwks_uri=""),
        "'jwks_uri' or 'introspection_url' is missing.",
    ),
    "secret without introspection": (
        signed(client_secret=SECRET),
        "'client_secret' is of no use without 'introspection_url'.",
    ),
    "seconds without introspection": (
        signed(cache_seconds=9),
        "'cache_seconds' is of no use without 'introspection_url'.",
    ),
    "no client id": (asked(client_id=None), "'client_id' is missing: who we are there."),
    "no secret": (asked(client_secret=None), ONE_SECRET),
    "two secrets": (asked(client_secret_file="/run/secrets/orders-api"), ONE_SECRET),
    "no prefix": (
        asked(token_prefix=None),
        "'token_prefix' is missing: how its opaque tokens begin ('': all that are not ours).",
    ),
    "introspection at Keycloak": (
        asked(kind="keycloak"),
        "'introspection_url' is not for the kind 'keycloak': use 'jwks_uri'.",
    ),
}


@pytest.mark.parametrize("entry, sentence", CONTRADICTIONS.values(), ids=CONTRADICTIONS)
def test_entry_that_contradicts_itself_is_refused(entry, sentence):
    assert refusal({ISSUER: entry}) == AT_FAULT + sentence


def test_two_issuers_with_one_prefix_are_refused():
    other = "https://other.example.com"
    assert (
        refusal({other: asked(), "https://third.example.com": signed(), ISSUER: asked()})
        == f"{AT_FAULT}'token_prefix' is that of {other!r} too."
    )
    both = remote_issuers({other: asked(token_prefix=""), ISSUER: asked()})
    assert list(both) == [other, ISSUER]
