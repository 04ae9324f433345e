"""
System checks of the project's DRF views: scopes that were forgotten, and doors left open.

They read the URLconf, run with ``manage.py check``, and pass over what they cannot understand:
a check must not keep a project from starting.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from django.core.checks import CheckMessage, Warning  # noqa: A004 - Django's name
from django.http import HttpRequest
from rest_framework.permissions import (
    AllowAny,
    DjangoModelPermissions,
    DjangoModelPermissionsOrAnonReadOnly,
    IsAuthenticated,
    IsAuthenticatedOrReadOnly,
)
from rest_framework.views import APIView

from oauth_m2m.rest_framework.authentication import MachineTokenAuthentication
from oauth_m2m.rest_framework.composed import alternatives, conditions, parts
from oauth_m2m.rest_framework.permissions import HasScopes
from oauth_m2m.rest_framework.url_walk import RoutedView, routed_views

__all__ = ["check_views"]

# What DRF names a request for OPTIONS to a ViewSet.
_METADATA: Final = "metadata"
_OPEN_HINT: Final = (
    "Use HasScopes, for people too: HasScopes | (~IsMachine & IsAuthenticated); or IsMachine if"
    " any machine is meant."
)
_OPEN: Final = (AllowAny, IsAuthenticated, IsAuthenticatedOrReadOnly)
_OPEN_FOR_SOME_METHODS: Final = (DjangoModelPermissions, DjangoModelPermissionsOrAnonReadOnly)


def check_views() -> list[CheckMessage]:
    """W009: a view does not say its scopes. W010: a view lets every machine in."""
    found = _Findings()
    for routed in routed_views():
        try:
            found.look_at(routed)
        except Exception:  # noqa: BLE001, S112 - the view needs a real request to say; it may be right
            continue
    return list(found.messages())


@dataclass
class _Findings:
    """What was found, by the name of a class: it may be behind several URLs."""

    forgotten: dict[str, dict[str, None]] = field(default_factory=dict)
    unknown_keys: dict[str, CheckMessage] = field(default_factory=dict)
    unguarded: dict[str, None] = field(default_factory=dict)
    open_to_machines: dict[str, dict[str, None]] = field(default_factory=dict)
    open_by_default: dict[str, None] = field(default_factory=dict)

    def look_at(self, routed: RoutedView) -> None:
        """Add what is wrong with *routed*."""
        uses_scopes = False
        for method, view in routed.calls():
            permissions = view.get_permissions()
            leaves = [leaf for permission in permissions for leaf in _scope_leaves(permission)]
            uses_scopes = uses_scopes or bool(leaves)
            request = _request(method)
            if any(leaf.get_required_scopes(request, view) is None for leaf in leaves):
                _add(self.forgotten, routed, method, view)
            if any(isinstance(a, MachineTokenAuthentication) for a in view.get_authenticators()):
                self._look_at_door(routed, method, view, permissions)
        if uses_scopes:
            self.unknown_keys.update((str(m.msg), m) for m in _unknown_keys(routed))

    def _look_at_door(
        self, routed: RoutedView, method: str, view: APIView, permissions: Sequence[Any]
    ) -> None:
        of_class = routed.view_class
        by_default = of_class.authentication_classes is APIView.authentication_classes
        if all(isinstance(permission, AllowAny) for permission in permissions):
            # Said by the view itself, it is meant; and machine tokens that all views accept
            # open nothing that was not open to everybody before.
            if of_class.permission_classes is APIView.permission_classes and not by_default:
                self.unguarded[routed.name] = None
        elif all(_lets_any_machine_in(permission, method) for permission in permissions):
            if by_default:
                self.open_by_default[routed.name] = None
            else:
                _add(self.open_to_machines, routed, method, view)

    def messages(self) -> Iterator[CheckMessage]:
        """Yield a message for each class, and one for all that only inherit what is wrong."""
        for name, words in self.forgotten.items():
            yield Warning(
                f"{name} uses HasScopes and its required_scopes does not say which for"
                f" {', '.join(words)}: every machine is refused there.",
                hint="Name them in required_scopes, or use has_scopes(...) in the place of"
                " HasScopes; the permission for any machine is IsMachine.",
                id="oauth_m2m.W009",
            )
        yield from self.unknown_keys.values()
        for name in self.unguarded:
            yield Warning(
                f"{name} accepts machine tokens and has no permission classes: everybody is let"
                " in, with a token or without.",
                hint="Use HasScopes, or say permission_classes = [AllowAny] if that is meant.",
                id="oauth_m2m.W010",
            )
        for name, words in self.open_to_machines.items():
            yield Warning(
                f"{name} lets every machine in, whatever its scopes, for {', '.join(words)}.",
                hint=_OPEN_HINT,
                id="oauth_m2m.W010",
            )
        if self.open_by_default:
            # One for all of them: a project may have hundreds, and one setting to think about.
            yield Warning(
                "DEFAULT_AUTHENTICATION_CLASSES accepts machine tokens, and these views let every"
                f" machine in, whatever its scopes: {', '.join(self.open_by_default)}.",
                hint=_OPEN_HINT,
                id="oauth_m2m.W010",
            )


def _unknown_keys(routed: RoutedView) -> Iterator[CheckMessage]:
    view_class = routed.view_class
    declared = getattr(view_class, "required_scopes", None)
    if not isinstance(declared, Mapping):
        return
    known = {word for name in view_class.http_method_names for word in (name, name.upper())}
    if routed.actions:
        # Those of this URL, and those that the class has for others.
        known |= {_METADATA, *(name for name in declared if callable(_action(view_class, name)))}
    for key in declared:
        if key not in known:
            yield Warning(
                f"{routed.name} has the key {key!r} in required_scopes, which is none of its"
                f" {'actions and methods' if routed.actions else 'methods'}.",
                hint="Correct or remove it: nobody is asked for these scopes.",
                id="oauth_m2m.W009",
            )


def _action(view_class: type[APIView], name: object) -> Any:
    return getattr(view_class, name, None) if isinstance(name, str) else None


def _lets_any_machine_in(permission: Any, method: str) -> bool:
    both, either = conditions(permission), alternatives(permission)
    if both or either:
        quantifier = all if both else any
        return quantifier(_lets_any_machine_in(part, method) for part in both or either)
    # Exactly these: a subclass is made to ask for more.
    if type(permission) in _OPEN_FOR_SOME_METHODS:
        return not permission.perms_map.get(method.upper())
    return type(permission) in _OPEN


def _scope_leaves(permission: Any) -> Iterator[HasScopes]:
    if isinstance(permission, HasScopes):
        yield permission
    for part in parts(permission):
        yield from _scope_leaves(part)


def _request(method: str) -> HttpRequest:
    request = HttpRequest()
    request.method = method.upper()
    return request


def _add(found: dict[str, dict[str, None]], routed: RoutedView, method: str, view: APIView) -> None:
    word = getattr(view, "action", None) or method.upper()
    found.setdefault(routed.name, {})[word] = None
