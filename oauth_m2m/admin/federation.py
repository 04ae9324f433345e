"""Trusted issuers and workload identities in the admin."""

from typing import Any, ClassVar, Final

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from oauth_m2m import protocol
from oauth_m2m.admin.actor import actor_of
from oauth_m2m.admin.escalation import is_beyond, why_not_prove
from oauth_m2m.admin.form_fields import MetadataField
from oauth_m2m.admin.owned import OwnedRows, SharedRows, own_clients
from oauth_m2m.admin.proof_fields import HttpsField
from oauth_m2m.admin.refusals import RefusalsAsMessages
from oauth_m2m.admin.stale_forms import StaleForm
from oauth_m2m.admin.subject_words import in_words, with_stars_shown
from oauth_m2m.client_auth.workload_identity import subject_matches
from oauth_m2m.models import Client, TrustedIssuer, WorkloadIdentity
from oauth_m2m.models.federation import default_algorithms
from oauth_m2m.operations.federation import (
    delete_trusted_issuer,
    delete_workload_identity,
    save_trusted_issuer,
    save_workload_identity,
)

__all__ = ["TrustedIssuerAdmin", "WorkloadIdentityAdmin"]

_ISSUERS: Final = (
    (
        "Kubernetes",
        "kubectl get --raw /.well-known/openid-configuration",
        _("prints the cluster's issuer and jwks_uri"),
    ),
    (
        "GitHub Actions",
        "https://token.actions.githubusercontent.com",
        "https://token.actions.githubusercontent.com/.well-known/jwks",
    ),
    (
        "SPIFFE",
        "https://oidc-discovery.example.org",
        _("jwt_issuer of the SPIRE server, and the keys of its OIDC discovery provider: …/keys"),
    ),
    (
        "Entra",
        "https://login.microsoftonline.com/TENANT/v2.0",
        "https://login.microsoftonline.com/TENANT/discovery/v2.0/keys",
    ),
    ("Google", "https://accounts.google.com", "https://www.googleapis.com/oauth2/v3/certs"),
)
_SUBJECTS: Final = (
    ("Kubernetes", "system:serviceaccount:NAMESPACE:NAME", ""),
    ("GitHub Actions", "repo:OWNER/REPOSITORY:ref:refs/heads/main", _("or …:environment:NAME")),
    ("SPIFFE", "spiffe://TRUST-DOMAIN/PATH", ""),
    ("Entra", "OBJECT-ID", _("the object id of the managed identity or service principal")),
    ("Google", "NUMBER", _("the unique id of the service account")),
)


class TrustedIssuerForm(StaleForm):
    """An issuer whose keys are fetched over https only."""

    jwks_uri = HttpsField(label=_("JWKS URI"), help_text=_("Where its public keys are; https."))
    algorithms = forms.MultipleChoiceField(
        label=_("Algorithms"),
        choices=[(name, name) for name in protocol.ASYMMETRIC_ALGORITHMS],
        widget=forms.CheckboxSelectMultiple,
        initial=default_algorithms,
        help_text=_("What it signs with. Platforms use RS256 or ES256."),
    )

    class Meta:
        model = TrustedIssuer
        fields = ("name", "issuer", "jwks_uri", "algorithms", "audience", "is_active")


