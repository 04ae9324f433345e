"""What the page of a client shows beside its form: state, access, credentials, use, refusals."""

from typing import Any, Final

from django.http import HttpRequest
from django.utils import timezone
from django.utils.timesince import timesince
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from oauth_m2m.admin.client_keys import key_rows
from oauth_m2m.admin.effective_access import access_in_words
from oauth_m2m.admin.reason_words import words_of
from oauth_m2m.admin.reason_words.words import ReasonWords
from oauth_m2m.admin.secret_rows import SecretRow, date_in_words, secret_rows
from oauth_m2m.admin.usage_chart import HEIGHT, usage_of
from oauth_m2m.audit_kinds import AUDIT_KINDS
from oauth_m2m.conf import m2m_settings
from oauth_m2m.models import AccessToken, AuditEvent, Client, TokenFormat
from oauth_m2m.operations.client_readiness import what_is_missing

__all__ = ["COUNTED_TOKENS", "LATEST_REFUSALS", "client_page_context", "live_tokens_in_words"]

COUNTED_TOKENS: Final = 1_000
"""How far live tokens are counted: a client may have a million of them."""

LATEST_REFUSALS: Final = 10

_REFUSED: Final = tuple(kind for kind in AUDIT_KINDS if kind.endswith(".refused"))


def client_page_context(client: Client, request: HttpRequest) -> dict[str, Any]:
    """Return what the template needs; the refusals only for those who may read the trail."""
    secrets = secret_rows(client)
    may = request.user.has_perm
    may_read_trail = may("oauth_m2m.view_auditevent")
    return {
        "glance": _glance(client, secrets),
        "obstacles": what_is_missing(client),
        "access": access_in_words(client),
        "secret_rows": secrets,
        "key_rows": key_rows(client),
        "usage": usage_of(client),
        "chart_height": HEIGHT,
        "refusals": _latest_refusals(client) if may_read_trail else None,
        "can_see_events": may_read_trail,
        "can_see_tokens": may("oauth_m2m.view_accesstoken"),
    }


def live_tokens_in_words(client: Client) -> str:
    """
    Return how many tokens of the client work now, COUNTED_TOKENS at most.

    Reads one more row than that, those that live longest first, from the index of the
    client's tokens. Signed tokens have no rows.
    """
    unexpired = AccessToken.objects.filter(client=client, expires_at__gt=timezone.now())
    newest = unexpired.order_by("-expires_at").values_list("issued_at", "revoked_at")
    rows = list(newest[: COUNTED_TOKENS + 1])
    cut = client.tokens_valid_after
    live = sum(
        revoked_at is None and (cut is None or issued_at > cut) for issued_at, revoked_at in rows
    )
    more = "+" if len(rows) > COUNTED_TOKENS else ""
    counted = f"{min(live, COUNTED_TOKENS)}{more}"
    if not _gets_signed_tokens(client):
        return counted
    return _("%s, and signed ones, which nobody counts") % counted


def _glance(client: Client, secrets: list[SecretRow]) -> list[tuple[str, str]]:
    working = [row.secret for row in secrets if row.secret.state == "active"]
    ends = [secret.expires_at for secret in working if secret.expires_at is not None]
    used = client.last_used_at
    facts = [
        (_("Last used"), _("never") if used is None else _("%s ago") % timesince(used)),
        (_("Live tokens"), live_tokens_in_words(client)),
        (_("Working secrets"), str(len(working))),
    ]
    retiring = sum(secret.is_retiring for secret in working)
    if retiring:
        sentence = ngettext(
            "%d of them is being replaced", "%d of them are being replaced", retiring
        )
        facts[-1] = (facts[-1][0], f"{len(working)}, {sentence % retiring}")
    if ends:
        facts.append((_("Next secret to end"), date_in_words(min(ends))))
    by = client.created_by
    created = _("%s ago") % timesince(client.created_at)
    words = {"when": created, "who": by}
    facts.append((_("Registered"), created if by is None else _("%(when)s by %(who)s") % words))
    return facts


def _gets_signed_tokens(client: Client) -> bool:
    if client.token_format:
        return client.token_format == TokenFormat.JWT
    grants = client.scope_grants.values_list("scope__resource_server__token_format", flat=True)
    return TokenFormat.JWT.value in {m2m_settings.TOKEN_FORMAT, *grants}


def _latest_refusals(client: Client) -> list[tuple[AuditEvent, ReasonWords]]:
    # By the index of the client's events; of a deleted client nobody has a page.
    events = AuditEvent.objects.filter(client=client, kind__in=_REFUSED)
    newest = events.order_by("-created_at")[:LATEST_REFUSALS]
    return [(event, words_of(event.reason)) for event in newest]
