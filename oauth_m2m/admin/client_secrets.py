"""Add, rotate and revoke a client's secrets: the pages behind the buttons of its table."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from oauth_m2m.admin.actor import actor_of
from oauth_m2m.admin.hand_over_fields import HandOverFields
from oauth_m2m.admin.hand_overs import send_link
from oauth_m2m.admin.object_views import ask_again, back_to, page_context
from oauth_m2m.admin.show_once import show_once
from oauth_m2m.conf import m2m_settings
from oauth_m2m.models import Client
from oauth_m2m.operations.credentials import (
    add_secret,
    newest_key_id,
    revoke_secret,
    rotate_secret,
)
from oauth_m2m.operations.hand_overs import SecretTerms, newest_offer
from oauth_m2m.values import NewSecret

__all__ = ["add_secret_view", "revoke_secret_view", "rotate_secret_view"]

MAX_DAYS: Final = 36_500

# Offered where the setting ROTATION_OVERLAP is no time at all.
_UNUSED_HOURS: Final = 24


class AddSecretForm(HandOverFields):
    """One more secret."""

    description = forms.CharField(
        label=_("Description"),
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs={"class": "vTextField"}),
        help_text=_("Where it will be used, so that you can tell it from the others."),
    )
    lifetime_days = forms.IntegerField(
        label=_("Days that the new secret lives"),
        min_value=1,
        max_value=MAX_DAYS,
        required=False,
    )
    # What the person saw: a form that was sent twice, or is older than somebody else's
    # change, must not do anything.
    expected_newest = forms.CharField(required=False, widget=forms.HiddenInput)
    expected_offer = forms.CharField(required=False, widget=forms.HiddenInput)
    field_order: tuple[str, ...] = ("description", "lifetime_days")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Say what an empty lifetime means."""
        super().__init__(*args, **kwargs)
        lifetime = m2m_settings.SECRET_LIFETIME
        self.fields["lifetime_days"].help_text = (
            gettext("Empty: it lives until you revoke it.")
            if lifetime is None
            else gettext("Empty: %(days)g, the setting SECRET_LIFETIME.")
            % {"days": lifetime / timedelta(days=1)}
        )

    def terms(self) -> SecretTerms:
        """Return what the secret behind a hand-over link shall be."""
        wanted = self.arguments()
        return SecretTerms(lifetime=wanted["lifetime"], description=wanted["description"])

    def arguments(self) -> dict[str, Any]:
        """Return what the operation takes."""
        days = self.cleaned_data["lifetime_days"]
        return {
            "description": self.cleaned_data["description"],
            "lifetime": None if days is None else timedelta(days=days),
            "expected_newest": self.cleaned_data["expected_newest"],
        }


class RotateSecretForm(AddSecretForm):
    """A new secret, and an end for the old ones."""

    AT_A_MOMENT, ONCE_UNUSED, NOW = "moment", "unused", "now"

    ending = forms.ChoiceField(
        label=_("The old secrets stop"),
        choices=(
            (AT_A_MOMENT, _("At a moment: put the new secret into the client before it")),
            (ONCE_UNUSED, _("Once nobody has used them for a time: however long that takes")),
            (NOW, _("Now: one of them leaked, and requests with it are refused at once")),
        ),
        widget=forms.RadioSelect,
    )
    overlap_hours = forms.FloatField(
        label=_("Hours from now"),
        min_value=0,
        max_value=MAX_DAYS * 24,
        required=False,
        help_text=_("If they stop at a moment."),
    )
    unused_hours = forms.FloatField(
        label=_("Hours unused"),
        min_value=0.1,
        max_value=MAX_DAYS * 24,
        required=False,
        help_text=_(
            "If they stop once nobody uses them. Longer than the longest pause of the client,"
            " also over a weekend."
        ),
    )
    field_order = ("ending", "overlap_hours", "unused_hours", "lifetime_days", "description")

    def clean(self) -> dict[str, Any]:
        """Ask for the hours of the ending that was chosen; refuse one that a link cannot keep."""
        cleaned: dict[str, Any] = super().clean() or {}
        needed = {self.AT_A_MOMENT: "overlap_hours", self.ONCE_UNUSED: "unused_hours"}
        name = needed.get(cleaned.get("ending", ""))
        if name is not None and cleaned.get(name) is None and name not in self.errors:
            self.add_error(name, gettext("Say how many hours, or choose another ending."))
        if cleaned.get("hand_over") and cleaned.get("ending") == self.NOW:
            # The leaked secret would go on until somebody opens the link.
            message = gettext(
                "A link ends nothing until somebody opens it. To stop a secret that leaked, revoke"
                " it on the client's page now, then send the link."
            )
            self.add_error("ending", message)
        return cleaned

    def terms(self) -> SecretTerms:
        """Return what the secret behind a hand-over link shall be."""
        wanted = self.arguments()
        return replace(
            super().terms(),
            is_rotation=True,
            overlap=wanted.get("overlap"),
            until_unused=wanted.get("until_unused"),
        )

    def arguments(self) -> dict[str, Any]:
        """Return what the operation takes."""
        typed = self.cleaned_data
        arguments = super().arguments()
        if typed["ending"] == self.ONCE_UNUSED:
            return {**arguments, "until_unused": timedelta(hours=typed["unused_hours"])}
        if typed["ending"] == self.NOW:
            return {**arguments, "revoke_old": True}
        return {**arguments, "overlap": timedelta(hours=typed["overlap_hours"])}


