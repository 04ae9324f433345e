"""Find the row that somebody named, or say which names come near."""

import difflib
from collections.abc import Iterable, Mapping
from typing import Final

from django.contrib.auth import get_user_model
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import Group
from django.core.management.base import CommandError

from oauth_m2m.credential_format import redact_credentials
from oauth_m2m.models import Client, ResourceServer

__all__ = [
    "client_with_id",
    "group_named",
    "listing",
    "near_matches",
    "quoted",
    "resource_server_at",
    "user_named",
]

# Comparing with every one of a million names would take minutes.
_CANDIDATES: Final = 5_000
_LISTED: Final = 20


def client_with_id(client_id: str) -> Client:
    """Return the client, or raise CommandError with those of a similar id or name."""
    client = Client.objects.filter(client_id=client_id).first()
    # MariaDB takes "A" for "a": nobody ends another client than the one that was named.
    if client is not None and client.client_id == client_id:
        return client
    known: dict[str, str] = {}
    newest = Client.objects.order_by("-pk").values_list("client_id", "name")
    for identifier, name in newest[:_CANDIDATES]:
        known[identifier] = known[name] = f"{identifier} ({name})"
    message = (
        f"No client has the id {quoted(client_id)}.{near_matches(client_id, known)}"
        " m2m_list_clients shows them all."
    )
    raise CommandError(message)


def user_named(username: str) -> AbstractBaseUser:
    """Return the user, or raise CommandError with those of a similar name."""
    model = get_user_model()
    users = model._default_manager  # noqa: SLF001 - the documented way to a model's manager
    user = users.filter(**{model.USERNAME_FIELD: username}).first()
    if user is not None:
        return user
    names = users.order_by("-pk").values_list(model.USERNAME_FIELD, flat=True)
    message = (
        f"No user is called {quoted(username)}.{near_matches(username, names[:_CANDIDATES])}"
        " Create the user in the admin first, or leave --service-account out."
    )
    raise CommandError(message)


def group_named(name: str) -> Group:
    """Return the group, or raise CommandError with those that exist."""
    group = Group.objects.filter(name=name).first()
    if group is not None:
        return group
    names = list(Group.objects.order_by("name").values_list("name", flat=True)[:_CANDIDATES])
    message = (
        f"No group is called {quoted(name)}.{near_matches(name, names)}"
        f" {listing('groups', names)} Create the group in the admin first."
    )
    raise CommandError(message)


def resource_server_at(identifier: str) -> ResourceServer:
    """Return the resource server, or raise CommandError with those that come near."""
    servers = ResourceServer.objects.order_by("identifier")
    server = servers.filter(identifier=identifier).first()
    if server is not None:
        return server
    identifiers = list(servers.values_list("identifier", flat=True)[:_CANDIDATES])
    message = (
        f"No resource server has the identifier {quoted(identifier)}."
        f"{near_matches(identifier, identifiers)} {listing('resource servers', identifiers)}"
        " Add it in the admin first; --create-scopes creates scopes only."
    )
    raise CommandError(message)


def near_matches(wanted: str, known: Iterable[str]) -> str:
    """
    Return " Did you mean ...?" with up to three of *known*, or "" if none comes near.

    A mapping says what to show for each name.
    """
    shown = known if isinstance(known, Mapping) else {name: name for name in known}
    folded = {name.casefold(): label for name, label in shown.items()}
    near = difflib.get_close_matches(wanted.casefold(), folded, n=3)
    labels = dict.fromkeys(folded[name] for name in near)
    return f" Did you mean {' or '.join(labels)}?" if labels else ""


def listing(what: str, names: list[str]) -> str:
    """Return a sentence that lists *names*, not endlessly."""
    if not names:
        return f"There are no {what} yet."
    more = f" and {len(names) - _LISTED} more" if len(names) > _LISTED else ""
    return f"The {what} are {', '.join(names[:_LISTED])}{more}."


def quoted(typed: str) -> str:
    """Return what was typed in quotes; a secret in the wrong place is not repeated."""
    return f'"{redact_credentials(typed)}"'
