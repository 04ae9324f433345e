"""
What code that expects a row of the user table does with ``request.user``.

Each habit takes a principal. As a program, this module tries them all in a site's settings on a
client whose id and name are the key of a person, and tells how each ended.
"""

import json
import sys
from collections.abc import Callable
from typing import Any

import django

if __name__ == "__main__":
    django.setup()

from urllib.parse import urlencode

from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth import get_user_model, login
from django.contrib.auth.models import Group, Permission, update_last_login
from django.contrib.sessions.backends.signed_cookies import SessionStore
from django.db import connections
from django.db.models import Q
from django.http import HttpRequest
from django.test import Client as HttpClient

from example_project.models import Order
from oauth_m2m.models import Client, Scope
from oauth_m2m.operations.clients import create_client
from oauth_m2m.operations.credentials import add_secret
from oauth_m2m.resource_server import ClientPrincipal
from oauth_m2m.values import Actor

Habit = Callable[[Any], object]


def _log_change(user: Any) -> None:
    group = Group.objects.create(name="changed")
    LogEntry.objects.log_actions(user.pk, [group], CHANGE, single_object=True)


def _log_in(user: Any) -> None:
    request = HttpRequest()
    request.session = SessionStore()
    login(request, user)


def _set(name: str) -> Habit:
    return lambda user: setattr(user, name, None)


def _read(name: str) -> Habit:
    return lambda user: getattr(user, name)


def _saved(**fields: Any) -> None:
    LogEntry(action_flag=CHANGE, object_repr="x", **fields).save()


def _entries(*conditions: Q, **fields: Any) -> int:
    return LogEntry.objects.filter(*conditions, **fields).count()


QUERIES: dict[str, Habit] = {
    "filter by the user": lambda user: _entries(user=user),
    "filter by its key": lambda user: _entries(user=user.pk),
    "filter by its id": lambda user: _entries(user_id=user.id),
    "filter by the key of the relation": lambda user: _entries(user__pk=user.pk),
    "filter by a list of users": lambda user: _entries(user__in=[user]),
    "filter by a list of keys": lambda user: _entries(user_id__in=(user.pk,)),
    "filter by a condition": lambda user: _entries(Q(user=user) | Q(action_flag=CHANGE)),
    "exclude the user": lambda user: LogEntry.objects.exclude(user=user).count(),
    "get or create": lambda user: LogEntry.objects.get_or_create(user=user),
    "find the row by its key": lambda user: get_user_model().objects.get(pk=user.pk),
    "find the row by the user": lambda user: get_user_model().objects.filter(pk=user).exists(),
    "update a relation": lambda user: LogEntry.objects.update(user=user),
    "update a key": lambda user: LogEntry.objects.update(user_id=user.pk),
}
WRITES: dict[str, Habit] = {
    "assign a foreign key": lambda user: LogEntry(user=user),
    "create with a foreign key": lambda user: LogEntry.objects.create(user=user),
    "save the user as a key": lambda user: _saved(user_id=user),
    "save the key": lambda user: _saved(user_id=user.pk),
    "log a change in the admin's way": _log_change,
    "store the user in a column of text": lambda user: Order.objects.create(placed_by=user),
    "store the key in a column of text": lambda user: Order.objects.create(placed_by=user.pk),
    "save": lambda user: user.save(update_fields=["last_login"]),
    "save, async": lambda user: user.asave(),
    "delete": lambda user: user.delete(),
    "refresh": lambda user: user.refresh_from_db(),
    "log in": _log_in,
    "note the last login": lambda user: update_last_login(None, user),
    "set the last login": _set("last_login"),
    "set a backend": _set("backend"),
    "set another client id": _set("client_id"),
}
READS: dict[str, Habit] = {
    name: _read(name)
    for name in (
        "email",
        "first_name",
        "last_login",
        "password",
        "check_password",
        "set_password",
        "email_user",
        "user_permissions",
        "logentry_set",
        "department",
        "_meta",
        "_state",
    )
}
HABITS = {**QUERIES, **WRITES, **READS}


def _answers(principal: Any) -> list[bool]:
    view, add = "example_project.view_order", "example_project.add_order"
    return [
        principal.has_perm(view),
        principal.has_perms([view, add]),
        principal.has_module_perms("example_project"),
        principal.is_authenticated,
    ]


def _order_by_service_account() -> list[object]:
    """Place an order as a client that has a service account, over HTTP."""
    account = get_user_model().objects.create_user("robot")
    client = Client(name="Robot", service_account=account)
    scope = Scope.objects.create(name="orders:write")
    create_client(client, scopes={scope: True}, actor=Actor("user_habits"))
    secret = add_secret(client, actor=Actor("user_habits")).clear_secret
    http = HttpClient(raise_request_exception=False)
    fields = {"client_id": client.client_id, "client_secret": secret}
    form = urlencode({"grant_type": "client_credentials", **fields})
    answer = http.post("/oauth/token", form, "application/x-www-form-urlencoded")
    bearer = {"Authorization": f"Bearer {answer.json()['access_token']}"}
    order = {"article": "tea", "quantity": 1}
    placed = http.post("/api/orders/", order, "application/json", headers=bearer)
    account.is_active = False
    account.save()
    refused = http.post("/api/orders/", order, "application/json", headers=bearer)
    return [placed.status_code, placed.json()["placed_by"], refused.status_code]


def main() -> None:
    """Try each habit, and what must go on working."""
    get_user_model().objects.create_user("billing", department="Sales")
    principal = ClientPrincipal("billing", "billing")
    LogEntry.objects.create(user_id="billing", action_flag=CHANGE, object_repr="theirs")
    told: dict[str, Any] = {}
    for name, habit in HABITS.items():
        try:
            told[name] = ["nothing", repr(habit(principal))]
        except Exception as error:  # noqa: BLE001 - which one it is, is told
            told[name] = [type(error).__name__, str(error)]
    told["rows found by a set"] = _entries(user__in={principal}) + _entries(user__in={principal.pk})
    group = Group.objects.create(name="readers")
    group.permissions.add(Permission.objects.get(codename="view_order"))
    client = Client.objects.create(client_id="billing", name="Billing")
    told["without groups"] = _answers(ClientPrincipal("billing"))
    client.groups.add(group)
    told["with a group"] = _answers(ClientPrincipal("billing"))
    told["rows"] = [LogEntry.objects.count(), Order.objects.count()]
    told["service account"] = _order_by_service_account()
    connections.close_all()
    sys.stdout.write(json.dumps(told))


if __name__ == "__main__":
    main()
