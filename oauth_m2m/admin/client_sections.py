"""
The sections of a client's form, and the page that registers one.

A name and scopes are enough: every other section is folded, and says what holds unless
something is chosen in it.
"""

from collections.abc import Collection
from typing import Any, Final

from django.contrib.admin.helpers import AdminForm
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from oauth_m2m.admin.hand_over_fields import LINK_FIELDS
from oauth_m2m.admin.token_words import format_in_a_word, lifetime_in_words
from oauth_m2m.conf import m2m_settings
from oauth_m2m.models import Client, Scope

__all__ = ["FACTS", "add_page_context", "sections_of"]

FACTS: Final = ("created_at", "created_by", "last_used_at", "tokens_valid_after")
"""What happened so far, for reading only."""

_PROOF: Final = _("How it proves itself")
_IDENTITY: Final = _("Which account or groups it acts as")
_TOKENS: Final = _("Its tokens")
_LIMITS: Final = _("Limits")
_ABOUT: Final = _("Client id, whom to ask, metadata")

# Each new form brings another id, so what was sent always differs from it.
_NEVER_CHOSEN: Final = frozenset({"client_id"})


def sections_of(client: Client | None, without: Collection[str] = ()) -> tuple[Any, ...]:
    """Return the fieldsets of *client*, None for those of a new one, but some fields."""
    is_new = client is None
    # Others know the id of a client that exists, and look for it at the top.
    first = ("name", "granted_scopes") if is_new else ("name", "client_id", "granted_scopes")
    proof = ("auth_methods", "jwks_uri", "tls_subject")
    about = ("description", "contact_email", "owner", "metadata")
    sections: tuple[Any, ...] = (
        (None, {"fields": first}),
        (_PROOF, {"fields": (*proof, *LINK_FIELDS) if is_new else proof}),
        (_IDENTITY, {"fields": ("service_account", "groups")}),
        (
            _TOKENS,
            {
                "fields": (
                    "token_format",
                    "token_lifetime",
                    "resource_servers",
                    "requires_dpop",
                    "requires_certificate",
                    "profile",
                )
            },
        ),
        (_LIMITS, {"fields": ("allowed_networks", "rate_limit")}),
        (
            _ABOUT if is_new else _("Whom to ask, metadata"),
            {"fields": ("client_id", *about) if is_new else about},
        ),
    )
    if without:
        kept = (
            (name, [field for field in options["fields"] if field not in without])
            for name, options in sections
        )
        sections = tuple((name, {"fields": tuple(fields)}) for name, fields in kept if fields)
    return sections if is_new else (*sections, (_("So far"), {"fields": FACTS}))


def add_page_context(adminform: AdminForm) -> dict[str, Any]:
    """Return the sections as the page shows them: open where there is an error or a choice."""
    form = adminform.form
    touched = set(form.errors)
    if form.is_bound:
        touched |= set(form.changed_data) - _NEVER_CHOSEN
    by_default = _by_default()
    sections = []
    fieldset: Any  # its stubs know none of its attributes
    for fieldset in adminform:
        # The heading is that of the fold; Django's template would repeat it inside.
        name, fieldset.name = fieldset.name, None
        sections.append(
            {
                "name": name,
                "by_default": by_default.get(name),
                "is_open": not touched.isdisjoint(fieldset.fields),
                "fieldset": fieldset,
            }
        )
    return {"sections": sections, "are_scopes_missing": not Scope.objects.exists()}


def _by_default() -> dict[Any, str]:
    return {
        _PROOF: gettext("a secret, which the next page shows once"),
        _IDENTITY: gettext("itself, without Django permissions"),
        _TOKENS: gettext("%(format)s, for %(lifetime)s, unless its resource server says otherwise")
        % {
            "format": format_in_a_word(m2m_settings.TOKEN_FORMAT),
            "lifetime": lifetime_in_words(m2m_settings.ACCESS_TOKEN_LIFETIME),
        },
        _LIMITS: gettext("from any network, as often as it likes"),
        _ABOUT: gettext("a new id; nobody to ask"),
    }
