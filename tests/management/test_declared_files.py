import io
import sys
from pathlib import Path

import pytest
from django.core.management import CommandError

from oauth_m2m.management.declared_files import faulty, read_document
from oauth_m2m.operations.declarative import yaml_text
from oauth_m2m.operations.declarative.document import Fault, FaultyDocument


@pytest.mark.parametrize(
    "name, text, form",
    [
        pytest.param("a.toml", "[scopes.a]", None, id="toml"),
        pytest.param("a.YML", "scopes: {a: {}}", None, id="yml"),
        pytest.param("a.yaml", "\ufeffscopes: {a: {}}", None, id="byte order mark"),
        pytest.param("a.txt", "[scopes.a]", "toml", id="by the flag"),
        pytest.param("a.toml", "scopes: {a: {}}", "yaml", id="the flag goes first"),
    ],
)
def test_file_is_read(name: str, text: str, form: str | None, tmp_path: Path):
    path = tmp_path / name
    path.write_text(text)
    assert read_document(str(path), form).content == {"scopes": {"a": {}}}


def test_standard_input_is_toml(monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"[scopes.a]")))
    assert read_document("-", None).content == {"scopes": {"a": {}}}


@pytest.mark.parametrize(
    "name, content, message",
    [
        pytest.param("a.txt", b"", ": is it TOML or YAML? Add --format", id="unknown form"),
        pytest.param("a.toml", b"\xff", " is no UTF-8 text.", id="no text"),
        pytest.param("a.toml", b"a =", ", line 1: This is no TOML", id="no TOML"),
    ],
)
def test_what_cannot_be_read_is_refused(name: str, content: bytes, message: str, tmp_path: Path):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(CommandError) as caught:
        read_document(str(path), None)
    assert f"{path}{message}" in str(caught.value)


def test_missing_file_is_refused():
    with pytest.raises(CommandError, match=r"^No such file or directory: none\.toml$"):
        read_document("none.toml", None)


def test_missing_pyyaml_is_told(tmp_path: Path, monkeypatch):
    monkeypatch.setattr(yaml_text, "yaml", None)
    path = tmp_path / "a.yaml"
    path.touch()
    with pytest.raises(CommandError, match="pip install"):
        read_document(str(path), None)


def test_faults_name_line_place_and_what_was_meant_and_no_secret():
    faults = [
        Fault(0, (), "Deep."),
        Fault(2, ("scops",), "No.", "scops", ("scopes", "clients")),
        Fault(3, ("a", "b" * 60), "No.", "zzz", ("scopes",)),
    ]
    assert str(faulty(FaultyDocument(faults), "f")) == (
        "f: Deep.\nf, line 2: scops: No. Did you mean scopes?\nf, line 3: a.[redacted]: No.\n"
        "Nothing was changed."
    )
