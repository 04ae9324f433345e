"""The form of a client: what a person fills in, checked before an operation gets it."""

from typing import Any, ClassVar

from django import forms
from django.contrib.auth.models import Group
from django.db.models import QuerySet
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from oauth_m2m import protocol
from oauth_m2m.admin.escalation import check_groups, check_service_account
from oauth_m2m.admin.form_fields import (
    LifetimeField,
    MetadataField,
    NetworksField,
    TokenFormatField,
)
from oauth_m2m.admin.hand_over_fields import LINK_FIELDS, HandOverFields
from oauth_m2m.admin.proof_choices import ProofChoiceField
from oauth_m2m.admin.proof_fields import CertificateSubjectField, HttpsField
from oauth_m2m.admin.scope_grants import ScopeGrantsField, choices_of
from oauth_m2m.admin.stale_forms import StaleForm
from oauth_m2m.admin.token_words import format_in_a_word, lifetime_in_words
from oauth_m2m.conf import m2m_settings
from oauth_m2m.models import Client

__all__ = ["ClientForm"]


class ClientForm(StaleForm, HandOverFields):
    """A client with its scopes, as *acting_user* may fill it in."""

    acting_user: ClassVar[Any]

    granted_scopes = ScopeGrantsField(
        label=_("Scopes"),
        help_text=_(
            "“By default”: it gets the scope when it asks for none in particular. “When asked"
            " for”: only when it names it."
        ),
    )
    auth_methods = ProofChoiceField()
    jwks_uri = HttpsField(
        label=_("JWKS URI"),
        required=False,
        help_text=_(
            "For private_key_jwt: where the client publishes its public keys, so that it can"
            " change them by itself. Or add keys on its page once it is saved."
        ),
    )
    tls_subject = CertificateSubjectField(
        label=_("Certificate subject"),
        help_text=_(
            "For tls_client_auth: what its certificate must say. A whole subject is written as"
            " “openssl x509 -noout -subject -nameopt RFC2253” prints it."
        ),
    )
    token_format = TokenFormatField()
    token_lifetime = LifetimeField()
    allowed_networks = NetworksField(
        label=_("Allowed networks"),
        required=False,
        initial=list,
        widget=forms.Textarea(attrs={"rows": 4, "class": "vLargeTextField"}),
        help_text=_("Where it may call from: one network a line, such as 10.0.0.0/8; empty: any."),
    )
    metadata = MetadataField(
        label=_("Metadata"),
        initial=dict,
        widget=forms.Textarea(attrs={"rows": 6, "class": "vLargeTextField"}),
        help_text=_("Anything you want to keep with it, as JSON."),
    )

    class Meta:
        model = Client
        fields = ("client_id", "name")  # the admin asks for those of its fieldsets
        error_messages = {
            "client_id": {
                "unique": _(
                    "There is a client with this id already. If you sent the form twice, the"
                    " first time registered it: find it in the list."
                )
            }
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Show the scopes that the client has, and what holds where a field stays empty."""
        super().__init__(*args, **kwargs)
        for name, help_text in _by_default().items():
            if name in self.fields:  # not for those who may only look
                self.fields[name].help_text = help_text
        if self.instance.pk is not None:
            self.initial["granted_scopes"] = choices_of(self.instance)
            for name in LINK_FIELDS:  # its own page sends links
                self.fields.pop(name, None)

    def clean(self) -> dict[str, Any]:
        """Refuse a link that would have nothing to hand over."""
        cleaned: dict[str, Any] = super().clean() or {}
        methods = cleaned.get("auth_methods", protocol.SECRET_METHODS)
        if cleaned.get("hand_over") and not set(protocol.SECRET_METHODS).intersection(methods):
            message = gettext("A client that proves itself without a secret needs no link.")
            self.add_error("hand_over", message)
        return cleaned

    def clean_service_account(self) -> Any:
        """Refuse an account that the person may not speak for; what was there may stay."""
        account = self.cleaned_data["service_account"]
        if account is not None and "service_account" in self.changed_data:
            check_service_account(self.acting_user, account)
        return account

    def clean_groups(self) -> QuerySet[Group]:
        """Refuse groups that the person may not give; those that were there may stay."""
        groups: QuerySet[Group] = self.cleaned_data["groups"]
        former = () if self.instance.pk is None else self.instance.groups.all()
        check_groups(self.acting_user, set(groups) - set(former))
        return groups


def _by_default() -> dict[str, str]:
    return {
        "token_format": gettext("Empty: what its resource servers say, else %(format)s.")
        % {"format": format_in_a_word(m2m_settings.TOKEN_FORMAT)},
        "token_lifetime": gettext(
            "Seconds that a token lives. Empty: what its resource servers say, else %(seconds)d"
            " (%(words)s)."
        )
        % {
            "seconds": m2m_settings.ACCESS_TOKEN_LIFETIME.total_seconds(),
            "words": lifetime_in_words(m2m_settings.ACCESS_TOKEN_LIFETIME),
        },
    }
