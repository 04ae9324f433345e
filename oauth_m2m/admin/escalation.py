"""
What a person may let a client be: never more than the rules of this page allow.

Whoever can give out a client's credential, or choose the account that it acts as, can call
the APIs as that account. Only superusers may do that where the account is a superuser.
"""

from collections.abc import Iterable
from typing import Any, Final

from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from oauth_m2m.admin.owned import is_limited
from oauth_m2m.models import Client

__all__ = [
    "ACCESS_FIELDS",
    "MAY_GRANT",
    "check_groups",
    "check_service_account",
    "fields_of_others",
    "is_beyond",
    "why_not_enable",
    "why_not_prove",
]

MAY_GRANT: Final = "oauth_m2m.grant_scope"

ACCESS_FIELDS: Final = (
    "granted_scopes",
    "service_account",
    "groups",
    "resource_servers",
    "allowed_networks",
    "rate_limit",
)
"""The fields of a client that say what it may do, as whom, from where and how often."""


def fields_of_others(user: Any) -> tuple[str, ...]:
    """Return the fields of their clients that *user* may only look at."""
    if not is_limited(user):
        return ()
    return ("owner",) if user.has_perm(MAY_GRANT) else ("owner", *ACCESS_FIELDS)


def is_beyond(user: Any, client: Client) -> bool:
    """Whether *client* acts as a superuser and *user* is none."""
    return _is_superuser(client.service_account) and not _is_superuser(user)


def why_not_prove(user: Any, client: Client) -> str:
    """Return why *user* may give no credential of *client* out, or ""."""
    if is_beyond(user, client):
        return _(
            "This client acts as a superuser, and whoever has its credential does too. Ask a"
            " superuser to do this."
        )
    return ""


def why_not_enable(user: Any, client: Client) -> str:
    """Return why *user* may not let *client* work again, or ""."""
    if is_limited(user) and not user.has_perm(MAY_GRANT):
        return _(
            "It takes the permission %s to let a client of yours work again: somebody may have"
            " disabled it for a reason. Ask an administrator."
        ) % (MAY_GRANT)
    return why_not_prove(user, client)


def check_service_account(user: Any, account: Any) -> None:
    """Raise ValidationError where *user* may not let a client act as *account*."""
    if _is_superuser(user):
        return
    if _is_superuser(account):
        message = _("Only superusers may let a client act as a superuser. Choose another account.")
        raise ValidationError(message, code="superuser")
    if is_limited(user) and not (
        account.is_active and account.get_all_permissions() <= user.get_all_permissions()
    ):
        # An account that is disabled has no permissions until somebody enables it.
        message = _(
            "This account is disabled or may do what you may not. Choose another, or ask an"
            " administrator."
        )
        raise ValidationError(message, code="more_powerful")


def check_groups(user: Any, added: Iterable[Group]) -> None:
    """Raise ValidationError where *user* is limited and not in one of the *added* groups."""
    if not is_limited(user):
        return
    others = {group.name for group in added} - set(user.groups.values_list("name", flat=True))
    if others:
        message = _("You are not in these groups, so ask an administrator: %(names)s.")
        raise ValidationError(
            message, code="not_a_member", params={"names": ", ".join(sorted(others))}
        )


def _is_superuser(user: Any) -> bool:
    return bool(getattr(user, "is_superuser", False))
