"""
Read the setting ``REMOTE_ISSUERS``.

Each refusal names the issuer and the key, and never a value: one of them is a secret.
"""

from collections.abc import Mapping
from typing import Any, Final

from oauth_m2m import setting_types
from oauth_m2m.remote_issuers.described import IntrospectionEndpoint, RemoteIssuer
from oauth_m2m.remote_issuers.entry_types import typed
from oauth_m2m.remote_issuers.kinds import DEFAULT_KIND, KEYS_WITHOUT_KIND, KINDS

__all__ = ["remote_issuers"]

_ONLY_FOR_INTROSPECTION: Final = (
    "client_id",
    "client_secret",
    "client_secret_file",
    "token_prefix",
    "cache_seconds",
)


def remote_issuers(value: object) -> Mapping[str, RemoteIssuer]:
    """Take a dict from issuer URL to a dict of the keys of ``docs/reference/settings.md``."""
    if not isinstance(value, Mapping):
        message = "must be a dict from each issuer's URL to a dict that describes it."
        raise ValueError(message)  # noqa: TRY004 - every kind raises ValueError
    parsed = {}
    for issuer, entry in value.items():
        try:
            parsed[issuer] = _issuer(issuer, entry)
        except ValueError as error:
            message = f"is wrong for {issuer!r}: {error}"
            raise ValueError(message) from None
    _refuse_equal_prefixes(parsed)
    return parsed


def _issuer(issuer: object, entry: object) -> RemoteIssuer:
    if setting_types.url(issuer) == "":
        message = "it must be a URL."
        raise ValueError(message)
    if not isinstance(entry, Mapping):
        message = "the value must be a dict."
        raise ValueError(message)  # noqa: TRY004 - every kind raises ValueError
    said = {name: typed(name, value) for name, value in entry.items()}
    kind = said.pop("kind", DEFAULT_KIND)
    _refuse_contradictions(said, kind)
    preset = {
        name: typed(name, value) for name, value in {**KEYS_WITHOUT_KIND, **KINDS[kind]}.items()
    }
    full = {**preset, **said}
    return RemoteIssuer(
        issuer=str(issuer),
        audiences=full["audience"],
        jwks_uri=full["jwks_uri"],
        introspection=_endpoint(full),
        algorithms=full["algorithms"],
        token_types=full["token_types"],
        client_claims=full["client_claims"],
        scope_claims=full["scope_claims"],
        required_claims=full["required_claims"],
        subject=full["subject"],
        group_rules=full["groups"],
    )


def _endpoint(full: Mapping[str, Any]) -> IntrospectionEndpoint | None:
    if not full["introspection_url"]:
        return None
    members = {name: full[name] for name in _ONLY_FOR_INTROSPECTION}
    return IntrospectionEndpoint(url=full["introspection_url"], **members)


def _refuse_contradictions(said: Mapping[str, Any], kind: str) -> None:
    is_asked = bool(said.get("introspection_url"))
    secrets = [name for name in ("client_secret", "client_secret_file") if said.get(name)]
    stray = [name for name in _ONLY_FOR_INTROSPECTION if name in said and not is_asked]
    refusals = (
        (not said.get("audience"), "'audience' is missing: what its tokens for this API carry."),
        (not (is_asked or said.get("jwks_uri")), "'jwks_uri' or 'introspection_url' is missing."),
        (bool(stray), f"'{''.join(stray[:1])}' is of no use without 'introspection_url'."),
        # Keycloak's answer has "client_id" for people too; the others have no such endpoint.
        (
            is_asked and kind != DEFAULT_KIND,
            f"'introspection_url' is not for the kind {kind!r}: use 'jwks_uri'.",
        ),
        (is_asked and not said.get("client_id"), "'client_id' is missing: who we are there."),
        (
            is_asked and len(secrets) != 1,
            "exactly one of 'client_secret' and 'client_secret_file' is needed.",
        ),
        (
            is_asked and "token_prefix" not in said,
            "'token_prefix' is missing: how its opaque tokens begin ('': all that are not ours).",
        ),
    )
    for applies, message in refusals:
        if applies:
            raise ValueError(message)


def _refuse_equal_prefixes(parsed: Mapping[str, RemoteIssuer]) -> None:
    owners: dict[str, str] = {}
    for issuer, entry in parsed.items():
        if entry.introspection is None:
            continue
        other = owners.setdefault(entry.introspection.token_prefix, issuer)
        if other != issuer:
            message = f"is wrong for {issuer!r}: 'token_prefix' is that of {other!r} too."
            raise ValueError(message)
