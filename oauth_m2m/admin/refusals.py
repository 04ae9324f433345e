"""What an operation refuses after the form was found valid, as a message instead of a 500."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db import IntegrityError
from django.db.models import ProtectedError, RestrictedError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _

__all__ = ["RefusalsAsMessages"]


class RefusalsAsMessages(admin.ModelAdmin):
    """A screen whose rows may change between the check of a form and its operation."""

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Say what was refused; Django has rolled everything back."""
        try:
            return super().changeform_view(request, object_id, form_url, extra_context)
        except ValidationError as error:
            return self._refused(request, " ".join(error.messages))
        except IntegrityError:
            return self._refused(request, _("It was sent twice, or somebody else was faster."))

    def delete_view(
        self,
        request: HttpRequest,
        object_id: str,
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Say that something hangs on the row; Django has rolled everything back."""
        try:
            return super().delete_view(request, object_id, extra_context)
        except (ProtectedError, RestrictedError):
            return self._refused(request, _("Other records need it."))

    def _refused(self, request: HttpRequest, why: str) -> HttpResponse:
        self.message_user(request, _("Nothing was changed. %s") % why, messages.ERROR)
        return HttpResponseRedirect(request.get_full_path())
