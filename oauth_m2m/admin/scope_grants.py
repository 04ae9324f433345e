"""
The table in which a person gives scopes to a client.

A row a scope, with three choices: no, by default, when asked for.
"""

from collections.abc import Iterable, Mapping
from itertools import groupby
from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext_lazy as _

from oauth_m2m.models import Client, ResourceServer, Scope

__all__ = ["ScopeGrantsField", "choices_of"]

NO: Final = "no"
BY_DEFAULT: Final = "default"
WHEN_ASKED: Final = "asked"

MANY: Final = 12
"""With more scopes than this a person gets a box to filter them."""

LABELS: Final = {NO: _("No"), BY_DEFAULT: _("By default"), WHEN_ASKED: _("When asked for")}


def choices_of(client: Client) -> dict[str, str]:
    """Return what the table shows for a client that exists: choices by scope."""
    grants = client.scope_grants.values_list("scope_id", "is_default")
    return {str(pk): BY_DEFAULT if is_default else WHEN_ASKED for pk, is_default in grants}


class ScopeTable(forms.Widget):
    """All scopes with three radio buttons each; its value is choices by scope."""

    template_name = "admin/oauth_m2m/widgets/scope_table.html"
    use_fieldset = True

    def id_for_label(self, id_: str) -> str:  # noqa: ARG002 - Django's signature
        """Return nothing: a label cannot be for all these buttons."""
        return ""

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        """Lay out the table, the scopes of each resource server together."""
        context = super().get_context(name, value, attrs)
        scopes = list(Scope.objects.select_related("resource_server"))
        scopes.sort(key=lambda scope: (_sorted_by(scope.resource_server), scope.name))
        context["widget"] |= {
            "groups": [
                (members[0].resource_server, [_row(name, scope, value or {}) for scope in members])
                for members in _by_server(scopes)
            ],
            "count": len(scopes),
            "are_many": len(scopes) > MANY,
        }
        return context

    def value_from_datadict(
        self,
        data: Mapping[str, Any],
        files: MultiValueDict[str, Any],  # noqa: ARG002 - Django's signature
        name: str,
    ) -> dict[str, str]:
        """Return the choices that were sent, of whatever scopes."""
        prefix = f"{name}-"
        return {key.removeprefix(prefix): data[key] for key in data if key.startswith(prefix)}


class ScopeGrantsField(forms.Field):
    """The scopes of a client; cleaned to a mapping from scope to "is it a default?"."""

    widget = ScopeTable
    default_error_messages = {
        "unknown_scope": _("A scope was deleted since you opened the page. Look again."),
        "unknown_choice": _("Choose one of the three for each scope."),
    }

    def __init__(self, **kwargs: Any) -> None:
        """Make a field that may stay empty: a client without scopes is allowed."""
        super().__init__(required=False, **kwargs)

    def clean(self, value: dict[str, str]) -> dict[Scope, bool]:
        """Return the chosen scopes; raises ValidationError for one that does not exist."""
        if not LABELS.keys() >= set(value.values()):
            raise ValidationError(self.error_messages["unknown_choice"], code="unknown_choice")
        scopes = {str(scope.pk): scope for scope in Scope.objects.all()}
        if not scopes.keys() >= value.keys():
            raise ValidationError(self.error_messages["unknown_scope"], code="unknown_scope")
        return {scopes[pk]: choice == BY_DEFAULT for pk, choice in value.items() if choice != NO}

    def has_changed(self, initial: dict[str, str] | None, data: dict[str, str] | None) -> bool:
        """Whether other scopes are chosen than before; "no" is the same as not sent."""
        return _chosen(initial) != _chosen(data)


def _chosen(choices: dict[str, str] | None) -> dict[str, str]:
    return {pk: choice for pk, choice in (choices or {}).items() if choice != NO}


def _by_server(scopes: Iterable[Scope]) -> list[list[Scope]]:
    # By row and not by name: two servers may have the same one.
    groups = groupby(scopes, key=lambda scope: scope.resource_server_id)
    return [list(members) for _pk, members in groups]


def _sorted_by(server: ResourceServer | None) -> tuple[str, str]:
    return ("", "") if server is None else (str(server), server.identifier)


def _row(name: str, scope: Scope, choices: dict[str, str]) -> dict[str, Any]:
    current = choices.get(str(scope.pk), NO)
    return {
        "scope": scope,
        "name": f"{name}-{scope.pk}",
        "options": [
            {"value": value, "label": label, "checked": value == current}
            for value, label in LABELS.items()
        ],
    }
