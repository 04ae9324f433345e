"""Who was told that a credential ends: a row for each credential and each time to tell."""

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from oauth_m2m.models.client_keys import ClientKey
from oauth_m2m.models.credentials import ClientSecret
from oauth_m2m.models.primary import PrimaryManager

__all__ = ["ExpiryNotice"]


class ExpiryNotice(models.Model):
    """
    A notice that a secret or key ends at *ends_at*, due *days* before that.

    The row is there before the mail is sent: it is unique, so of two processes one sends.
    ``claimed_at`` is when a process began to, None when it failed and another may try;
    ``sent_at`` is when it was done. A credential whose end is moved is told of anew.
    """

    secret = models.ForeignKey(
        ClientSecret,
        verbose_name=_("secret"),
        on_delete=models.CASCADE,
        related_name="expiry_notices",
        null=True,
        blank=True,
        db_index=False,
    )
    key = models.ForeignKey(
        ClientKey,
        verbose_name=_("key"),
        on_delete=models.CASCADE,
        related_name="expiry_notices",
        null=True,
        blank=True,
        db_index=False,
    )
    ends_at = models.DateTimeField(_("ends at"))
    days = models.PositiveSmallIntegerField(_("days before"))
    claimed_at = models.DateTimeField(_("claimed at"), default=timezone.now, null=True, blank=True)
    sent_at = models.DateTimeField(_("sent at"), null=True, blank=True)

    objects = PrimaryManager()

    class Meta:
        verbose_name = _("expiry notice")
        verbose_name_plural = _("expiry notices")
        constraints = (
            models.UniqueConstraint(
                fields=("secret", "ends_at", "days"), name="m2m_notice_of_secret_once"
            ),
            models.UniqueConstraint(
                fields=("key", "ends_at", "days"), name="m2m_notice_of_key_once"
            ),
            models.CheckConstraint(
                condition=Q(secret__isnull=False, key__isnull=True)
                | Q(secret__isnull=True, key__isnull=False),
                name="m2m_notice_of_one_credential",
            ),
        )

    def __str__(self) -> str:
        return f"{self.days} days before {self.ends_at:%Y-%m-%d}"
