"""Access tokens in the admin: look, and revoke."""

from typing import Any, Final

from django.contrib import admin, messages
from django.db.models import F, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from oauth_m2m.admin.actor import actor_of
from oauth_m2m.admin.object_views import back_to, object_path
from oauth_m2m.admin.owned import OwnedRows
from oauth_m2m.admin.read_only import ReadOnlyAdmin
from oauth_m2m.models import AccessToken, Client
from oauth_m2m.operations.tokens import revoke_token

__all__ = ["AccessTokenAdmin"]

MAY_REVOKE = "oauth_m2m.revoke_token"


# What an index finds those of a state by; in another order the whole table would be read.
_ORDER_OF_STATE: Final = {
    "active": ("-expires_at", "-pk"),
    "expired": ("-expires_at", "-pk"),
    "revoked": ("-revoked_at", "-pk"),
    "revoked_together": ("client_id", "-pk"),
}


class StateFilter(admin.SimpleListFilter):
    """
    Tokens by what AccessToken.state says of them.

    Those revoked one by one, and those revoked with all that their client had, are two
    choices, because each has an index of its own.
    """

    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:  # noqa: ARG002 - Django's signature
        """Offer the states."""
        return [
            ("active", _("active")),
            ("expired", _("expired")),
            ("revoked", _("revoked")),
            ("revoked_together", _("revoked with all of its client's")),
        ]

    def queryset(
        self,
        request: HttpRequest,  # noqa: ARG002 - Django's signature
        queryset: QuerySet[AccessToken],
    ) -> QuerySet[AccessToken]:
        """Ask what the property asks, in SQL."""
        alone, together = (
            Q(revoked_at__isnull=False),
            Q(issued_at__lte=F("client__tokens_valid_after")),
        )
        revoked = alone | together
        now = timezone.now()
        match self.value():
            case "active":
                return queryset.filter(expires_at__gt=now).exclude(revoked)
            case "expired":
                return queryset.filter(expires_at__lte=now).exclude(revoked)
            case "revoked":
                return queryset.filter(alone)
            case "revoked_together":
                return queryset.filter(together, client__tokens_valid_after__isnull=False)
            case _:
                return queryset


@admin.register(AccessToken)
class AccessTokenAdmin(ReadOnlyAdmin, OwnedRows):
    """The list of tokens; none of them can be read, since none is kept."""

    list_display = (
        "id",
        "client",
        "state_now",
        "scope",
        "issued_at",
        "expires_at",
        "audiences",
        "format_name",
    )
    list_select_related = ("client",)
    list_filter = (StateFilter,)
    # Exact, so that the index on the client finds the rows of a large table.
    search_fields = ("client__client_id__exact",)
    search_help_text = _("A whole client id.")
    # By anything else it takes long: the table may have millions of rows.
    sortable_by = ("id", "expires_at")
    actions = ("revoke_selected",)
    fields = (
        "id",
        "client",
        "scope",
        "audiences",
        "format",
        "state_now",
        "issued_at",
        "expires_at",
        "revoked_at",
        "jti",
        "confirmation",
    )
    readonly_fields = ("id", "state_now", "audiences")

    def get_ordering(self, request: HttpRequest) -> tuple[str, ...]:
        """Order those of a state by what they are found by."""
        state = request.GET.get(StateFilter.parameter_name, "")
        return _ORDER_OF_STATE.get(state, ("-pk",))

    def get_search_results(
        self,
        request: HttpRequest,  # noqa: ARG002 - Django's signature
        queryset: QuerySet[AccessToken],
        search_term: str,
    ) -> tuple[QuerySet[AccessToken], bool]:
        """Look the client up first: the database then knows how many tokens it has."""
        words = search_term.strip()
        if words:
            client = Client.objects.filter(client_id=words).first()
            queryset = queryset.filter(client=client) if client else queryset.none()
        return queryset, False

    def get_urls(self) -> list[URLPattern]:
        """Add the view behind the button."""
        return [
            object_path(self, "revoke/", revoke_view, MAY_REVOKE, methods=("POST",)),
            *super().get_urls(),
        ]

    @admin.display(description=_("state"))
    def state_now(self, token: AccessToken) -> str:
        """Return the state in the reader's language."""
        words = {
            "active": gettext("active"),
            "expired": gettext("expired"),
            "revoked": gettext("revoked"),
        }
        return words[token.state]

    @admin.display(description=_("audience"))
    def audiences(self, token: AccessToken) -> str:
        """Return the APIs that the token is for."""
        return " ".join(token.audience)

    @admin.display(description=_("format"), ordering="format")
    def format_name(self, token: AccessToken) -> str:
        """Return the format as settings name it: what it means is too long for a list."""
        return token.format

    def has_revoke_permission(self, request: HttpRequest) -> bool:
        """Whether the user may revoke tokens; asked for the action."""
        return request.user.has_perm(MAY_REVOKE)

    @admin.action(description=_("Revoke selected tokens"), permissions=["revoke"])
    def revoke_selected(self, request: HttpRequest, queryset: QuerySet[AccessToken]) -> None:
        """End the chosen tokens, each with a line in the audit trail."""
        actor = actor_of(request)
        revoked = 0
        for token in queryset.iterator():
            if revoke_token(token, actor=actor):
                self.log_change(request, token, gettext("Revoked."))
                revoked += 1
        message = ngettext("Revoked %d token.", "Revoked %d tokens.", revoked) % revoked
        self.message_user(request, message, messages.SUCCESS)

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """Show the button to those who may press it, while there is something to end."""
        token: AccessToken = context["original"]
        own = {"can_revoke": self.has_revoke_permission(request) and token.state == "active"}
        return super().render_change_form(request, {**context, **own}, *args, **kwargs)


def revoke_view(
    model_admin: AccessTokenAdmin, request: HttpRequest, token: AccessToken
) -> HttpResponse:
    """Revoke one token."""
    if revoke_token(token, actor=actor_of(request)):
        model_admin.log_change(request, token, gettext("Revoked."))
        model_admin.message_user(request, gettext("Revoked the token."), messages.SUCCESS)
    else:
        message = gettext("The token was revoked already.")
        model_admin.message_user(request, message, messages.WARNING)
    return back_to(model_admin, token)
