"""What may stand in a request, from noise to what is nearly right."""

import json
from base64 import urlsafe_b64encode
from typing import Any

from hypothesis import strategies as st

__all__ = ["BYTES", "HEADERS", "JSON", "encoded", "joined", "mutated"]

BYTES = st.binary(max_size=200)
# A server hands a header over as Latin-1, or as UTF-8 read as such.
HEADERS = st.one_of(st.text(max_size=120), BYTES.map(lambda raw: raw.decode("latin-1")))

_LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.sampled_from([10**400, -1, 2**63, 1e308, "", "\ud800", "\x00", "a" * 300]),
    st.text(max_size=20),
)
JSON: st.SearchStrategy[Any] = st.recursive(
    _LEAVES,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=8,
)


def encoded(value: Any) -> str:
    """Return *value* as JSON in base64url, as a part of a JWT."""
    return urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def joined(*pieces: str) -> st.SearchStrategy[str]:
    """Return texts of any of *pieces* and of what nobody expects, in any order."""
    return st.lists(st.one_of(st.sampled_from(pieces), st.text(max_size=4)), max_size=12).map(
        "".join
    )


def mutated(good: bytes) -> st.SearchStrategy[bytes]:
    """Return *good* with some of its bytes changed, doubled or cut out."""

    def mutate(changes: list[tuple[int, bytes, int]]) -> bytes:
        text = good
        for position, put, cut in changes:
            at = position % (len(text) + 1)
            text = text[:at] + put + text[at + cut :]
        return text

    change = st.tuples(st.integers(0, 10_000), st.binary(max_size=3), st.integers(0, 3))
    return st.lists(change, min_size=1, max_size=4).map(mutate)