class WorkloadIdentityForm(StaleForm):
    """An identity; a ``*`` in its subject counts only for who has read what it lets in."""

    acting_user: ClassVar[Any]

    conditions = MetadataField(
        label=_("Conditions"),
        initial=dict,
        widget=forms.Textarea(attrs={"rows": 4, "class": "vLargeTextField"}),
        help_text=_(
            'Claims that must have exactly this value too, as JSON: {"repository_owner_id":'
            ' "1234"}. Empty: the subject alone decides.'
        ),
    )
    # The value of the box is the pattern that its text is about: a tick that was set for one
    # pattern does not count for another.
    understood = forms.MultipleChoiceField(
        label=_("What the * lets in"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"invalid_choice": _("The subject was changed. Read this again.")},
        help_text=_(
            "Only for a subject with a *. Save, and this says whom it lets in; tick it to confirm."
        ),
    )

    class Meta:
        model = WorkloadIdentity
        fields = ("issuer", "client", "subject", "conditions")
        help_texts = {
            "subject": _(
                "Exactly what its tokens carry as sub. A * stands for any characters but : and /."
            )
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Spell out what the subject lets in, if there is a ``*`` in it."""
        super().__init__(*args, **kwargs)
        subject = self.data.get("subject", "").strip() if self.is_bound else self.instance.subject
        choices = [(subject, _confirmation(subject))] if "*" in subject else []
        self.fields["understood"].choices = choices  # type: ignore[attr-defined] # it is a MultipleChoiceField

    def clean_client(self) -> Client:
        """Refuse a client whose credentials the person may not give out: this is one."""
        client: Client = self.cleaned_data["client"]
        if why := why_not_prove(self.acting_user, client):
            raise ValidationError(why, code="superuser")
        return client

    def clean(self) -> dict[str, Any] | None:
        """Refuse a ``*`` that nobody has read the meaning of."""
        cleaned = super().clean()
        has_star = "*" in self.cleaned_data.get("subject", "")
        if (
            has_star
            and not self.cleaned_data.get("understood")
            and not self.has_error("understood")
        ):
            message = _("Read what this lets in, and tick the box if you want that.")
            self.add_error("understood", ValidationError(message, code="not_understood"))
        return cleaned


@admin.register(TrustedIssuer)
class TrustedIssuerAdmin(RefusalsAsMessages, SharedRows):
    """The platforms that are believed."""

    form = TrustedIssuerForm
    list_display = ("name", "issuer", "is_active")
    list_filter = ("is_active",)
    search_fields = ("name", "issuer")
    actions = None

    class Media:
        css = {"all": ("oauth_m2m/admin.css",)}
        js = ("oauth_m2m/once.js",)

    def has_change_permission(self, request: HttpRequest, obj: TrustedIssuer | None = None) -> bool:
        """Leave those that vouch for a client that acts as a superuser to superusers."""
        may = super().has_change_permission(request, obj)
        if not may or obj is None:
            return may
        # Whoever writes where its keys are can be any of its workloads.
        vouched = obj.identities.select_related("client__service_account")
        return not any(is_beyond(request.user, identity.client) for identity in vouched)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:  # noqa: ARG002 - Django's signature
        """Put the addresses of well-known platforms beside the fields."""
        fields = {"fields": TrustedIssuerForm.Meta.fields, "description": _table(_ISSUERS)}
        return ((None, fields),)

    def save_model(
        self,
        request: HttpRequest,
        obj: TrustedIssuer,
        form: Any,  # noqa: ARG002 - Django's signature
        change: bool,  # noqa: ARG002, FBT001 - Django's signature
    ) -> None:
        """Save it, with a line in the audit trail."""
        save_trusted_issuer(obj, actor=actor_of(request))

    def delete_model(self, request: HttpRequest, obj: TrustedIssuer) -> None:
        """Delete it, with a line in the audit trail."""
        delete_trusted_issuer(obj, actor=actor_of(request))


@admin.register(WorkloadIdentity)
class WorkloadIdentityAdmin(RefusalsAsMessages, OwnedRows):
    """Which workloads are which clients."""

    form = WorkloadIdentityForm
    list_display = ("subject", "issuer", "client", "lets_in")
    list_filter = ("issuer",)
    list_select_related = ("issuer", "client")
    search_fields = ("subject", "client__name", "client__client_id")
    raw_id_fields = ("client",)
    actions = None

    class Media:
        css = {"all": ("oauth_m2m/admin.css",)}
        js = ("oauth_m2m/once.js",)

    def has_change_permission(
        self, request: HttpRequest, obj: WorkloadIdentity | None = None
    ) -> bool:
        """Leave those of clients that act as a superuser to superusers."""
        may = super().has_change_permission(request, obj)
        return may and not (obj is not None and is_beyond(request.user, obj.client))

    def get_fieldsets(self, request: HttpRequest, obj: WorkloadIdentity | None = None) -> Any:
        """Put examples of subjects beside the fields; who may only look confirms nothing."""
        fields = WorkloadIdentityForm.Meta.fields
        can_save = (
            self.has_add_permission(request)
            if obj is None
            else self.has_change_permission(request, obj)
        )
        shown = (*fields, "understood") if can_save else fields
        return ((None, {"fields": shown, "description": _table(_SUBJECTS)}),)

    @admin.display(description=_("lets in"))
    def lets_in(self, identity: WorkloadIdentity) -> str:
        """Return the subject in words."""
        return in_words(identity.subject)

    def save_model(
        self,
        request: HttpRequest,
        obj: WorkloadIdentity,
        form: Any,  # noqa: ARG002 - Django's signature
        change: bool,  # noqa: ARG002, FBT001 - Django's signature
    ) -> None:
        """Save it, with a line in the audit trail."""
        overlapping, own = _overlapping(obj), own_clients(request.user)
        if not all(own.contains(other.client) for other in overlapping):
            # A token that is two clients is none: an owner could stop somebody else's.
            message = gettext(
                "Its subject overlaps with one of a client that is not yours. Choose another, or"
                " ask an administrator."
            )
            raise ValidationError(message, code="overlaps")
        save_workload_identity(obj, actor=actor_of(request))
        for other in overlapping:
            message = gettext(
                "%(client)s has the subject %(subject)s. A token that is both is refused, unless"
                " the conditions tell them apart."
            ) % {"client": other.client, "subject": other.subject}
            self.message_user(request, message, messages.WARNING)

    def delete_model(self, request: HttpRequest, obj: WorkloadIdentity) -> None:
        """Delete it, with a line in the audit trail."""
        delete_workload_identity(obj, actor=actor_of(request))


def _overlapping(identity: WorkloadIdentity) -> list[WorkloadIdentity]:
    others: QuerySet[WorkloadIdentity] = WorkloadIdentity.objects.select_related("client")
    return [
        other
        for other in others.filter(issuer=identity.issuer).exclude(client=identity.client)
        if subject_matches(identity.subject, other.subject)
        or subject_matches(other.subject, identity.subject)
    ]


def _confirmation(subject: str) -> str:
    return gettext(
        "I have read what this lets in: %(words)s. A * stands for any characters but : and /,"
        " so these subjects come in: %(pattern)s"
    ) % {"words": in_words(subject), "pattern": with_stars_shown(subject)}


def _table(rows: Any) -> SafeString:
    lines = format_html_join(
        "", '<tr><th scope="row">{}</th><td><code>{}</code></td><td>{}</td></tr>', rows
    )
    return format_html('<table class="m2m-presets">{}</table>', lines)
