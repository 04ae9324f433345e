"""Signing keys in the admin: see when each of them signs, and rotate."""

import json
from datetime import timedelta
from functools import cached_property
from typing import Any, Final

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import PermissionDenied
from django.db import router, transaction
from django.db.models import Max
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from oauth_m2m import protocol
from oauth_m2m.admin.actor import actor_of
from oauth_m2m.admin.key_timeline import Timeline, timelines_of
from oauth_m2m.admin.owned import is_limited
from oauth_m2m.admin.read_only import ReadOnlyAdmin
from oauth_m2m.conf import m2m_settings
from oauth_m2m.keys.encryption import is_decryptable
from oauth_m2m.models import SigningKey
from oauth_m2m.operations.signing_keys import Rotation, rotate_signing_keys

__all__ = ["SigningKeyAdmin"]

MAY_ROTATE = "oauth_m2m.change_signingkey"
MAX_DAYS: Final = 36_500


class RotateForm(forms.Form):
    """The next key: what it signs with, from when, and how long the old ones verify."""

    algorithm = forms.ChoiceField(
        label=_("Algorithm"),
        choices=[(name, name) for name in protocol.SIGNING_ALGORITHMS],
        help_text=_("Tokens are signed with the one that the setting SIGNING_ALGORITHM names."),
    )
    announce_days = forms.FloatField(
        label=_("Days that the new key is announced"),
        min_value=0,
        max_value=MAX_DAYS,
        initial="1",
        help_text=_(
            "It is published before it signs, so that APIs know it in time. 0: it signs at once,"
            " as when the old key leaked."
        ),
    )
    retain_days = forms.FloatField(
        label=_("Days that the old keys verify after that"),
        min_value=0,
        max_value=MAX_DAYS,
        required=False,
        help_text=_("Empty: as long as a token may live."),
    )
    # What the person saw: a form that was sent twice must not make two keys.
    newest = forms.IntegerField(required=False, widget=forms.HiddenInput)


class KeyList(ChangeList):
    """The list of keys, laid out."""

    @cached_property
    def timelines(self) -> list[Timeline]:
        """Return the keys of the page by algorithm."""
        return timelines_of(self.result_list)


