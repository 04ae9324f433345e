"""
What a client can do in the end, in sentences: which scopes, as whom, from where.

The form has it in five sections; a person who asks "what can this one do?" reads it here.
"""

from collections.abc import Iterator, Sequence

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from oauth_m2m.conf import m2m_settings
from oauth_m2m.models import Client, ClientScope, ResourceServer

__all__ = ["access_in_words"]


def access_in_words(client: Client) -> list[str]:
    """Return the sentences; first what stops everything."""
    return [*_obstacles(client), *_calls(client), *_conditions(client)]


def _obstacles(client: Client) -> Iterator[str]:
    if not client.is_active:
        yield _("It can call nothing while it is disabled. Enabled, this holds:")
    account = client.service_account
    if account is not None and not account.is_active:
        yield _("Its tokens are refused, because its service account %s is disabled.") % account


def _calls(client: Client) -> Iterator[str]:
    grants = client.scope_grants.select_related("scope__resource_server").order_by("scope__name")
    by_api: dict[ResourceServer | None, list[ClientScope]] = {}
    for grant in grants:
        by_api.setdefault(grant.scope.resource_server, []).append(grant)
    if not by_api:
        yield _("It can call nothing: it was given no scopes.")
        return
    words = {"who": _who(client), "where": _where(client)}
    for api in sorted(by_api, key=lambda api: "" if api is None else api.name):
        scopes = {"scopes": _scopes(by_api[api])}
        if api is None:
            sentence = _("It can call %(scopes)s as %(who)s from %(where)s.")
        else:
            sentence = _("It can call %(scopes)s of %(api)s as %(who)s from %(where)s.")
            scopes["api"] = api.name
        yield sentence % (words | scopes)


def _scopes(grants: Sequence[ClientScope]) -> str:
    asked = _("%s (only when it asks)")
    return ", ".join(
        grant.scope.name if grant.is_default else asked % grant.scope.name for grant in grants
    )


def _who(client: Client) -> str:
    if client.service_account is not None:
        return _("the user %s") % client.service_account
    names = sorted(group.name for group in client.groups.all())
    if not names:
        return _("itself, without Django permissions")
    return ngettext("group %s", "groups %s", len(names)) % ", ".join(names)


def _where(client: Client) -> str:
    return ", ".join(client.allowed_networks) or _("any network")


def _conditions(client: Client) -> Iterator[str]:
    account = client.service_account
    if account is not None and getattr(account, "is_superuser", False):
        yield _("The user %s is a superuser and has every Django permission.") % account
    if m2m_settings.PRINCIPAL is not None:
        yield _("The setting PRINCIPAL may choose another user, or refuse it.")
    if client.rate_limit:
        yield _("Its API calls are limited to %s.") % client.rate_limit
    is_strict = "fapi2" in {client.profile, m2m_settings.PROFILE}
    if client.requires_dpop:
        yield _("Its tokens work only with a DPoP proof.")
    elif client.requires_certificate:
        yield _("Its tokens work only together with its TLS certificate.")
    elif is_strict:
        yield _("Its tokens work only with a DPoP proof or its TLS certificate.")
