"""The audit trail: what changed, who changed it, and what was refused."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from oauth_m2m.models.audit_seals import AuditSeal
from oauth_m2m.models.clients import Client
from oauth_m2m.models.primary import PrimaryManager

__all__ = ["AuditEvent"]


class AuditEvent(models.Model):
    """
    One line of the audit trail.

    Names are kept as text beside the relations, so that the line still says who and what
    after the user or the client was deleted.
    """

    created_at = models.DateTimeField(_("when"), default=timezone.now)
    kind = models.CharField(_("what"), max_length=64)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("user"),
        on_delete=models.SET_NULL,
        related_name="+",
        null=True,
        blank=True,
    )
    actor_name = models.CharField(_("who"), max_length=255, blank=True)
    client = models.ForeignKey(
        Client,
        verbose_name=_("client"),
        on_delete=models.SET_NULL,
        related_name="audit_events",
        null=True,
        blank=True,
    )
    client_identifier = models.CharField(_("client id"), max_length=255, blank=True)
    address = models.GenericIPAddressField(_("address"), null=True, blank=True)
    reason = models.CharField(_("reason"), max_length=255, blank=True)
    error_id = models.CharField(_("error id"), max_length=16, blank=True)
    count = models.PositiveIntegerField(
        _("count"),
        default=1,
        help_text=_("How many alike this line stands for: a flood is counted, not written."),
    )
    detail = models.JSONField(_("detail"), default=dict, blank=True)
    # Not a range of ids: a row that was written late has a smaller id than its batch.
    seal = models.ForeignKey(
        AuditSeal,
        verbose_name=_("sealed in"),
        on_delete=models.PROTECT,
        related_name="events",
        null=True,
        blank=True,
        db_index=False,
    )

    objects = PrimaryManager()

    class Meta:
        verbose_name = _("audit event")
        verbose_name_plural = _("audit trail")
        ordering = ("-created_at", "-pk")
        indexes = (
            models.Index(fields=("-created_at", "-id"), name="m2m_event_newest_first"),
            models.Index(fields=("client", "-created_at"), name="m2m_event_of_client"),
            models.Index(fields=("kind", "-created_at", "-id"), name="m2m_event_of_kind"),
            models.Index(
                fields=("client_identifier", "-created_at", "-id"), name="m2m_event_of_name"
            ),
            models.Index(
                fields=("-created_at", "-id"),
                name="m2m_event_refused",
                condition=~models.Q(error_id=""),
            ),
            models.Index(
                fields=("reason", "-created_at", "-id"),
                name="m2m_event_of_reason",
                condition=~models.Q(error_id=""),
            ),
            models.Index(
                fields=("error_id",),
                name="m2m_event_error_id",
                condition=~models.Q(error_id=""),
            ),
            models.Index(fields=("seal", "id"), name="m2m_event_of_seal"),
        )

    def __str__(self) -> str:
        return f"{self.kind} {self.client_identifier}".strip()
