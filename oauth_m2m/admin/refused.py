"""Why was it refused? A page that finds a refusal by the ``error_id`` that its caller was told."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final
from urllib.parse import urlencode

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from oauth_m2m.admin.error_ids import MAX_IDS, error_ids_in
from oauth_m2m.admin.reason_words import ReasonWords, words_of
from oauth_m2m.models import AuditEvent
from oauth_m2m.refusals import MINUTE

__all__ = ["Finding", "LookupForm", "findings", "refused_view"]

MAX_LENGTH: Final = 20_000

# Rows that share an id: the refusal itself, and the count of those that followed it.
_ROWS_OF_AN_ID: Final = 10
# The count of a flood is written with the first request after its minute.
_COUNTED_AFTER: Final = timedelta(seconds=2 * MINUTE)

_PLACES: Final = {
    "token.refused": _("a token request"),
    "api.refused": _("an API call"),
    "introspection.refused": _("a question about a token (introspection)"),
    "revocation.refused": _("the revocation of a token"),
    "secret_rotation.refused": _("the replacement of its own secret by a client"),
    "secret_scanning.refused": _("a report of leaks"),
}


class LookupForm(forms.Form):
    """Whatever the caller passed on."""

    text = forms.CharField(
        label=_("error_id, or the whole answer"),
        max_length=MAX_LENGTH,
        widget=forms.Textarea(attrs={"rows": 3, "cols": 60, "spellcheck": "false"}),
        help_text=_(
            "Paste what the caller was told: the id, the JSON answer, the WWW-Authenticate"
            " header, or a line of its log."
        ),
    )

    def clean_text(self) -> tuple[str, ...]:
        """Return the ids in it."""
        found = error_ids_in(self.cleaned_data["text"])
        if not found:
            raise forms.ValidationError(
                _(
                    "There is no error_id in it. An error_id is 12 small letters and digits; a"
                    " request without any token is refused without one."
                )
            )
        return found


@dataclass(frozen=True, slots=True)
class Finding:
    """
    What is known of an id: *event* is the refusal, None if there is none.

    *alike* is how many further refusals were told the same id, as far as they are counted;
    *is_fresh* says that more may be counted in a moment.
    """

    error_id: str
    event: AuditEvent | None = None
    words: ReasonWords | None = None
    place: str = ""
    alike: int = 0
    is_fresh: bool = False


def refused_view(model_admin: admin.ModelAdmin, request: HttpRequest) -> HttpResponse:
    """
    Read what was pasted and redirect to the ids in it; show what is known of those.

    The address has the ids alone: what was pasted may hold a token, and addresses are logged.
    """
    if not model_admin.has_view_permission(request):
        raise PermissionDenied
    form = LookupForm(request.POST) if request.method == "POST" else LookupForm()
    if form.is_valid():
        ids = form.cleaned_data["text"]
        query = urlencode([("error_id", error_id) for error_id in ids])
        return HttpResponseRedirect(f"{request.path}?{query}")
    asked, malformed = _asked(request)
    request.current_app = model_admin.admin_site.name
    context: dict[str, Any] = {
        **model_admin.admin_site.each_context(request),
        "title": gettext("Why was it refused?"),
        "subtitle": None,
        "opts": model_admin.opts,
        "media": model_admin.media,
        # Without what was pasted: it may hold a token.
        "form": _emptied(form),
        "findings": findings(model_admin.get_queryset(request), asked),
        "malformed": malformed,
        "can_see_clients": request.user.has_perm("oauth_m2m.view_client"),
    }
    return TemplateResponse(request, "admin/oauth_m2m/auditevent/refused.html", context)


def findings(events: QuerySet[AuditEvent], ids: Sequence[str]) -> list[Finding]:
    """Return what *events* know of each of *ids*, in their order."""
    rows: dict[str, list[AuditEvent]] = {error_id: [] for error_id in ids}
    if not rows:
        return []
    found = events.filter(error_id__in=rows).select_related("client")
    for event in found.order_by("created_at", "pk")[: _ROWS_OF_AN_ID * len(rows)]:
        rows[event.error_id].append(event)
    return [_finding(error_id, events_of_it) for error_id, events_of_it in rows.items()]


def _finding(error_id: str, events: Sequence[AuditEvent]) -> Finding:
    if not events:
        return Finding(error_id)
    event = events[0]
    return Finding(
        error_id=error_id,
        event=event,
        words=words_of(event.reason),
        place=str(_PLACES.get(event.kind, event.kind)),
        alike=sum(row.count for row in events) - 1,
        is_fresh=len(events) == 1 and event.created_at > timezone.now() - _COUNTED_AFTER,
    )


def _asked(request: HttpRequest) -> tuple[list[str], bool]:
    """Return the ids in the address, and whether something there is none."""
    if request.method == "POST":
        return [], False
    given = request.GET.getlist("error_id")[:MAX_IDS]
    ids = [error_ids_in(text) for text in given]
    return [error_id for found in ids for error_id in found], not all(ids)


def _emptied(form: LookupForm) -> LookupForm:
    if form.is_bound:
        form.data = {}
    return form
