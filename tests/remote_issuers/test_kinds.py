"""The kinds are keys that could be written out."""

import pytest

from oauth_m2m.remote_issuers.kinds import DEFAULT_KIND, KEYS_WITHOUT_KIND, KINDS
from tests.remote_issuers.entries import read, signed


@pytest.mark.parametrize("kind", KINDS)
def test_kind_is_the_same_as_its_keys(kind):
    written = {"subject": "", "required_claims": {}, **KINDS[kind]}
    assert read(signed(kind=kind)) == read(signed(**written))


def test_entry_without_a_kind_has_the_default_one():
    assert read(signed()) == read(signed(kind=DEFAULT_KIND))


def test_no_kind_says_who_we_are():
    for keys in KINDS.values():
        assert keys.keys().isdisjoint({"audience", "jwks_uri", "introspection_url", "groups"})
        assert keys.keys() - KEYS_WITHOUT_KIND.keys() == {
            "token_types",
            "client_claims",
            "scope_claims",
        }
