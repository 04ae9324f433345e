"""Declarative files: any text is a document, or faults with their lines; never a traceback."""

import json

import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from oauth_m2m.operations.declarative.document import Document, FaultyDocument
from oauth_m2m.operations.declarative.shape import SECTIONS, entries_of, shape_faults
from oauth_m2m.operations.declarative.toml_text import read_toml, write_toml
from oauth_m2m.operations.declarative.yaml_text import read_yaml, write_yaml
from tests.properties.profile import bounded, outcome
from tests.properties.wire import JSON, joined

TOML = st.one_of(
    st.text(max_size=80),
    joined(
        "[clients.a]\n",
        "[[",
        "]]",
        "\n",
        "name",
        "=",
        '"',
        "'''",
        "{",
        "}",
        "1",
        "1979-05-27",
        ",",
        ".",
    ),
)
YAML = st.one_of(
    st.text(max_size=80),
    JSON.map(json.dumps),
    joined(
        "clients:\n", " ", "a: ", "- ", "\n", "&x", "*x", "!!", "int ", "float ", "bool ", "set ",
        "timestamp ", "binary ", "omap ", "null ", "?", ":", "|", ">", "{", "}", "[", "]", "<<: ",
        "1:60", "0x", ".inf", "2001-01-01", "!", "%", "---", "@",
    ),
)  # fmt: skip

KEYS = sorted({key for keys in SECTIONS.values() for key in keys})
ENTRY = st.dictionaries(st.sampled_from([*KEYS, "other"]), JSON, max_size=5)
CONTENT = st.dictionaries(
    st.sampled_from([*SECTIONS, "other"]),
    st.one_of(JSON, st.dictionaries(st.text(max_size=6), st.one_of(ENTRY, JSON), max_size=3)),
    max_size=4,
)


def assert_told(faulty: FaultyDocument, text: str) -> None:
    assert faulty.faults
    for fault in faulty.faults:
        assert 0 <= fault.line <= text.count("\n") + 1
        assert fault.message


@bounded
@given(TOML)
@example("a = " + "[" * 5000)
@example("a = " + "9" * 5000)
@example("a = [\n" + "1,\n" * 300 + "]")
def test_any_toml_is_a_document_or_faults(text: str):
    document = outcome(FaultyDocument, read_toml, text)
    if isinstance(document, FaultyDocument):
        assert_told(document, text)
        return
    for fault in shape_faults(document):
        assert fault.where
        assert 1 <= fault.line <= text.count("\n") + 1


@bounded
@given(YAML)
@example("[" * 5000)
@example("a: !!bool maybe")
@example("a: !!timestamp soon")
@example("a: !!int ''")
@example("a: !!float ''")
@example("a: !!float '1" + ":1" * 400 + "'")
@example("a: !!int '0b'")
@example("a: !!binary é")
@example("a: !!python/name:os.system x")
@example("a: 2001-99-99")
@example("? !!float 1:1\n: 1")
@example("a: " + "9" * 5000)
def test_any_yaml_is_a_document_or_faults(text: str):
    document = outcome(FaultyDocument, read_yaml, text)
    if isinstance(document, FaultyDocument):
        assert_told(document, text)
        return
    assert all(fault.message for fault in shape_faults(document))


@bounded
@given(st.one_of(CONTENT, st.dictionaries(st.text(max_size=4), JSON)))
def test_any_content_has_a_shape_or_faults(content):
    document = Document(content)
    faults = shape_faults(document)
    for section in SECTIONS:
        for name, entry in entries_of(document, section, faults).items():
            assert isinstance(name, str)
            assert set(entry) <= set(SECTIONS[section])


SOUND = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=12)
WRITTEN = st.dictionaries(
    st.sampled_from([*SECTIONS]),
    st.dictionaries(
        SOUND,
        st.dictionaries(
            st.sampled_from(KEYS),
            st.one_of(
                SOUND, st.integers(-(2**40), 2**40), st.booleans(), st.lists(SOUND, max_size=3)
            ),
            min_size=1,
            max_size=4,
        ),
        min_size=1,
        max_size=3,
    ),
    max_size=3,
)


@bounded
@given(WRITTEN)
def test_what_is_written_is_read_as_the_same(content):
    assert read_toml(write_toml(content)).content == content
    assert read_yaml(write_yaml(content)).content == content
    assert (yaml.safe_load(write_yaml(content)) or {}) == content
