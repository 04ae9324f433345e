"""
What a project's own tests need: requests that come from a machine.

``force_machine`` needs no token and no rows; ``machine_client`` sends a real token of a real
client. Plain functions: for unittest as they are, and fixtures of the same names for pytest.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any, TypeVar, cast

from django.apps import apps
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import Group
from django.test import AsyncRequestFactory, RequestFactory
from django.test import Client as DjangoClient

from oauth_m2m import protocol, usage
from oauth_m2m.client_auth.standing import admit
from oauth_m2m.grants.client_credentials import decide
from oauth_m2m.models import Client, Scope
from oauth_m2m.models.client_lookup import ClientRecord, find_client
from oauth_m2m.operations.clients import create_client
from oauth_m2m.resource_server.forced_machine import FORCED_MACHINE, ForcedMachine
from oauth_m2m.tokens import issue_token
from oauth_m2m.values import Actor

__all__ = ["force_machine", "machine_client"]

C = TypeVar("C")


def force_machine(
    client: C,
    scopes: Iterable[str] = (),
    *,
    client_id: str = "a-machine",
    claims: Mapping[str, Any] | None = None,
    groups: Iterable[Group | str] = (),
    service_account: AbstractBaseUser | None = None,
) -> C:
    """
    Let the next requests of *client* come from a machine with these *scopes*; return it.

    *client* is a test client or request factory of Django or DRF. The machine is accepted
    wherever a token would be, whatever headers are sent. Nothing is read or written; *groups*
    (their names will do) are rows of the project if permissions are asked for, and
    *service_account* may be a user that was not saved. *claims* are added to those that every
    token has; its audience is ``claims["aud"]``.
    """
    if not isinstance(client, RequestFactory):
        message = f"force_machine takes a test client of Django or DRF, not {client!r}."
        raise TypeError(message)
    machine = ForcedMachine(
        client_id=client_id,
        scopes=_names(scopes),
        claims=dict(claims or {}),
        group_names=tuple(map(str, groups)),
        service_account=service_account,
    )
    # What request() is given becomes the environ or the scope; ``defaults`` of an AsyncClient
    # would become headers.
    client.request = partial(client.request, **{FORCED_MACHINE: machine})  # type: ignore[method-assign] # of this one client
    return client


def machine_client(
    scopes: Iterable[str],
    *,
    groups: Iterable[Group | str] = (),
    client_class: type[Any] | None = None,
    **client_fields: Any,
) -> Any:
    """
    Register a client with *scopes* and return a test client that sends a token of it.

    Scopes that do not exist are made. *client_class* is DRF's APIClient if the project has
    DRF, else Django's Client; AsyncClient does as well. *client_fields* are those of the
    model ``Client``. Raises what the server would: ValidationError for a field that is not
    acceptable, InvalidRequest for a client whose tokens must be bound.
    """
    names = _names(scopes)
    if not names:
        message = "machine_client needs a scope: a client without scopes gets no token."
        raise ValueError(message)
    client = Client(**{"name": "A machine of the tests", **client_fields})
    create_client(
        client,
        scopes={Scope.objects.get_or_create(name=name)[0]: True for name in names},
        groups=[Group.objects.get(name=str(group)) for group in groups],
        actor=Actor("the tests"),
    )
    token = _token_of(client)
    # Counters are written a minute later, perhaps during a test that may not use the database.
    usage.hold()
    made = client_class or _default_class()
    # Django's AsyncClient forgets headers that it is made with, unless they are spelled so.
    name = "AUTHORIZATION" if issubclass(made, AsyncRequestFactory) else "HTTP_AUTHORIZATION"
    return made(**{name: f"Bearer {token}"})


def _names(scopes: Iterable[str]) -> tuple[str, ...]:
    # The letters of a word are scopes too, as far as the grammar goes.
    names = (scopes,) if isinstance(scopes, str) else tuple(scopes)
    if isinstance(scopes, str) or not all(
        isinstance(name, str) and protocol.SCOPE_TOKEN.fullmatch(name) for name in names
    ):
        message = f'scopes is a list of names, such as ["orders:read"], not {scopes!r}.'
        raise ValueError(message)
    return names


def _token_of(client: Client) -> str:
    record = cast("ClientRecord", find_client(client.client_id))  # written a moment ago
    # It may come from anywhere for its token, so that a test can see it refused at the API.
    record = replace(record, allowed_networks=())
    proven = admit(record, method=record.auth_methods[0], address=None)
    return issue_token(decide(proven, (), (), None)).access_token


def _default_class() -> type[Any]:
    if not apps.is_installed("rest_framework"):
        return DjangoClient
    from rest_framework.test import APIClient  # noqa: PLC0415 - only where the project has DRF

    return APIClient
