"""Assertions and proofs that were used: each works once, whatever process it reaches."""

from django.db import models
from django.utils.translation import gettext_lazy as _

__all__ = ["SeenAssertion"]


class SeenAssertion(models.Model):
    """
    The digest of one ``jti`` with its sender.

    The unique column stops a replay: of fifty copies that arrive at once, on any number of
    servers, the database takes one.
    """

    digest = models.CharField(_("digest"), max_length=64, unique=True)
    expires_at = models.DateTimeField(_("expires at"))

    class Meta:
        verbose_name = _("seen assertion")
        verbose_name_plural = _("seen assertions")
        indexes = (models.Index(fields=("expires_at",), name="m2m_seen_expires_at"),)

    def __str__(self) -> str:
        return f"#{self.pk}"
