"""
The kinds of values that the keys of an entry have.

As in ``setting_types``: the typed value, or a ValueError with the rest of a sentence.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final

from oauth_m2m import protocol, setting_types
from oauth_m2m.remote_issuers.described import ClaimPath, GroupRule
from oauth_m2m.remote_issuers.kinds import KINDS

__all__ = ["KEYS", "typed"]


def typed(name: object, value: object) -> Any:
    """Return *value* as the key *name* has it."""
    parse = KEYS.get(name) if isinstance(name, str) else None
    if parse is None:
        message = f"{name!r} is no key. The keys are {', '.join(sorted(KEYS))}."
        raise ValueError(message)
    try:
        return parse(value)
    except ValueError as error:
        message = f"{name!r} {error}"
        raise ValueError(message) from None


def _some_texts(value: object) -> tuple[str, ...]:
    found = setting_types.texts([value] if isinstance(value, str) else value)
    if found:
        return found
    message = "must be a string or a list of strings, at least one."
    raise ValueError(message)


def _media_types(value: object) -> tuple[str, ...]:
    return tuple(name.lower().removeprefix("application/") for name in _some_texts(value))


def _claim_paths(value: object) -> tuple[ClaimPath, ...]:
    if isinstance(value, list | tuple) and value:
        return tuple(map(_claim_path, value))
    message = "must be a list of claims, at least one."
    raise ValueError(message)


def _claim_path(value: object) -> ClaimPath:
    # A list, since names of claims have dots and slashes themselves.
    path = (value,) if isinstance(value, str) else value
    if isinstance(path, list | tuple) and path and all(isinstance(n, str) and n for n in path):
        return tuple(path)
    message = "must name a claim: a string, or a list of strings for one inside another."
    raise ValueError(message)


def _required_claims(value: object) -> tuple[tuple[str, tuple[str, ...] | None], ...]:
    if not (isinstance(value, Mapping) and all(isinstance(name, str) for name in value)):
        message = "must be a dict from claim to the texts that it may be; None: it must be absent."
        raise ValueError(message)
    return tuple(
        (name, None if allowed is None else _some_texts(allowed)) for name, allowed in value.items()
    )


def _group_rules(value: object) -> tuple[GroupRule, ...]:
    if isinstance(value, list | tuple):
        return tuple(map(_group_rule, value))
    message = "must be a list of rules."
    raise ValueError(message)


def _group_rule(value: object) -> GroupRule:
    named = dict(value) if isinstance(value, Mapping) else {}
    is_whole = "groups" in named and ("claim" in named) == ("value" in named)
    if not is_whole or named.keys() - {"groups", "clients", "claim", "value"}:
        message = "must have rules of 'groups', and 'clients', or 'claim' and 'value', or both."
        raise ValueError(message)
    return GroupRule(
        groups=_some_texts(named["groups"]),
        clients=_some_texts(named["clients"]) if "clients" in named else None,
        claim=_claim_path(named["claim"]) if "claim" in named else None,
        value=setting_types.text(named.get("value", "")),
    )


KEYS: Final[Mapping[str, Callable[[object], Any]]] = MappingProxyType(
    {
        "kind": setting_types.one_of(*KINDS),
        "audience": _some_texts,
        "jwks_uri": setting_types.safe_url,
        "algorithms": setting_types.known_names(*protocol.ASYMMETRIC_ALGORITHMS),
        "token_types": _media_types,
        "client_claims": _claim_paths,
        "scope_claims": _claim_paths,
        "required_claims": _required_claims,
        "subject": setting_types.text,
        "groups": _group_rules,
        "introspection_url": setting_types.safe_url,
        "client_id": setting_types.text,
        "client_secret": setting_types.text,
        "client_secret_file": setting_types.text,
        "token_prefix": setting_types.text,
        "cache_seconds": setting_types.seconds,
    }
)
