"""Disable and enable a client, and revoke all of its tokens."""

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from oauth_m2m.admin.actor import actor_of
from oauth_m2m.admin.object_views import ask_again, back_to
from oauth_m2m.models import Client
from oauth_m2m.operations.clients import disable_client, enable_client
from oauth_m2m.operations.tokens import revoke_client_tokens

__all__ = ["disable_view", "enable_view", "revoke_tokens_view"]


def disable_view(
    model_admin: admin.ModelAdmin, request: HttpRequest, client: Client
) -> HttpResponse:
    """Disable the client."""
    if disable_client(client, actor=actor_of(request)):
        _done(model_admin, request, client, _("Disabled: its tokens are refused."))
    else:
        model_admin.message_user(request, _("It was disabled already."), messages.WARNING)
    return back_to(model_admin, client)


def enable_view(
    model_admin: admin.ModelAdmin, request: HttpRequest, client: Client
) -> HttpResponse:
    """Enable the client."""
    if enable_client(client, actor=actor_of(request)):
        _done(model_admin, request, client, _("Enabled: it may work again."))
    else:
        model_admin.message_user(request, _("It was enabled already."), messages.WARNING)
    return back_to(model_admin, client)


def revoke_tokens_view(
    model_admin: admin.ModelAdmin, request: HttpRequest, client: Client
) -> HttpResponse:
    """Ask again, then end all tokens that the client has now."""
    if request.method != "POST":
        return ask_again(
            model_admin,
            request,
            client,
            title=_("Revoke all tokens"),
            consequence=_(
                "All tokens that this client has now are refused from now on. It can get new"
                " ones at once: to stop that, disable it or revoke its secrets."
            ),
            seen=_last_revocation(client),
        )
    # A form that was sent twice would end the tokens that the client got in between.
    client = Client.objects.select_for_update().get(pk=client.pk)
    last = _last_revocation(client)
    if request.POST.get("seen", last) != last:
        message = _(
            "Its tokens were revoked since you opened the page. Nothing was done; do it again if"
            " you want to end those that it got since."
        )
        model_admin.message_user(request, message, messages.WARNING)
        return back_to(model_admin, client)
    revoke_client_tokens(client, actor=actor_of(request))
    _done(model_admin, request, client, _("Revoked all of its tokens."))
    return back_to(model_admin, client)


def _last_revocation(client: Client) -> str:
    moment = client.tokens_valid_after
    return "never" if moment is None else moment.isoformat()


def _done(
    model_admin: admin.ModelAdmin, request: HttpRequest, client: Client, message: str
) -> None:
    model_admin.log_change(request, client, message)
    model_admin.message_user(request, message, messages.SUCCESS)
