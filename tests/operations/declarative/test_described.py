import pytest

from oauth_m2m.models import Client, TrustedIssuer
from oauth_m2m.operations.declarative.described import (
    default_entry,
    described,
    is_same,
    rows_of,
    set_values,
)
from oauth_m2m.operations.declarative.shape import SECTIONS


@pytest.mark.parametrize(
    "key, before, after, same",
    [
        pytest.param("scopes", ["a", "b"], ["b", "a"], True, id="order of a set"),
        pytest.param("metadata", [1, 2], [2, 1], False, id="order of a list"),
        pytest.param("metadata", {"a": True}, {"a": 1}, False, id="truth and number"),
        pytest.param("metadata", {"a": [1e16]}, {"a": [10**16]}, True, id="whole float"),
        pytest.param("metadata", {"a": 1, "b": 2}, {"b": 2, "a": 1}, True, id="order of keys"),
    ],
)
def test_values_that_mean_the_same(key: str, before, after, *, same: bool):
    assert is_same(key, before, after) is same


@pytest.mark.parametrize("section", SECTIONS)
def test_new_row_has_every_key(section: str):
    assert set(default_entry(section, "x")) == set(SECTIONS[section])


@pytest.mark.django_db
def test_row_says_every_key_and_only_what_works(registered):
    registered.client.secrets.update(revoked_at=registered.client.created_at)
    [row] = rows_of("clients").values()
    assert described("clients", row) == {
        **default_entry("clients", "A client"),
        "scopes": ["orders:read"],
        "optional_scopes": ["orders:write"],
    }


def test_columns_are_set_and_names_of_other_rows_are_not():
    client, issuer = Client(token_lifetime=5), TrustedIssuer()
    set_values(client, {"token_lifetime": 0, "disabled": True, "owner": "x", "name": "n"})
    set_values(issuer, {"disabled": True})
    assert (client.token_lifetime, client.is_active, client.name) == (None, True, "n")
    assert issuer.is_active is False
