"""The choice, in forms that make a secret, to send a hand-over link instead of seeing it."""

from datetime import timedelta
from typing import Any, Final

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from oauth_m2m.conf import m2m_settings
from oauth_m2m.operations.hand_overs import check_links_work

__all__ = ["LINK_FIELDS", "HandOverFields"]

LINK_FIELDS: Final = ("hand_over", "link_hours")

# A hundred years: a moment further away does not fit into a datetime.
_MAX_HOURS: Final = 876_000


class HandOverFields(forms.Form):
    """Whether the secret goes by a link, and how long that works."""

    hand_over = forms.BooleanField(
        label=_("Send a hand-over link instead of seeing the secret"),
        required=False,
        help_text=_(
            "The next page shows a link. It shows the secret to whoever opens it first, once."
        ),
    )
    link_hours = forms.FloatField(
        label=_("Hours that the link works"),
        min_value=0.01,
        max_value=_MAX_HOURS,
        required=False,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Say what holds where the hours stay empty."""
        super().__init__(*args, **kwargs)
        hours = m2m_settings.HAND_OVER_LIFETIME / timedelta(hours=1)
        self.fields["link_hours"].help_text = gettext(
            "For a hand-over link. Empty: %(hours)g, the setting HAND_OVER_LIFETIME."
        ) % {"hours": hours}

    def clean_hand_over(self) -> bool:
        """Refuse a link where none can be made, before anything is changed."""
        wanted: bool = self.cleaned_data["hand_over"]
        if wanted:
            check_links_work()
        return wanted

    @property
    def link_lifetime(self) -> timedelta | None:
        """How long the link works; None for the setting's time."""
        hours = self.cleaned_data["link_hours"]
        return None if hours is None else timedelta(hours=hours)
