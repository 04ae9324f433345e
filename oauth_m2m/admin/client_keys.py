"""A client's public keys and certificates: its table, and the pages behind its buttons."""

from datetime import timedelta
from typing import Any, Final

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.text import Truncator
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_post_parameters

from oauth_m2m import protocol
from oauth_m2m.admin.actor import actor_of
from oauth_m2m.admin.object_views import ask_again, back_to, page_context
from oauth_m2m.admin.proof_fields import PastedTextarea
from oauth_m2m.keys.pasted import PastedKey, UnusableKey, read_pasted_keys
from oauth_m2m.models import Client, ClientKey
from oauth_m2m.operations.client_keys import add_client_keys, revoke_client_key

__all__ = ["SOON", "add_key_view", "key_rows", "revoke_key_view"]

SOON: Final = timedelta(days=30)
"""How long before its end a key is marked."""

MAX_DAYS: Final = 36_500

KEY_METHODS: Final = {protocol.PRIVATE_KEY_JWT, protocol.SELF_SIGNED_TLS_CLIENT_AUTH}


class AddKeyForm(forms.Form):
    """One key, or the keys of a set."""

    pasted = forms.CharField(
        label=_("Public key or certificate"),
        widget=PastedTextarea(
            attrs={"rows": 12, "class": "vLargeTextField", "spellcheck": "false"}
        ),
        help_text=_(
            "A JWK, a JWK Set, a PEM public key, or a PEM certificate. Never a private key: that"
            " stays with the client."
        ),
    )
    description = forms.CharField(
        label=_("Description"),
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs={"class": "vTextField"}),
        help_text=_("Where its private half is, so that you can tell it from the others."),
    )

    lifetime_days = forms.IntegerField(
        label=_("Days that it may be used"),
        min_value=1,
        max_value=MAX_DAYS,
        required=False,
        help_text=_(
            "Empty: until you revoke it. A certificate ends when it says so, if that is sooner."
        ),
    )

    def clean_pasted(self) -> list[PastedKey]:
        """Return the keys; raises ValidationError with what to paste instead."""
        try:
            return read_pasted_keys(self.cleaned_data["pasted"])
        except UnusableKey as error:
            raise ValidationError(str(error), code="unusable") from None


def key_rows(client: Client) -> list[dict[str, Any]]:
    """Return the client's keys as its page shows them, the newest first."""
    soon = timezone.now() + SOON
    return [
        {
            "key": key,
            "kind": _kind(key),
            "expires_soon": key.state == "active"
            and key.expires_at is not None
            and key.expires_at <= soon,
        }
        for key in client.keys.select_related("created_by").defer("certificate")
    ]


def add_key_view(
    model_admin: admin.ModelAdmin, request: HttpRequest, client: Client
) -> HttpResponse:
    """Ask for a key, then register it."""
    form = _form(request)
    if form.is_valid():
        typed = form.cleaned_data
        days = typed["lifetime_days"]
        try:
            added = add_client_keys(
                client,
                typed["pasted"],
                actor=actor_of(request),
                description=typed["description"],
                lifetime=None if days is None else timedelta(days=days),
            )
        except ValidationError as error:
            form.add_error("pasted", error)
        else:
            _say_added(model_admin, request, client, added)
            return back_to(model_admin, client)
    context = page_context(model_admin, request, client, gettext("Add a key"))
    context["form"] = form
    return TemplateResponse(request, "admin/oauth_m2m/client/key_form.html", context)


def revoke_key_view(
    model_admin: admin.ModelAdmin, request: HttpRequest, client: Client, key_pk: int
) -> HttpResponse:
    """Ask again, then end one key of the client."""
    key = get_object_or_404(client.keys.all(), pk=key_pk)
    if request.method != "POST":
        return ask_again(
            model_admin,
            request,
            client,
            # A thumbprint in full is wider than a telephone.
            title=gettext("Revoke the key %s") % Truncator(key.kid).chars(20),
            consequence=gettext(
                "What is signed or proven with this key is refused from now on. Tokens that it"
                " got live until they expire; to end those too, revoke the client's tokens."
            ),
        )
    if revoke_client_key(key, actor=actor_of(request)):
        message = gettext("Revoked the key %s.") % key
        model_admin.log_change(request, client, message)
        model_admin.message_user(request, message, messages.SUCCESS)
    else:
        message = gettext("The key %s was revoked already.") % key
        model_admin.message_user(request, message, messages.WARNING)
    return back_to(model_admin, client)


# What is pasted by mistake must not travel on in a report of an error.
@sensitive_post_parameters("pasted")
def _form(request: HttpRequest) -> AddKeyForm:
    return AddKeyForm(request.POST if request.method == "POST" else None)


def _say_added(
    model_admin: admin.ModelAdmin, request: HttpRequest, client: Client, added: list[ClientKey]
) -> None:
    for key in added:
        message = gettext("Added the key %s.") % key
        model_admin.log_change(request, client, message)
        model_admin.message_user(request, message, messages.SUCCESS)
    if not KEY_METHODS.intersection(client.auth_methods):
        message = gettext(
            "None of its authentication methods uses a key yet: choose private_key_jwt or"
            " self_signed_tls_client_auth."
        )
        model_admin.message_user(request, message, messages.WARNING)


def _kind(key: ClientKey) -> str:
    what = gettext("certificate") if key.sha256_thumbprint else gettext("key")
    return f"{what}, {key.public_jwk.get('crv') or key.public_jwk['kty']}"
