"""
drf-spectacular: the security scheme of machine tokens, and each operation's scopes.

Loaded by our app's configuration where ``drf_spectacular`` is in INSTALLED_APPS.
https://spec.openapis.org/oas/v3.0.3#security-requirement-object
"""

from collections.abc import Iterable
from itertools import product
from typing import Any, Final

from drf_spectacular.drainage import set_override, warn
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import ResolvedComponent
from drf_spectacular.settings import spectacular_settings
from rest_framework.views import APIView

from oauth_m2m.contrib.openapi import add_scopes, described_scopes, security_scheme
from oauth_m2m.rest_framework import HasScopes, IsMachine, MachineTokenAuthentication
from oauth_m2m.rest_framework.composed import alternatives, conditions, parts

__all__ = ["MachineTokenScheme", "describe_refusals"]

NAME: Final = "machineToken"

# Alternatives, each a set of scopes that opens the operation to a machine.
Alternatives = list[frozenset[str]]

# A permission that says nothing of scopes asks a machine for none, and leaves it a chance.
_ANY_TOKEN: Final[Alternatives] = [frozenset()]
_NO_TOKEN: Final[Alternatives] = []

_REFUSED: Final = "MachineTokenRefused"
_LACKING: Final = "MachineTokenLacksScope"
_CHALLENGE: Final = {
    "WWW-Authenticate": {
        "description": "The challenge of RFC 6750 section 3.",
        "schema": {"type": "string"},
    }
}
_REFUSALS: Final = {
    _REFUSED: {
        "description": "No access token was sent, or it is not valid.",
        "headers": _CHALLENGE,
    },
    _LACKING: {
        "description": "The access token lacks a scope; the challenge names what is required.",
        "headers": _CHALLENGE,
    },
}

# spectacular warns of authenticators that share a scheme. A subclass of ours means to.
set_override(MachineTokenAuthentication, "suppress_collision_warning", value=True)


class MachineTokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call] # its own hook
    """Describes MachineTokenAuthentication and its subclasses."""

    target_class = MachineTokenAuthentication
    match_subclasses = True
    name = NAME

    def get_security_requirement(self, auto_schema: AutoSchema) -> list[dict[str, list[Any]]]:
        """Return one requirement for each alternative that the view's permissions leave."""
        found = _by_all(auto_schema.view.get_permissions(), auto_schema.view)
        return [{NAME: sorted(scopes)} for scopes in dict.fromkeys(found)]

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, Any]:
        """Return the flow with all scopes: those of the table and those that views name."""
        scheme = self._registered(auto_schema)
        for requirement in self.get_security_requirement(auto_schema):
            add_scopes(scheme, dict.fromkeys(requirement[NAME], ""))
        return scheme

    def _registered(self, auto_schema: AutoSchema) -> dict[str, Any]:
        # spectacular keeps the definition of the first operation; the scopes of the later
        # ones are added to that same object.
        key = (NAME, ResolvedComponent.SECURITY_SCHEMA)
        try:
            return auto_schema.registry[key].schema  # type: ignore[no-any-return] # untyped there
        except KeyError:
            scheme = security_scheme(spectacular_settings.OAUTH2_TOKEN_URL or "")
            if not scheme["flows"]["clientCredentials"]["tokenUrl"]:
                warn("no token endpoint is mounted: set OAUTH2_TOKEN_URL in SPECTACULAR_SETTINGS.")
            add_scopes(scheme, described_scopes())
            return scheme


def describe_refusals(result: dict[str, Any], **_kwargs: Any) -> dict[str, Any]:
    """
    Describe the 401 and 403 of each operation that takes machine tokens.

    A postprocessing hook for SPECTACULAR_SETTINGS; what a view describes itself stays.
    """
    for operations in result["paths"].values():
        for operation in operations.values():
            _describe_refusals_of(operation)
    if NAME in result["components"].get("securitySchemes", ()):
        result["components"].setdefault("responses", {}).update(_REFUSALS)
    return result


def _describe_refusals_of(operation: Any) -> None:
    # Other hooks may have put lists of parameters or servers among a path's operations.
    if "responses" not in operation:
        return
    requirements = [r[NAME] for r in operation.get("security", ()) if NAME in r]
    if requirements:
        operation["responses"].setdefault("401", {"$ref": f"#/components/responses/{_REFUSED}"})
    if any(requirements):
        operation["responses"].setdefault("403", {"$ref": f"#/components/responses/{_LACKING}"})


def _by_all(permissions: Iterable[Any], view: APIView) -> Alternatives:
    found = _ANY_TOKEN
    for permission in permissions:
        found = [one | other for one, other in product(found, _by(permission, view))]
    return found


def _by(permission: Any, view: APIView) -> Alternatives:
    if both := conditions(permission):
        return _by_all(both, view)
    if either := alternatives(permission):
        return [scopes for one in either for scopes in _by(one, view)]
    if isinstance(permission, HasScopes):
        return [_required(permission, view)]
    if [type(denied) for denied in parts(permission)] == [IsMachine]:
        return _NO_TOKEN
    return _ANY_TOKEN


def _required(permission: HasScopes, view: APIView) -> frozenset[str]:
    required = permission.get_required_scopes(view.request, view)
    if required is None:
        warn(f"required_scopes says nothing for {view.request.method}: every call is refused.")
    return frozenset(required or ())
