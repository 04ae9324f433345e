"""Seals of the audit trail: which rows there were, and what they said."""

from typing import Final

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from oauth_m2m.models.primary import PrimaryManager

__all__ = ["FIRST_SEQUENCE", "AuditSeal"]

FIRST_SEQUENCE: Final = 1


class AuditSeal(models.Model):
    """
    One batch of audit events, sealed.

    ``row_digests`` has a pair for each row, its id and the SHA-256 of its line, in the order
    of the ids. ``digest`` covers them and the digest of the batch before, so whoever keeps
    one digest elsewhere can tell that no row up to it was altered.
    """

    # The key itself, so that of two processes that seal at once the database lets one through.
    sequence = models.PositiveBigIntegerField(_("batch"), primary_key=True)
    sealed_at = models.DateTimeField(_("sealed at"), default=timezone.now)
    previous_digest = models.CharField(_("digest of the batch before"), max_length=64, blank=True)
    digest = models.CharField(_("digest"), max_length=64)
    row_digests = models.JSONField(_("digests of the rows"))
    cleared_at = models.DateTimeField(
        _("cleared at"),
        null=True,
        blank=True,
        help_text=_("When its rows were deleted because the time to keep them was over."),
    )

    objects = PrimaryManager()

    class Meta:
        verbose_name = _("audit seal")
        verbose_name_plural = _("audit seals")
        ordering = ("-sequence",)

    def __str__(self) -> str:
        return gettext("batch %(number)d") % {"number": self.sequence}
