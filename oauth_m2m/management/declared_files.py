"""Read a declarative file that a command was given, and say what is wrong with it."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from django.core.management.base import CommandError

from oauth_m2m.credential_format import redact_credentials
from oauth_m2m.management.lookups import near_matches
from oauth_m2m.operations.declarative.document import Document, Fault, FaultyDocument
from oauth_m2m.operations.declarative.toml_text import read_toml
from oauth_m2m.operations.declarative.yaml_text import YamlMissing, read_yaml

__all__ = ["FORMATS", "faulty", "read_document"]

FORMATS: Final = ("toml", "yaml")
_SUFFIXES: Final = {".toml": "toml", ".yaml": "yaml", ".yml": "yaml"}


def read_document(path: str, form: str | None) -> Document:
    """
    Return what the file says, or standard input if *path* is ``-``.

    *form* None goes by the end of the file's name. Raises CommandError.
    """
    form = form or ("toml" if path == "-" else _SUFFIXES.get(Path(path).suffix.lower()))
    if form is None:
        message = f"{path}: is it TOML or YAML? Add --format, or name it .toml or .yaml."
        raise CommandError(message)
    try:
        text = _bytes(path).decode("utf-8-sig")
        return read_yaml(text) if form == "yaml" else read_toml(text)
    except OSError as error:
        message = f"{error.strerror}: {path}"
        raise CommandError(message) from None
    except UnicodeDecodeError:
        message = f"{path} is no UTF-8 text."
        raise CommandError(message) from None
    except YamlMissing as error:
        raise CommandError(str(error)) from None
    except FaultyDocument as error:
        raise faulty(error, path) from None


def faulty(error: FaultyDocument, path: str) -> CommandError:
    """Return the error that names every fault in the file, by its line."""
    return CommandError("\n".join([*_lines(error.faults, path), "Nothing was changed."]))


def _lines(faults: list[Fault], path: str) -> Iterator[str]:
    for fault in faults:
        line = f", line {fault.line}" if fault.line else ""
        where = f"{fault.where}: " if fault.place else ""
        near = near_matches(fault.wanted, fault.known) if fault.wanted else ""
        # A secret may stand in the wrong place, and this goes to the log of some pipeline.
        told = redact_credentials(f"{where}{fault.message}{near}")
        yield f"{path}{line}: {told}"


def _bytes(path: str) -> bytes:
    return sys.stdin.buffer.read() if path == "-" else Path(path).read_bytes()
