"""Columns and questions that clients, credentials and tokens share."""

from datetime import datetime
from typing import Self, TypeVar

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

__all__ = ["Attributable", "Expirable", "LifecycleQuerySet", "Revocable"]

Row = TypeVar("Row", bound=models.Model)


class Attributable(models.Model):
    """A row that says when it was made, and by whom."""

    created_at = models.DateTimeField(_("created at"), default=timezone.now)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("created by"),
        on_delete=models.SET_NULL,
        related_name="+",
        null=True,
        blank=True,
    )

    class Meta:
        abstract = True


class Expirable(models.Model):
    """A row that stops working at a moment."""

    expires_at = models.DateTimeField(_("expires at"), null=True, blank=True)

    class Meta:
        abstract = True

    def is_expired(self, now: datetime | None = None) -> bool:
        """Whether the moment has come; a row without one never expires."""
        return self.expires_at is not None and self.expires_at <= (now or timezone.now())


class Revocable(models.Model):
    """A row that a person can end before its time."""

    revoked_at = models.DateTimeField(_("revoked at"), null=True, blank=True)

    class Meta:
        abstract = True


class LifecycleQuerySet(models.QuerySet[Row]):
    """Questions for rows that are both expirable and revocable."""

    def active(self, now: datetime | None = None) -> Self:
        """Rows that work now."""
        return self.filter(revoked_at=None).exclude(expires_at__lte=now or timezone.now())

    def expired(self, now: datetime | None = None) -> Self:
        """Rows whose time is over, revoked or not."""
        return self.filter(expires_at__lte=now or timezone.now())

    def for_client(self, client: models.Model) -> Self:
        """Rows of one client."""
        return self.filter(client=client)
