import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oauth_m2m.operations.declarative import yaml_text
from oauth_m2m.operations.declarative.document import FaultyDocument
from oauth_m2m.operations.declarative.yaml_text import YamlMissing, read_yaml, write_yaml

TEXT = """\
scopes:
  orders:read: {}
clients:
  nightly:
    name: Nightly
    scopes:
    - orders:read
    metadata: {a: [1,
      true]}
"""


def test_each_key_and_item_has_its_line():
    document = read_yaml(TEXT)
    client = ("clients", "nightly")
    assert document.content == {
        "scopes": {"orders:read": {}},
        "clients": {
            "nightly": {
                "name": "Nightly",
                "scopes": ["orders:read"],
                "metadata": {"a": [1, True]},
            }
        },
    }
    assert document.lines == {
        ("scopes",): 1,
        ("scopes", "orders:read"): 2,
        ("clients",): 3,
        client: 4,
        (*client, "name"): 5,
        (*client, "scopes"): 6,
        (*client, "scopes", 0): 7,
        (*client, "metadata"): 8,
        (*client, "metadata", "a"): 8,
        (*client, "metadata", "a", 0): 8,
        (*client, "metadata", "a", 1): 9,
    }


@pytest.mark.parametrize("text", ["", "# nothing\n", "---\n"], ids=["empty", "a comment", "null"])
def test_empty_file_declares_nothing(text: str):
    assert read_yaml(text).content == {}


NO_VALUE = "This is no value: put it into quotes if it is a text."
TWICE = "This key is there twice."
TEXT_KEY = "A key must be a text: put it into quotes."
MAPPING = "The file must be a mapping: clients, scopes and so on."


@pytest.mark.parametrize(
    "text, expected",
    [
        pytest.param("a: 1\nb: [\n", [(3, "", None)], id="an open list"),
        pytest.param("a: 1\n\x07b: 1", [(2, "", None)], id="a control character"),
        pytest.param("a: 1\n--- \nb: 1", [(2, "", None)], id="two documents"),
        pytest.param("a: !!python/object:os.system x", [(1, "", None)], id="an object"),
        pytest.param("- a", [(1, "", MAPPING)], id="a list"),
        pytest.param("text", [(1, "", MAPPING)], id="a text"),
        pytest.param("c:\n  a: 1\n  a: 2", [(3, "c.a", TWICE)], id="a key twice"),
        pytest.param("c:\n  1: x\n  2: y", [(2, "c", TEXT_KEY), (3, "c", TEXT_KEY)], id="numbers"),
        *(
            pytest.param(text, [(1, "a", NO_VALUE)], id=name)
            for name, text in {
                "no date": "a: 2026-13-45",
                "no truth": "a: !!bool maybe",
                "no moment": "a: !!timestamp soon",
                "no number": "a: !!int ''",
                "no fraction": "a: !!float ''",
                "a fraction beyond all": "a: !!float 1" + ":1" * 400,
            }.items()
        ),
        pytest.param(
            "a: &x [1]\nb: *x",
            [(2, "", "Aliases (*name) are not read: write the value out.")],
            id="an alias",
        ),
        pytest.param(
            "[" * 2_000 + "]" * 2_000, [(0, "", "It is nested too deeply.")], id="endless lists"
        ),
    ],
)
def test_what_is_not_read_is_told_with_its_line(text: str, expected):
    with pytest.raises(FaultyDocument) as caught:
        read_yaml(text)
    told = [(fault.line, fault.where, fault.message) for fault in caught.value.faults]
    # What PyYAML says of its own is its own; that it says it is ours.
    for fault, (line, where, message) in zip(told, expected, strict=True):
        assert fault[:2] == (line, where)
        assert fault[2].startswith("This is no YAML: ") if message is None else fault[2] == message


TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXTS,
    lambda inner: st.lists(inner) | st.dictionaries(TEXTS, inner),
    max_leaves=8,
)


@given(st.dictionaries(TEXTS, VALUES))
@settings(max_examples=50, deadline=None, database=None)
def test_what_is_written_is_read_back(content):
    assert read_yaml(write_yaml(content)).content == content


@pytest.mark.parametrize("act", [read_yaml, write_yaml], ids=["read", "write"])
def test_without_pyyaml_a_sentence_says_what_to_install(act, monkeypatch):
    monkeypatch.setattr(yaml_text, "yaml", None)
    with pytest.raises(YamlMissing) as caught:
        act("")
    assert str(caught.value) == (
        "YAML needs PyYAML, which is not installed: pip install django-oauth-m2m[yaml], or use"
        " TOML."
    )


def test_module_is_imported_where_pyyaml_is_missing():
    program = (
        "import sys; sys.modules['yaml'] = None\n"
        "from oauth_m2m.operations.declarative.yaml_text import YamlMissing, read_yaml\n"
        "try: read_yaml('')\n"
        "except YamlMissing: print('missing')"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout == "missing\n"
