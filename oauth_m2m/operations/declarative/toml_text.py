"""
TOML, with the lines of its keys.

https://toml.io/en/v1.0.0
"""

import json
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from oauth_m2m.operations.declarative.document import (
    BARE_KEY,
    Document,
    Fault,
    FaultyDocument,
    Place,
)

__all__ = ["read_toml", "write_toml"]

_LINE: Final = re.compile(r"at line (\d+)")
_LONG: Final = 80


def read_toml(text: str) -> Document:
    """Return what *text* says; raises FaultyDocument when it is no TOML."""
    text = text.replace("\r\n", "\n")
    try:
        content = tomllib.loads(text)
    except RecursionError:
        raise FaultyDocument([Fault(0, (), "It is nested too deeply.")]) from None
    except ValueError as error:
        # The end of the document has no number, and neither has an endless number.
        found = _LINE.search(str(error))
        line = int(found[1]) if found else len(text.rstrip().split("\n"))
        message = f"This is no TOML: {_LINE.sub('on this line', str(error))}."
        raise FaultyDocument([Fault(line, (), message)]) from None
    return Document(content, _lines(text))


def write_toml(content: Mapping[str, Mapping[str, Mapping[str, Any]]]) -> str:
    """Return *content* (sections, their entries, the keys of these) as TOML."""
    return "\n".join(
        "".join([f"[{section}.{_key(name)}]\n", *_assignments(entry)])
        for section, entries in content.items()
        for name, entry in entries.items()
    )


def _lines(text: str) -> dict[Place, int]:
    lines: dict[Place, int] = {}
    table: Place = ()
    tables: dict[Place, int] = {}
    for line, statement in _statements(text):
        parsed = tomllib.loads(statement)
        if statement.lstrip().startswith("["):
            table = _header(parsed, tables)
            for length in range(1, len(table) + 1):
                lines.setdefault(table[:length], line)
            continue
        for place in _places(parsed):
            lines.setdefault((*table, *place), line)
    return lines


def _statements(text: str) -> Iterator[tuple[int, str]]:
    # tomllib knows no lines, but it knows where a statement ends: each is TOML by itself, and
    # no beginning of one is, because a string or a list would still be open.
    begun: list[str] = []
    for number, line in enumerate(text.split("\n"), start=1):
        begun.append(line)
        statement = "\n".join(begun)
        try:
            tomllib.loads(statement)
        except tomllib.TOMLDecodeError:
            continue
        yield number - len(begun) + 1, statement
        begun = []


def _header(parsed: Any, tables: dict[Place, int]) -> Place:
    """Return the place that a header opens; *tables* counts those of each [[list]]."""
    place: Place = ()
    while parsed:
        if isinstance(parsed, list):
            tables[place] = tables.get(place, -1) + 1
            return (*place, tables[place])
        [(key, parsed)] = parsed.items()
        if place in tables:
            place = (*place, tables[place])
        place = (*place, key)
    return place


def _places(parsed: Any) -> Iterator[Place]:
    pairs = parsed.items() if isinstance(parsed, dict) else enumerate(parsed)
    for step, value in pairs:
        yield (step,)
        if isinstance(value, dict | list):
            yield from ((step, *place) for place in _places(value))


def _assignments(entry: Mapping[str, Any]) -> Iterator[str]:
    for key, value in entry.items():
        yield f"{_key(key)} = {_block(value)}\n"


def _block(value: Any) -> str:
    if isinstance(value, list):
        items = [_block(item) if isinstance(item, str) else _inline(item) for item in value]
        if sum(map(len, items)) > _LONG:
            return "[\n" + "".join(f"  {item},\n" for item in items) + "]"
    if isinstance(value, str) and "\n" in value:
        return '"""\n' + "\n".join(map(_escaped, value.split("\n"))) + '"""'
    return _inline(value)


def _inline(value: Any) -> str:
    if isinstance(value, str):
        return f'"{_escaped(value)}"'
    if isinstance(value, Mapping):
        pairs = ", ".join(f"{_key(key)} = {_inline(item)}" for key, item in value.items())
        return f"{{ {pairs} }}" if pairs else "{}"
    if isinstance(value, Sequence):
        return f"[{', '.join(map(_inline, value))}]"
    return json.dumps(value)


def _key(key: str) -> str:
    return key if BARE_KEY.fullmatch(key) else f'"{_escaped(key)}"'


def _escaped(text: str) -> str:
    # A terminal shows the file, so nothing in it may be a command to the terminal.
    return "".join(map(_escaped_character, json.dumps(text, ensure_ascii=False)[1:-1]))


def _escaped_character(character: str) -> str:
    return character if character.isprintable() else f"\\U{ord(character):08x}"
