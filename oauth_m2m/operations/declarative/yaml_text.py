"""
YAML, with the lines of its keys; needs PyYAML, the extra ``yaml``.

https://yaml.org/spec/1.1/
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from oauth_m2m.operations.declarative.document import Document, Fault, FaultyDocument, Place

try:
    import yaml
except ImportError:  # pragma: no cover # the tests have PyYAML; one of them runs without, apart
    yaml = None  # type: ignore[assignment] # the module, or that it is missing

__all__ = ["YamlMissing", "read_yaml", "write_yaml"]

# What PyYAML ends in over a tag that its value does not fit, such as "!!bool maybe".
_NO_VALUE: Final = (ValueError, KeyError, IndexError, AttributeError, OverflowError)


class YamlMissing(Exception):
    """PyYAML is not installed; the text says how to get it."""

    def __init__(self) -> None:
        """Name the extra."""
        super().__init__(
            "YAML needs PyYAML, which is not installed: pip install django-oauth-m2m[yaml], or"
            " use TOML."
        )


def read_yaml(text: str) -> Document:
    """Return what *text* says; raises FaultyDocument when it is no YAML that we read."""
    _require()
    reading = _Reading()
    try:
        loader = yaml.SafeLoader(text)
        for event in yaml.parse(text, Loader=yaml.SafeLoader):
            if isinstance(event, yaml.AliasEvent):
                message = "Aliases (*name) are not read: write the value out."
                reading.note(event, (), message)
        if not reading.faults:
            node = loader.get_single_node()
            value = None if node is None else reading.value(loader, node, ())
            content = {} if value is None else value
            if not isinstance(content, dict):
                reading.note(node, (), "The file must be a mapping: clients, scopes and so on.")
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 0
        raise FaultyDocument([Fault(line, (), f"This is no YAML: {error.problem}.")]) from None
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        message = "This is no YAML: it has a character that must be escaped."
        raise FaultyDocument([Fault(line, (), message)]) from None
    except RecursionError:
        raise FaultyDocument([Fault(0, (), "It is nested too deeply.")]) from None
    if reading.faults:
        raise FaultyDocument(reading.faults)
    return Document(content, reading.lines)


def write_yaml(content: Mapping[str, Any]) -> str:
    """Return *content* as YAML."""
    _require()

    class Dumper(yaml.SafeDumper):
        """Quotes what PyYAML would write as a line break and read back as a space."""

    def quoted(dumper: Any, text: str) -> Any:
        style = None if text.isprintable() else '"'
        return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)

    Dumper.add_representer(str, quoted)
    text: str = yaml.dump(
        content, Dumper=Dumper, sort_keys=False, allow_unicode=True, width=float("inf")
    )
    return text if content else ""


def _require() -> None:
    if yaml is None:
        raise YamlMissing


@dataclass
class _Reading:
    """Values, lines and faults of one file."""

    lines: dict[Place, int] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)

    def note(self, marked: Any, place: Place, message: str) -> None:
        self.faults.append(Fault(marked.start_mark.line + 1, place, message))

    def value(self, loader: Any, node: Any, place: Place) -> Any:
        """Return the value of *node* as plain Python; what is in it is remembered by line."""
        if isinstance(node, yaml.MappingNode):
            return self._mapping(loader, node, place)
        if isinstance(node, yaml.SequenceNode):
            items = []
            for index, item in enumerate(node.value):
                inner = (*place, index)
                self.lines[inner] = item.start_mark.line + 1
                items.append(self.value(loader, item, inner))
            return items
        try:
            return loader.construct_object(node)
        except _NO_VALUE:
            self.note(node, place, "This is no value: put it into quotes if it is a text.")
            return None

    def _mapping(self, loader: Any, node: Any, place: Place) -> dict[str, Any]:
        mapping: dict[str, Any] = {}
        for key_node, value_node in node.value:
            key = self.value(loader, key_node, place)
            if not isinstance(key, str):
                self.note(key_node, place, "A key must be a text: put it into quotes.")
                continue
            inner = (*place, key)
            if key in mapping:
                # PyYAML would take the last one and say nothing.
                self.note(key_node, inner, "This key is there twice.")
            self.lines[inner] = key_node.start_mark.line + 1
            mapping[key] = self.value(loader, value_node, inner)
        return mapping
