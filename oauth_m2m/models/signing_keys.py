"""The keys that sign our tokens, encrypted at rest."""

from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from oauth_m2m import protocol
from oauth_m2m.models.primary import PrimaryManager

__all__ = ["SigningKey"]


class SigningKeyQuerySet(models.QuerySet["SigningKey"]):
    """Questions about signing keys."""

    def published(self, now: datetime | None = None) -> Self:
        """Keys that belong in the JWKS: announced, signing, or kept for verification."""
        return self.exclude(expires_at__lte=now or timezone.now())


class SigningKey(models.Model):
    """
    One key on its way through four moments.

    It is announced in the JWKS at ``announced_at``, signs from ``activates_at`` to
    ``retires_at``, and is kept for verification until ``expires_at``, when the last token
    that it signed has expired. The newest key has neither of the last two.

    ``generation`` counts up for each algorithm. It is unique, so of two processes that
    rotate at once the database lets one through, whatever the database.
    """

    kid = models.CharField(_("key id"), max_length=64, unique=True)
    algorithm = models.CharField(
        _("algorithm"),
        max_length=16,
        choices=[(name, name) for name in protocol.SIGNING_ALGORITHMS],
    )
    generation = models.PositiveIntegerField(_("generation"))
    private_key = models.TextField(_("private key, encrypted"))
    public_jwk = models.JSONField(_("public key"))
    announced_at = models.DateTimeField(_("announced at"), default=timezone.now)
    activates_at = models.DateTimeField(_("signs from"))
    retires_at = models.DateTimeField(_("signs until"), null=True, blank=True)
    expires_at = models.DateTimeField(_("verifies until"), null=True, blank=True)

    objects = PrimaryManager.from_queryset(SigningKeyQuerySet)()

    class Meta:
        verbose_name = _("signing key")
        verbose_name_plural = _("signing keys")
        ordering = ("algorithm", "-generation")
        constraints = (
            models.UniqueConstraint(
                fields=("algorithm", "generation"), name="m2m_signing_key_generation"
            ),
            models.CheckConstraint(
                condition=Q(activates_at__gte=F("announced_at")),
                name="m2m_signing_key_announced_first",
            ),
            models.CheckConstraint(
                # Said twice, since a comparison with NULL breaks no constraint.
                condition=Q(retires_at=None, expires_at=None)
                | Q(
                    retires_at__isnull=False,
                    expires_at__isnull=False,
                    expires_at__gte=F("retires_at"),
                ),
                name="m2m_signing_key_retires_first",
            ),
        )

    def __str__(self) -> str:
        return f"{self.algorithm} {self.kid[:8]}"

    @property
    def state(self) -> str:
        """One of ``announced``, ``active``, ``retired``, ``expired``."""
        now = timezone.now()
        if self.expires_at is not None and self.expires_at <= now:
            return "expired"
        if self.retires_at is not None and self.retires_at <= now:
            return "retired"
        return "announced" if self.activates_at > now else "active"
