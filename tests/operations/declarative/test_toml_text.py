import tomllib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oauth_m2m.operations.declarative.document import FaultyDocument
from oauth_m2m.operations.declarative.toml_text import read_toml, write_toml

TEXT = """\
# a comment = 1
top.inner = 1

[clients."a b"]
name = '''
[not a header]
key = 1
'''
scopes = [
  "x", # ] "
  "y",
]
metadata = { deep = [ { a = 1 } ] }

[[clients."a b".workload_identities]]
issuer = "i"
[clients."a b".workload_identities.conditions]
team = "x"
[[clients."a b".workload_identities]]
issuer = "j"
[[clients."a b".workload_identities.more]]
z = 1
"""


def test_each_key_has_the_line_on_which_its_statement_begins():
    client = ("clients", "a b")
    identities = (*client, "workload_identities")
    assert read_toml(TEXT).lines == {
        ("top",): 2,
        ("top", "inner"): 2,
        ("clients",): 4,
        client: 4,
        (*client, "name"): 5,
        (*client, "scopes"): 9,
        (*client, "scopes", 0): 9,
        (*client, "scopes", 1): 9,
        (*client, "metadata"): 13,
        (*client, "metadata", "deep"): 13,
        (*client, "metadata", "deep", 0): 13,
        (*client, "metadata", "deep", 0, "a"): 13,
        identities: 15,
        (*identities, 0): 15,
        (*identities, 0, "issuer"): 16,
        (*identities, 0, "conditions"): 17,
        (*identities, 0, "conditions", "team"): 18,
        (*identities, 1): 19,
        (*identities, 1, "issuer"): 20,
        (*identities, 1, "more"): 21,
        (*identities, 1, "more", 0): 21,
        (*identities, 1, "more", 0, "z"): 22,
    }


def test_lines_are_those_of_an_editor_that_ends_them_with_carriage_returns():
    document = read_toml('a = """\r\nb\r\n"""\r\nc = 1\r\n')
    assert document.lines == {("a",): 1, ("c",): 4}


@pytest.mark.parametrize(
    "text, line, part",
    [
        pytest.param("a = 1\nb =\n", 2, "(on this line", id="no value"),
        pytest.param("a = 1\n\na = 2\n", 3, "Cannot overwrite", id="a key twice"),
        pytest.param('a = 1\nb = """\n\n', 2, "end of document", id="an open text"),
        pytest.param(f"a = {'9' * 5000}", 1, "This is no TOML", id="an endless number"),
        pytest.param(f"a = {'[' * 100_000}", 0, "nested too deeply", id="endless lists"),
    ],
)
def test_what_is_no_toml_is_told_with_its_line(text: str, line: int, part: str):
    with pytest.raises(FaultyDocument) as caught:
        read_toml(text)
    [fault] = caught.value.faults
    assert (fault.line, fault.place) == (line, ())
    assert part in fault.message


def test_file_is_written_for_people():
    entry = {"name": "Nightly", "pem": "-\nb\n", "disabled": True, "networks": [], "none": {}}
    entry |= {"long": ["x" * 50, "y" * 50], "metadata": {"a b": [1, {"c": 2.5}]}, "bell": "\x07é"}
    content = {"scopes": {"a:b": {}}, "clients": {"n": entry}}
    assert (
        write_toml(content)
        == f"""\
[scopes."a:b"]

[clients.n]
name = "Nightly"
pem = \"\"\"
-
b
\"\"\"
disabled = true
networks = []
none = {{}}
long = [
  "{"x" * 50}",
  "{"y" * 50}",
]
metadata = {{ "a b" = [1, {{ c = 2.5 }}] }}
bell = "\\u0007é"
"""
    )


TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
VALUES = st.recursive(
    st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXTS,
    lambda inner: st.lists(inner) | st.dictionaries(TEXTS, inner),
    max_leaves=8,
)


@given(st.dictionaries(TEXTS, VALUES))
@settings(max_examples=50, deadline=None, database=None)
def test_what_is_written_is_read_back_and_shows_nothing_to_a_terminal(entry):
    content = {"clients": {"x": entry}}
    written = write_toml(content)
    assert tomllib.loads(written) == content
    assert read_toml(written).content == content
    assert all(line.isprintable() for line in written.split("\n"))
