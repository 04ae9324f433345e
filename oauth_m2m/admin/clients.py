"""Clients in the admin: register, look, change, disable, delete."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from oauth_m2m import protocol
from oauth_m2m.admin.actor import actor_of
from oauth_m2m.admin.client_columns import CLIENT_COLUMNS
from oauth_m2m.admin.client_filters import EndingFilter, UseFilter
from oauth_m2m.admin.client_form import ClientForm
from oauth_m2m.admin.client_keys import add_key_view, revoke_key_view
from oauth_m2m.admin.client_page import client_page_context
from oauth_m2m.admin.client_secrets import (
    add_secret_view,
    revoke_secret_view,
    rotate_secret_view,
)
from oauth_m2m.admin.client_sections import FACTS, add_page_context, sections_of
from oauth_m2m.admin.client_state import disable_view, enable_view, revoke_tokens_view
from oauth_m2m.admin.client_trial import try_view
from oauth_m2m.admin.csv_export import csv_action
from oauth_m2m.admin.escalation import (
    MAY_GRANT,
    fields_of_others,
    is_beyond,
    why_not_enable,
    why_not_prove,
)
from oauth_m2m.admin.hand_over_fields import HandOverFields
from oauth_m2m.admin.hand_overs import links_of, send_link, withdraw_hand_over_view
from oauth_m2m.admin.object_views import back_to, object_path
from oauth_m2m.admin.overview import overview_view
from oauth_m2m.admin.owned import OwnedRows, is_limited
from oauth_m2m.admin.refusals import RefusalsAsMessages
from oauth_m2m.admin.show_once import show_once
from oauth_m2m.models import Client, ClientSecret
from oauth_m2m.operations.client_readiness import what_is_missing
from oauth_m2m.operations.clients import create_client, delete_client, update_client
from oauth_m2m.operations.credentials import add_secret
from oauth_m2m.operations.hand_overs import SecretTerms

__all__ = ["ClientAdmin"]

MAY_VIEW = "oauth_m2m.view_client"
MAY_CHANGE = "oauth_m2m.change_client"
MAY_ROTATE = "oauth_m2m.rotate_secret"
MAY_REVOKE_TOKENS = "oauth_m2m.revoke_token"

SECRET_METHODS = {protocol.CLIENT_SECRET_BASIC, protocol.CLIENT_SECRET_POST}
SCOPES_IN_LIST = 4


@admin.register(Client)
class ClientAdmin(RefusalsAsMessages, OwnedRows):
    """The screens of clients; each change is an operation."""

    client_path = ""

    form = ClientForm
    list_display = ("name", "client_id", "is_active", "scope_names", "last_used_at", "created_at")
    list_filter = ("is_active", UseFilter, EndingFilter, "scopes")
    search_fields = ("name", "client_id", "contact_email")
    show_full_result_count = False
    actions = (csv_action(CLIENT_COLUMNS, "m2m_list_clients --json", "owner"),)
    filter_horizontal = ("resource_servers", "groups")
    raw_id_fields = ("owner", "service_account")
    add_form_template = "admin/oauth_m2m/client/add_form.html"

    class Media:
        css = {"all": ("oauth_m2m/admin.css", "oauth_m2m/client_page.css")}
        js = ("oauth_m2m/once.js", "oauth_m2m/scope_filter.js")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Client]:
        """Fetch the scopes of all rows of the list in one query."""
        return super().get_queryset(request).prefetch_related("scopes")

    def has_change_permission(self, request: HttpRequest, obj: Client | None = None) -> bool:
        """Leave clients that act as a superuser to superusers."""
        may = super().has_change_permission(request, obj)
        return may and not (obj is not None and is_beyond(request.user, obj))

    def get_fieldsets(self, request: HttpRequest, obj: Client | None = None) -> Any:
        """Return the sections of the form; what happened so far, once there is a client."""
        # What is not theirs to fill in says nothing on a page that registers a client.
        return sections_of(obj, without=() if obj else fields_of_others(request.user))

    def get_readonly_fields(
        self, request: HttpRequest, obj: Client | None = None
    ) -> tuple[str, ...]:
        """Fix the client id once others know it, and what others decide."""
        fixed = fields_of_others(request.user)
        return fixed if obj is None else ("client_id", *FACTS, *fixed)

    def get_urls(self) -> list[URLPattern]:
        """Add the views behind the buttons."""
        post = ("POST",)
        return [
            path(
                "overview/",
                self.admin_site.admin_view(self.overview_view),
                name="oauth_m2m_client_overview",
            ),
            object_path(self, "secrets/add/", add_secret_view, MAY_ROTATE, unless=why_not_prove),
            object_path(
                self, "secrets/rotate/", rotate_secret_view, MAY_ROTATE, unless=why_not_prove
            ),
            object_path(self, "secrets/<int:secret_pk>/revoke/", revoke_secret_view, MAY_ROTATE),
            object_path(
                self, "hand-overs/<int:link_pk>/withdraw/", withdraw_hand_over_view, MAY_ROTATE
            ),
            object_path(self, "keys/add/", add_key_view, MAY_ROTATE, unless=why_not_prove),
            object_path(self, "keys/<int:key_pk>/revoke/", revoke_key_view, MAY_ROTATE),
            object_path(self, "revoke-tokens/", revoke_tokens_view, MAY_REVOKE_TOKENS),
            object_path(self, "try/", try_view, MAY_VIEW),
            object_path(self, "disable/", disable_view, MAY_CHANGE, methods=post),
            object_path(
                self, "enable/", enable_view, MAY_CHANGE, methods=post, unless=why_not_enable
            ),
            *super().get_urls(),
        ]

    def get_actions(self, request: HttpRequest, action_location: Any = None) -> dict[str, Any]:
        """Leave out Django's own: clients are deleted one by one, each with its page."""
        # Django asks for the actions of one place since 6.1, and before it knows of none.
        place = {} if action_location is None else {"action_location": action_location}
        actions = super().get_actions(request, **place)
        actions.pop("delete_selected", None)
        return actions

    def overview_view(self, request: HttpRequest) -> HttpResponse:
        """Show what needs a look."""
        return overview_view(self, request)

    @admin.display(description=_("scopes"))
    def scope_names(self, client: Client) -> str:
        """Return the first few scopes, and how many more there are."""
        names = [scope.name for scope in client.scopes.all()]
        shown, more = ", ".join(names[:SCOPES_IN_LIST]), len(names) - SCOPES_IN_LIST
        if more <= 0:
            return shown
        return gettext("%(shown)s and %(more)d more") % {"shown": shown, "more": more}

    @admin.display(description=_("Scopes"))
    def granted_scopes(self, client: Client) -> str:
        """Return all scopes, for those who may look and not change."""
        grants = client.scope_grants.select_related("scope").order_by("scope__name")
        by_default, asked = gettext("by default"), gettext("when asked for")
        return (
            ", ".join(
                f"{grant.scope} ({by_default if grant.is_default else asked})" for grant in grants
            )
            or "-"
        )

    def save_model(
        self,
        request: HttpRequest,
        obj: Client,
        form: ClientForm,
        change: bool,  # noqa: FBT001 - Django's signature
    ) -> None:
        """Register or change the client with its scopes and groups."""
        # What is not the person's to fill in is not in the form: it stays, or stays empty.
        typed, actor = form.cleaned_data, actor_of(request)
        scopes, groups = typed.get("granted_scopes"), typed.get("groups")
        servers = typed.get("resource_servers")
        if change:
            update_client(obj, scopes=scopes, groups=groups, resource_servers=servers, actor=actor)
            return
        if is_limited(request.user):
            obj.owner_id = request.user.pk
        create_client(
            obj,
            scopes=scopes or {},
            groups=groups or (),
            resource_servers=servers or (),
            actor=actor,
        )

    def save_related(self, *_args: Any, **_kwargs: Any) -> None:
        """Do nothing: save_model did it, in one operation."""

    def response_add(
        self, request: HttpRequest, obj: Client, post_url_continue: str | None = None
    ) -> HttpResponse:
        """Answer with the new client's secret, or a link to it, if it authenticates with one."""
        if not SECRET_METHODS.intersection(obj.auth_methods):
            self._say_what_is_missing(request, obj)
            response = super().response_add(request, obj, post_url_continue)
            may_look = self.has_view_or_change_permission(request, obj)
            # Its own page, where keys are added; a pop-up answers for itself.
            return back_to(self, obj) if may_look and response.status_code == 302 else response
        choice = HandOverFields(request.POST)
        if choice.is_valid() and choice.cleaned_data["hand_over"]:
            response = send_link(self, request, obj, choice, SecretTerms())
            self._say_what_is_missing(request, obj)
            return response
        secret = add_secret(obj, actor=actor_of(request))
        self._say_what_is_missing(request, obj)
        return show_once(self, request, obj, secret)

    def response_change(self, request: HttpRequest, obj: Client) -> HttpResponse:
        """Answer with what the client still lacks, beside Django's own message."""
        self._say_what_is_missing(request, obj)
        return super().response_change(request, obj)

    def _say_what_is_missing(self, request: HttpRequest, client: Client) -> None:
        for sentence in what_is_missing(client):
            self.message_user(request, sentence, messages.WARNING)

    def render_change_form(
        self,
        request: HttpRequest,
        context: dict[str, Any],
        add: bool = False,  # noqa: FBT001 - Django's signature
        change: bool = False,  # noqa: FBT001 - Django's signature
        form_url: str = "",
        obj: Client | None = None,
    ) -> HttpResponse:
        """Add what the page shows beside the form, and which buttons the user may press."""
        if obj is None:
            # The answer is the page with the secret, so nothing can follow it.
            own: dict[str, Any] = {
                **add_page_context(context["adminform"]),
                "is_limited": is_limited(request.user),
                "can_grant": request.user.has_perm(MAY_GRANT),
                "show_save_and_add_another": False,
                "show_save_and_continue": False,
            }
        else:
            may = request.user.has_perm
            can_prove = not why_not_prove(request.user, obj)
            can_enable = not why_not_enable(request.user, obj)
            own = {
                **client_page_context(obj, request),
                "links": links_of(obj),
                "can_rotate": may(MAY_ROTATE),
                "can_prove": may(MAY_ROTATE) and can_prove,
                "can_change_state": may(MAY_CHANGE) and (obj.is_active or can_enable),
                "can_revoke_tokens": may(MAY_REVOKE_TOKENS),
            }
        return super().render_change_form(request, {**context, **own}, add, change, form_url, obj)

    def delete_model(self, request: HttpRequest, obj: Client) -> None:
        """Delete the client with its secrets and tokens."""
        delete_client(obj, actor=actor_of(request))

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:  # noqa: ARG002 - Django's signature
        """Say what goes with the client. Listing its tokens, or counting them, takes for ever."""
        secrets = sum(client.secrets.count() for client in objs)
        related = [
            ngettext("%d secret", "%d secrets", secrets) % secrets,
            gettext("all of its keys, certificates and workload identities"),
            gettext("all of its access tokens"),
            gettext("all of its usage counts"),
        ]
        lines = [line for client in objs for line in (str(client), related)]
        counts = {Client._meta.verbose_name_plural: len(objs)}  # noqa: SLF001 - Django's documented model API
        return lines, counts | {ClientSecret._meta.verbose_name_plural: secrets}, set(), []  # noqa: SLF001 - as above
