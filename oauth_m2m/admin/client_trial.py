"""
Try what a token request of a client would end in, and say why, without issuing a token.

The same code decides as at the token endpoint. A person who has the client's secret at hand
can have it tried too; it goes nowhere from here, and the page that answers does not repeat
it. What only the client can do (sign, present a certificate, prove by DPoP) is said, not
tried.
"""

from dataclasses import dataclass
from typing import Final

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_post_parameters

from oauth_m2m import protocol
from oauth_m2m.admin.object_views import page_context
from oauth_m2m.admin.reason_words import words_of
from oauth_m2m.admin.token_words import format_in_a_word, lifetime_in_words
from oauth_m2m.client_auth.shared_secret import prove_secret
from oauth_m2m.client_auth.standing import admit
from oauth_m2m.conf import m2m_settings
from oauth_m2m.errors import InvalidClient, OAuthError, Reason, TemporarilyUnavailable
from oauth_m2m.grants.client_credentials import decide
from oauth_m2m.models import Client, TokenFormat
from oauth_m2m.models.client_lookup import find_client
from oauth_m2m.networks import client_address
from oauth_m2m.operations.client_readiness import what_is_missing
from oauth_m2m.operations.endpoints import token_url
from oauth_m2m.values import AuthenticatedClient, Grant

__all__ = ["Trial", "try_client", "try_view"]

_BY_SECRET: Final = frozenset(protocol.SECRET_METHODS)

# Whatever proof a client has to bring, the trial takes it as brought.
_BOUND: Final = {"jkt": "", "x5t#S256": ""}


class TrialForm(forms.Form):
    """What the request would have in it."""

    secret = forms.CharField(
        label=_("Client secret"),
        max_length=255,
        required=False,
        strip=False,
        widget=forms.PasswordInput(attrs={"class": "vTextField", "autocomplete": "off"}),
        help_text=_("To see whether it is the right one; empty: a right one is assumed."),
    )
    address = forms.GenericIPAddressField(
        label=_("Address that it calls from"),
        required=False,
        widget=forms.TextInput(attrs={"class": "vTextField"}),
    )
    scope = forms.CharField(
        label=_("Scopes that it asks for"),
        max_length=4_000,
        required=False,
        widget=forms.TextInput(attrs={"class": "vTextField"}),
        help_text=_("Separated by spaces; empty: it asks for none and gets its defaults."),
    )


@dataclass(frozen=True, slots=True)
class Trial:
    """How the request would end: with a token, or with *reason*, which its caller never sees."""

    sentences: tuple[str, ...]
    reason: str = ""
    caller_reads: str = ""


def try_client(client: Client, *, secret: str, address: str | None, scopes: list[str]) -> Trial:
    """Return how a token request of *client* would end now; nothing is issued or counted."""
    try:
        grant = _granted(client, secret, address, scopes)
    except OAuthError as refused:
        words = words_of(refused.reason.value)
        sentences = (str(words.what), str(words.next_step), *what_is_missing(client))
        return Trial(sentences, refused.reason.value, refused.error)
    return Trial(tuple(_promise(client, grant)))


def try_view(model_admin: admin.ModelAdmin, request: HttpRequest, client: Client) -> HttpResponse:
    """Ask what to try, and show how it would end."""
    form = _form(request)
    context = page_context(model_admin, request, client, gettext("Test the connection"))
    if form.is_valid():
        typed = form.cleaned_data
        context["trial"] = try_client(
            client,
            secret=typed["secret"],
            address=typed["address"] or None,
            scopes=typed["scope"].split(),
        )
    context["form"] = form
    context["token_url"] = token_url(request.build_absolute_uri("/"))
    return TemplateResponse(request, "admin/oauth_m2m/client/trial.html", context)


# The secret must not travel on in a report of an error.
@sensitive_post_parameters("secret")
def _form(request: HttpRequest) -> TrialForm:
    posted = request.POST if request.method == "POST" else None
    return TrialForm(posted, initial={"address": client_address(request)})


def _authenticated(client: Client, secret: str, address: str | None) -> AuthenticatedClient:
    methods = [name for name in client.auth_methods if not secret or name in _BY_SECRET]
    usable = [name for name in methods if name in m2m_settings.AUTH_METHODS]
    if methods and not usable:
        raise InvalidClient(Reason.AUTH_METHOD_DISABLED, client_id=client.client_id)
    if secret:
        method = next(iter(usable), protocol.CLIENT_SECRET_BASIC)
        return prove_secret(client.client_id, secret, method=method, address=address)
    record = find_client(client.client_id)
    if record is None:
        raise InvalidClient(Reason.UNKNOWN_CLIENT, client_id=client.client_id)
    return admit(record, method=next(iter(usable), ""), address=address)


def _granted(client: Client, secret: str, address: str | None, scopes: list[str]) -> Grant:
    grant = decide(_authenticated(client, secret, address), scopes, (), _BOUND)
    if grant.token_format == TokenFormat.JWT and not m2m_settings.ISSUER:
        raise TemporarilyUnavailable(Reason.ISSUER_MISSING, client_id=client.client_id)
    return grant


def _promise(client: Client, grant: Grant) -> list[str]:
    words = {
        "format": format_in_a_word(grant.token_format),
        "scopes": ", ".join(grant.scopes),
        "lifetime": lifetime_in_words(grant.lifetime),
        "audience": ", ".join(grant.audience),
    }
    promise = gettext("It would get a token: %(format)s, for %(scopes)s, for %(lifetime)s.") % words
    sentences = [promise]
    if grant.audience:
        sentences.append(gettext("The token would be for %(audience)s.") % words)
    return [*sentences, *what_is_missing(client)]
