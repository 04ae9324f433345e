"""
Who a token speaks for: the client's service account, or a principal of its own.

A principal answers what Django's permission machinery and DRF's permission classes ask of
a user, through the client's groups. It is not a row and cannot be saved. The setting
``PRINCIPAL`` may put users of the project in the place of both.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, cast

from asgiref.sync import sync_to_async
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import Group, Permission
from django.core.exceptions import ImproperlyConfigured, PermissionDenied
from django.db import InterfaceError, OperationalError, router
from django.db.models import QuerySet

from oauth_m2m.conf import m2m_settings
from oauth_m2m.errors import InvalidToken, Reason
from oauth_m2m.models import Client
from oauth_m2m.resource_server.no_user_row import NoUserRow, PrincipalKey
from oauth_m2m.values import VerifiedToken

__all__ = ["ClientPrincipal", "principal_of"]


# Not by the decorator's frozen=True: NoUserRow refuses changes, and says what to do.
@dataclass(unsafe_hash=True, repr=False)
class ClientPrincipal(NoUserRow):
    """
    A client as ``request.user``.

    ``pk`` is ``"m2m:<client id>"``, so that it never meets a user's throttle bucket, cache
    key or foreign key by accident. The client id of another server's client begins with
    ``"<issuer>#"``, and its groups are those named in ``group_names``, never those of a row.
    """

    client_id: str
    name: str = field(default="", compare=False)
    issuer: str = ""
    group_names: tuple[str, ...] | None = field(default=None, repr=False, compare=False)

    is_authenticated = True
    is_anonymous = False
    is_active = True
    is_staff = False
    is_superuser = False

    @property
    def pk(self) -> PrincipalKey:
        """A primary key in a namespace of its own."""
        return PrincipalKey(f"m2m:{self.client_id}")

    id = pk

    @property
    def username(self) -> str:
        """The client id: what logs and audit columns want."""
        return self.client_id

    def get_username(self) -> str:
        """Return the client id, as a user model would its name."""
        return self.client_id

    def get_full_name(self) -> str:
        """Return the client's name for people."""
        return self.name or self.client_id

    get_short_name = get_full_name

    def __str__(self) -> str:
        # Not the name: two clients may share one, and a user's key may be any text.
        return str(self.pk)

    @property
    def groups(self) -> QuerySet[Group]:
        """The client's groups; those of its row unless it came with names."""
        if self.issuer or self.group_names is not None:
            return Group.objects.filter(name__in=self.group_names or ())
        # Where the project writes, as all that may have been taken away from a client is read.
        return Group.objects.using(router.db_for_write(Client)).filter(
            pk__in=Client.objects.filter(client_id=self.client_id).values("groups")
        )

    @cached_property
    def _permissions(self) -> frozenset[str]:
        # One query, and only when somebody asks; then kept for this request.
        groups = self.groups
        rows = (
            Permission.objects.using(groups.db)
            .filter(group__in=groups)
            .values_list("content_type__app_label", "codename")
        )
        return frozenset(f"{app_label}.{codename}" for app_label, codename in rows)

    def get_all_permissions(self, obj: Any = None) -> set[str]:
        """Return the permissions of the client's groups; none for a single object."""
        return set() if obj is not None else set(self._permissions)

    get_group_permissions = get_all_permissions

    def get_user_permissions(self, obj: Any = None) -> set[str]:  # noqa: ARG002 - Django's signature
        """Return nothing: a client has permissions through its groups only."""
        return set()

    def has_perm(self, perm: str, obj: Any = None) -> bool:
        """Whether a group of the client has *perm*, as ``app_label.codename``."""
        return perm in self.get_all_permissions(obj)

    def has_perms(self, perm_list: Iterable[str], obj: Any = None) -> bool:
        """Whether the client's groups have all of *perm_list*."""
        return all(self.has_perm(perm, obj) for perm in perm_list)

    def has_module_perms(self, app_label: str) -> bool:
        """Whether the client's groups have any permission in *app_label*."""
        return any(perm.startswith(f"{app_label}.") for perm in self._permissions)

    # Django's names for the same answers in async views.
    aget_all_permissions = sync_to_async(get_all_permissions)
    aget_group_permissions = sync_to_async(get_group_permissions)
    aget_user_permissions = sync_to_async(get_user_permissions)
    ahas_perm = sync_to_async(has_perm)
    ahas_perms = sync_to_async(has_perms)
    ahas_module_perms = sync_to_async(has_module_perms)


def principal_of(token: VerifiedToken) -> ClientPrincipal | AbstractBaseUser:
    """
    Return whom the token speaks for.

    That is the user that ``PRINCIPAL`` chooses, else the service account of the client, else
    a principal for the client itself. Raises InvalidToken if ``PRINCIPAL`` refuses, and
    ImproperlyConfigured if it fails or returns what is no active, authenticated user.
    """
    choose = m2m_settings.PRINCIPAL
    chosen = None if choose is None else _chosen(choose, token)
    if chosen is not None:
        return chosen
    if token.service_account is not None:
        return token.service_account
    return ClientPrincipal(
        client_id=token.client_id,
        name=token.client_name,
        issuer=token.issuer,
        group_names=token.group_names,
    )


def _chosen(choose: Callable[..., Any], token: VerifiedToken) -> AbstractBaseUser | None:
    try:
        user = choose(token)
    except PermissionDenied:
        raise _refused(token, Reason.PRINCIPAL_REFUSED) from None
    except (OperationalError, InterfaceError):
        raise  # the database is away: the caller is told to try again
    except Exception as error:
        message = f"OAUTH_M2M['PRINCIPAL'] raised {type(error).__name__}."
        raise ImproperlyConfigured(message) from error
    if user is None:
        return None
    # An anonymous user, or True, would be let in by whatever looks at less than this.
    if getattr(user, "is_authenticated", None) is not True or getattr(user, "pk", None) is None:
        message = (
            f"OAUTH_M2M['PRINCIPAL'] returned a {type(user).__name__}: it must return a saved"
            " user, or None for the default."
        )
        raise ImproperlyConfigured(message)
    if not getattr(user, "is_active", False):
        raise _refused(token, Reason.SERVICE_ACCOUNT_INACTIVE)
    return cast("AbstractBaseUser", user)


def _refused(token: VerifiedToken, reason: Reason) -> InvalidToken:
    return InvalidToken(reason, client_id=token.client_id, client_pk=token.client_pk)