@admin.register(SigningKey)
class SigningKeyAdmin(ReadOnlyAdmin):
    """The keys as a timeline. Their private halves are on no page."""

    list_display = ("kid", "algorithm")
    ordering = ("algorithm", "-generation")
    fields = (
        "kid",
        "algorithm",
        "state_now",
        "announced_at",
        "activates_at",
        "retires_at",
        "expires_at",
        "readable",
        "public_key",
    )
    readonly_fields = ("state_now", "readable", "public_key")

    def get_urls(self) -> list[URLPattern]:
        """Add the page behind the button."""
        view = self.admin_site.admin_view(self.rotate_view)
        return [path("rotate/", view, name="oauth_m2m_signingkey_rotate"), *super().get_urls()]

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:  # noqa: ARG002 - Django's signature
        """Return the list that knows how to lay out its keys."""
        return KeyList

    def lookup_allowed(
        self,
        lookup: str,  # noqa: ARG002 - Django's signature
        value: Any,  # noqa: ARG002 - as above
        request: HttpRequest | None = None,  # noqa: ARG002 - as above
    ) -> bool:
        """Refuse: who filters by an encrypted key in the address learns it bit by bit."""
        return False

    def has_rotate_permission(self, request: HttpRequest) -> bool:
        """Whether the user may make the next key, with which all clients' tokens are signed."""
        return request.user.has_perm(MAY_ROTATE) and not is_limited(request.user)

    @admin.display(description=_("state"))
    def state_now(self, key: SigningKey) -> str:
        """Return the state in the reader's language."""
        words = {
            "announced": gettext("announced: it will sign"),
            "active": gettext("active: it may sign"),
            "retired": gettext("retired: it verifies only"),
            "expired": gettext("over: it verifies no more"),
        }
        return words[key.state]

    @admin.display(description=_("private key"))
    def readable(self, key: SigningKey) -> str:
        """Say whether we can sign with it; never show it."""
        if is_decryptable(key.private_key):
            return gettext("encrypted, and this server can decrypt it")
        return gettext("cannot be decrypted: put the former key back into KEY_ENCRYPTION_KEYS")

    @admin.display(description=_("public key"))
    def public_key(self, key: SigningKey) -> str:
        """Return the public JWK as indented JSON."""
        return format_html('<pre class="m2m-code">{}</pre>', json.dumps(key.public_jwk, indent=2))

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Add where keys come from, and whether the user may rotate them."""
        own = {
            "title": gettext("Signing keys"),
            "are_configured": bool(m2m_settings.SIGNING_KEYS),
            "can_rotate": self.has_rotate_permission(request),
            "used_algorithm": m2m_settings.SIGNING_ALGORITHM,
        }
        return super().changelist_view(request, {**own, **(extra_context or {})})

    def rotate_view(self, request: HttpRequest) -> HttpResponse:
        """Ask for the times of a rotation, then do it."""
        sees = self.has_view_or_change_permission(request)
        if not (sees and self.has_rotate_permission(request)):
            raise PermissionDenied
        if m2m_settings.SIGNING_KEYS:
            message = gettext("Nothing was done: the keys come from the setting SIGNING_KEYS.")
            return self._back_to_list(request, message, messages.ERROR)
        with transaction.atomic(using=router.db_for_write(SigningKey)):
            if request.method == "POST":
                # Of two who rotate at once the second waits here, and then sees the new key.
                list(SigningKey.objects.select_for_update().values_list("pk"))
            return self._rotate_or_ask(request)

    def _rotate_or_ask(self, request: HttpRequest) -> HttpResponse:
        newest = SigningKey.objects.aggregate(newest=Max("pk"))["newest"]
        initial = {"algorithm": m2m_settings.SIGNING_ALGORITHM, "newest": newest}
        form = RotateForm(request.POST if request.method == "POST" else None, initial=initial)
        if not form.is_valid():
            return self._ask(request, form)
        if form.cleaned_data["newest"] != newest:
            message = gettext(
                "The keys changed since you opened the page. Nothing was done; look at them again"
                " and decide anew."
            )
            return self._back_to_list(request, message, messages.ERROR)
        return self._rotate(request, form.cleaned_data)

    def _rotate(self, request: HttpRequest, chosen: dict[str, Any]) -> HttpResponse:
        retain = chosen["retain_days"]
        rotation = rotate_signing_keys(
            actor=actor_of(request),
            algorithm=chosen["algorithm"],
            announce=timedelta(days=chosen["announce_days"]),
            retain=None if retain is None else timedelta(days=retain),
        )
        message = _outcome(rotation)
        if rotation.is_new:
            self.log_addition(request, rotation.key, message)
            return self._back_to_list(request, message, messages.SUCCESS)
        return self._back_to_list(request, message, messages.WARNING)

    def _ask(self, request: HttpRequest, form: RotateForm) -> HttpResponse:
        request.current_app = self.admin_site.name
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("Rotate the signing keys"),
            "subtitle": None,
            "opts": self.opts,
            "media": self.media,
            "form": form,
        }
        return TemplateResponse(request, "admin/oauth_m2m/signingkey/rotate.html", context)

    def _back_to_list(self, request: HttpRequest, message: str, level: int) -> HttpResponse:
        self.message_user(request, message, level)
        site = self.admin_site.name
        return HttpResponseRedirect(
            reverse("admin:oauth_m2m_signingkey_changelist", current_app=site)
        )


def _outcome(rotation: Rotation) -> str:
    key = rotation.key
    if not rotation.is_new:
        words = gettext(
            "Nothing was done: a rotation is in progress already. Its new key, %(key)s, signs from"
            " %(moment)s."
        )
    elif key.activates_at > timezone.now():
        words = gettext("Made the key %(key)s. It signs from %(moment)s.")
    else:
        words = gettext("Made the key %(key)s. It signs from now on.")
    moment = date_format(timezone.localtime(key.activates_at), "SHORT_DATETIME_FORMAT")
    return words % {"key": key, "moment": moment}
