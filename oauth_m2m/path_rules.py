"""
What ``PROTECTED_PATHS`` says: the scopes that a request to a path needs.

A guard in front of a site reads a path before the site's URL patterns and views do, and must
not read it more narrowly than any of them. So a path is looked up in several readings, and
the rules of all of them hold.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final
from urllib.parse import unquote

__all__ = ["PathRule", "parse_path_rules", "rules_for"]

_PUBLIC: Final = "public"
_ANY_METHOD: Final = "*"
_PEOPLE: Final = "people"

# A pattern or a query would be read as a plain path, and guard nothing.
_PLAIN_PATH: Final = re.compile(r"/[^\s?#%<>*^$()\\{}\[\]|]*")

_SEGMENT_END: Final = r"(?=/|\Z)"
# DRF serves "/reports.json" by the view of "/reports": only a longer name is another name.
_NAME_END: Final = r"(?![\w-])"

_METHOD: Final = re.compile(r"[A-Z]+|\*")


@dataclass(frozen=True, slots=True)
class PathRule:
    """What a path and everything under it need; *scopes* are by HTTP method."""

    path: str
    scopes: Mapping[str, tuple[str, ...]]
    admits_people: bool = False

    @property
    def is_public(self) -> bool:
        """Whether nothing is needed."""
        return not self.scopes

    @property
    def methods(self) -> frozenset[str]:
        """The methods that are named, and HEAD with GET."""
        return frozenset({*self.scopes, *(("HEAD",) if "GET" in self.scopes else ())})

    def required(self, method: str) -> tuple[str, ...] | None:
        """Return the scopes that *method* needs, or None if it may not be used."""
        # Django answers HEAD with what the view does for GET.
        names = (method, "GET", _ANY_METHOD) if method == "HEAD" else (method, _ANY_METHOD)
        return next((self.scopes[name] for name in names if name in self.scopes), None)


def parse_path_rules(value: object, *, scope_token: re.Pattern[str]) -> tuple[PathRule, ...]:
    """
    Return the rules that *value* writes down, the longest path first.

    Raises a ValueError that says what it must be, as the rest of a sentence that starts with
    the setting's name. A scope is what *scope_token* matches.
    """
    if not isinstance(value, Mapping):
        message = "must map paths to scopes, such as {'/reports/': ['reports:read']}."
        raise ValueError(message)  # noqa: TRY004 - as the other kinds of settings do
    rules: dict[str, PathRule] = {}
    for path, needed in value.items():
        key = _parsed_path(path)
        if key.casefold() in rules:
            message = f"has the path {path!r} twice; case and a slash at its end do not count."
            raise ValueError(message)
        rules[key.casefold()] = _parsed_rule(key, path, needed, scope_token)
    return tuple(sorted(rules.values(), key=lambda rule: -len(rule.path)))


def rules_for(rules: Sequence[PathRule], path_info: str) -> tuple[PathRule, ...]:
    """
    Return those of *rules*, longest path first, that a request to *path_info* must satisfy.

    In each reading of the path the longest rule holds. They are one and the same but for a
    path that can be read in two ways. A public rule asks for nothing and is left out.
    """
    found: dict[str, PathRule] = {}
    for reading in (path_info, _cleaned(path_info)):
        for end in (_SEGMENT_END, _NAME_END):
            matching = (rule for rule in rules if _pattern(rule.path, end).match(reading))
            rule = next(matching, None)
            if rule is not None and not rule.is_public:
                found[rule.path] = rule
    return tuple(found.values())


@cache
def _pattern(path: str, end: str) -> re.Pattern[str]:
    # As Django matches a pattern that ignores case: casefold() and lower() take fewer letters
    # for each other.
    return re.compile(re.escape(path) + end, re.IGNORECASE)


def _cleaned(path_info: str) -> str:
    # As a view sees it that decodes once more, takes "\" for "/", or follows "..".
    segments: list[str] = []
    for segment in re.split(r"[/\\]+", unquote(path_info)):
        if segment == "..":
            del segments[-1:]
        elif segment not in {"", "."}:
            segments.append(segment)
    return "/" + "/".join(segments)


def _parsed_path(path: object) -> str:
    if isinstance(path, str) and _PLAIN_PATH.fullmatch(path):
        key = path.removesuffix("/")
        if _cleaned(path) == (key or "/"):
            return key
    message = (
        f"has the path {path!r}: a path starts with a slash and is plain, without pattern,"
        " query, '..' or '//'."
    )
    raise ValueError(message)


def _parsed_rule(key: str, path: object, needed: object, scope_token: re.Pattern[str]) -> PathRule:
    if needed == _PUBLIC:
        return PathRule(key, {})
    entries: dict[Any, Any] = {_ANY_METHOD: needed}
    if isinstance(needed, Mapping):
        entries = dict(needed)
    people = entries.pop(_PEOPLE, False)
    if (
        entries
        and isinstance(people, bool)
        and all(isinstance(method, str) and _METHOD.fullmatch(method) for method in entries)
        and all(_are_scopes(scopes, scope_token) for scopes in entries.values())
    ):
        scopes = {method: tuple(names) for method, names in entries.items()}
        return PathRule(key, scopes, admits_people=people)
    message = (
        f"must have for {path!r} a list of scopes; or a dict from methods in capitals, or '*',"
        " to such lists, and from 'people' to True or False; or 'public'."
    )
    raise ValueError(message)


def _are_scopes(value: object, scope_token: re.Pattern[str]) -> bool:
    # An empty list is not "any token will do".
    return (
        isinstance(value, list | tuple)
        and bool(value)
        and all(isinstance(name, str) and scope_token.fullmatch(name) for name in value)
    )
