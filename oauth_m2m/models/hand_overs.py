"""Links that show a new secret once, to whoever opens them first."""

from typing import Self

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from oauth_m2m.models.clients import Client
from oauth_m2m.models.credentials import ClientSecret
from oauth_m2m.models.mixins import Attributable
from oauth_m2m.models.primary import PrimaryManager

__all__ = ["HandOver"]


class HandOverQuerySet(models.QuerySet["HandOver"]):
    """Questions for hand-over links."""

    def waiting(self) -> Self:
        """Links that nobody opened and that still work."""
        return self.filter(claimed_at=None, withdrawn_at=None, expires_at__gt=timezone.now())


class HandOver(Attributable):
    """
    A link by which somebody gets a secret of a client.

    The secret is made when the link is claimed, so nothing here is worth stealing: the
    digest of the link's token, and what the secret shall be like. None for a length of time
    means the setting's at that moment.
    """

    client = models.ForeignKey(Client, on_delete=models.CASCADE, related_name="hand_overs")
    token_digest = models.CharField(_("digest of the token"), max_length=64, unique=True)
    is_rotation = models.BooleanField(_("ends the old secrets"), default=False)
    overlap = models.DurationField(_("overlap"), null=True, blank=True)
    until_unused = models.DurationField(
        _("until the old ones are unused for"), null=True, blank=True
    )
    secret_lifetime = models.DurationField(_("lifetime of the secret"), null=True, blank=True)
    description = models.CharField(_("description"), max_length=200, blank=True)
    expires_at = models.DateTimeField(_("expires at"))
    withdrawn_at = models.DateTimeField(_("withdrawn at"), null=True, blank=True)
    claimed_at = models.DateTimeField(_("claimed at"), null=True, blank=True)
    claimed_from = models.GenericIPAddressField(_("claimed from"), null=True, blank=True)
    secret = models.ForeignKey(
        ClientSecret,
        verbose_name=_("client secret"),
        on_delete=models.SET_NULL,
        related_name="+",
        null=True,
        blank=True,
    )

    objects = PrimaryManager.from_queryset(HandOverQuerySet)()

    class Meta:
        verbose_name = _("hand-over link")
        verbose_name_plural = _("hand-over links")
        ordering = ("-created_at", "-pk")
        indexes = (models.Index(fields=("expires_at",), name="m2m_hand_over_expires_at"),)
        constraints = (
            models.CheckConstraint(
                condition=Q(claimed_at__isnull=True) | Q(withdrawn_at__isnull=True),
                name="m2m_hand_over_ends_once",
            ),
            models.CheckConstraint(
                condition=Q(expires_at__gt=F("created_at")),
                name="m2m_hand_over_expires_after_creation",
            ),
        )

    def __str__(self) -> str:
        return f"#{self.pk}"

    @property
    def state(self) -> str:
        """One of ``waiting``, ``claimed``, ``withdrawn``, ``expired``."""
        if self.claimed_at is not None:
            return "claimed"
        if self.withdrawn_at is not None:
            return "withdrawn"
        return "waiting" if self.expires_at > timezone.now() else "expired"