def add_secret_view(
    model_admin: admin.ModelAdmin, request: HttpRequest, client: Client
) -> HttpResponse:
    """Ask for a secret's description and lifetime, then make it and show it once."""
    form = AddSecretForm(_posted(request), initial=_initial(client))
    title, done = gettext("Add a secret"), gettext("Added the secret %s.")
    return _made(model_admin, request, client, form, add_secret, title=title, done=done)


def rotate_secret_view(
    model_admin: admin.ModelAdmin, request: HttpRequest, client: Client
) -> HttpResponse:
    """Ask how long the old secrets go on, then make a new one and show it once."""
    form = RotateSecretForm(_posted(request), initial=_initial(client))
    title, done = gettext("Rotate the secret"), gettext("Rotated: the new secret is %s.")
    return _made(model_admin, request, client, form, rotate_secret, title=title, done=done)


def revoke_secret_view(
    model_admin: admin.ModelAdmin, request: HttpRequest, client: Client, secret_pk: int
) -> HttpResponse:
    """Ask again, then end one secret of the client."""
    secret = get_object_or_404(client.secrets.all(), pk=secret_pk)
    if request.method != "POST":
        return ask_again(
            model_admin,
            request,
            client,
            title=gettext("Revoke the secret %s") % secret,
            consequence=gettext(
                "Requests with this secret are refused from now on. Tokens that it got live until"
                " they expire; to end those too, revoke the client's tokens."
            ),
        )
    if revoke_secret(secret, actor=actor_of(request)):
        message = gettext("Revoked the secret %s.") % secret
        model_admin.log_change(request, client, message)
        model_admin.message_user(request, message, messages.SUCCESS)
    else:
        message = gettext("The secret %s was revoked already.") % secret
        model_admin.message_user(request, message, messages.WARNING)
    return back_to(model_admin, client)


def _posted(request: HttpRequest) -> QueryDict | None:
    return request.POST if request.method == "POST" else None


def _initial(client: Client) -> dict[str, Any]:
    overlap = m2m_settings.ROTATION_OVERLAP / timedelta(hours=1)
    return {
        "expected_newest": newest_key_id(client),
        "expected_offer": newest_offer(client),
        "ending": RotateSecretForm.AT_A_MOMENT,
        "overlap_hours": f"{overlap:g}",
        "unused_hours": f"{overlap or _UNUSED_HOURS:g}",
    }


def _made(
    model_admin: admin.ModelAdmin,
    request: HttpRequest,
    client: Client,
    form: AddSecretForm,
    make: Callable[..., NewSecret],
    *,
    title: str,
    done: str,
) -> HttpResponse:
    """Ask with *form*; once it is filled in, make a secret and show it, or send a link to it."""
    if not form.is_valid():
        context = page_context(model_admin, request, client, title)
        context["form"] = form
        return TemplateResponse(request, "admin/oauth_m2m/client/secret_form.html", context)
    if form.cleaned_data["hand_over"]:
        seen = form.cleaned_data["expected_offer"]
        return send_link(model_admin, request, client, form, form.terms(), expected_newest=seen)
    try:
        secret = make(client, actor=actor_of(request), **form.arguments())
    except ValidationError as error:
        model_admin.message_user(request, " ".join(error.messages), messages.ERROR)
        return back_to(model_admin, client)
    model_admin.log_change(request, client, done % secret.key_id)
    return show_once(model_admin, request, client, secret)
