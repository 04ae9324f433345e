"""How much each client does, a row a day and kind."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from oauth_m2m.models.clients import Client
from oauth_m2m.models.primary import PrimaryManager

__all__ = ["UsageCount"]


class UsageCount(models.Model):
    """What one client did on one day (UTC)."""

    class Kind(models.TextChoices):
        """What is counted."""

        TOKEN_ISSUED = "token_issued", _("tokens issued")
        API_CALL = "api_call", _("API calls")
        REFUSAL = "refusal", _("refusals")
        THROTTLED = "throttled", _("requests over a limit")

    client = models.ForeignKey(Client, on_delete=models.CASCADE, related_name="usage_counts")
    day = models.DateField(_("day"))
    kind = models.CharField(_("kind"), max_length=16, choices=Kind.choices)
    count = models.PositiveBigIntegerField(_("count"), default=0)

    objects = PrimaryManager()

    class Meta:
        verbose_name = _("usage count")
        verbose_name_plural = _("usage counts")
        indexes = (models.Index(fields=("day", "kind"), name="m2m_usage_of_day"),)
        constraints = (
            models.UniqueConstraint(fields=("client", "day", "kind"), name="m2m_usage_once_a_day"),
        )

    def __str__(self) -> str:
        return f"{self.client} {self.day} {self.kind}: {self.count}"
