"""Hand-over links in the admin: shown once when they are made, listed, and withdrawn."""

from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from oauth_m2m.admin.actor import actor_of
from oauth_m2m.admin.hand_over_fields import HandOverFields
from oauth_m2m.admin.object_views import ask_again, back_to, page_context
from oauth_m2m.admin.show_once import HEADERS
from oauth_m2m.models import Client, HandOver
from oauth_m2m.operations.credentials import ANY
from oauth_m2m.operations.hand_overs import SecretTerms, offer_hand_over, withdraw_hand_over

__all__ = ["links_of", "send_link", "withdraw_hand_over_view"]

_LISTED = 10


def links_of(client: Client) -> QuerySet[HandOver]:
    """Return the client's newest links, for its page."""
    links = client.hand_overs.select_related("created_by", "secret").defer("token_digest")
    return links[:_LISTED]


def send_link(
    model_admin: admin.ModelAdmin,
    request: HttpRequest,
    client: Client,
    form: HandOverFields,
    terms: SecretTerms,
    *,
    expected_newest: str = ANY,
) -> HttpResponse:
    """Make the link that *form* asks for and show it once; a stale form makes none."""
    try:
        offered = offer_hand_over(
            client,
            terms,
            actor=actor_of(request),
            link_lifetime=form.link_lifetime,
            expected_newest=expected_newest,
        )
    except ValidationError as error:
        model_admin.message_user(request, " ".join(error.messages), messages.ERROR)
        return back_to(model_admin, client)
    model_admin.log_change(request, client, _("Made the hand-over link #%d.") % offered.pk)
    context = {
        **page_context(model_admin, request, client, _("Hand-over link")),
        "link": offered,
        "terms": terms,
    }
    page = render_to_string("admin/oauth_m2m/client/link_once.html", context, request)
    return HttpResponse(page, headers=HEADERS)


def withdraw_hand_over_view(
    model_admin: admin.ModelAdmin, request: HttpRequest, client: Client, link_pk: int
) -> HttpResponse:
    """Ask again, then end one link of the client."""
    link = get_object_or_404(client.hand_overs.all(), pk=link_pk)
    if request.method != "POST":
        return ask_again(
            model_admin,
            request,
            client,
            title=_("Withdraw the hand-over link %s") % link,
            consequence=_(
                "Whoever opens the link from now on gets no secret. One that was opened already"
                " is not undone by this: revoke the secret that it gave."
            ),
        )
    if withdraw_hand_over(link, actor=actor_of(request)):
        message = _("Withdrew the hand-over link %s.") % link
        model_admin.log_change(request, client, message)
        model_admin.message_user(request, message, messages.SUCCESS)
    else:
        message = _("The hand-over link %s was over already: look at its state.") % link
        model_admin.message_user(request, message, messages.WARNING)
    return back_to(model_admin, client)
