"""What a client proves itself with."""

from django.conf import settings
from django.db import models, router
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from oauth_m2m.hashing import SHA256
from oauth_m2m.models.clients import Client
from oauth_m2m.models.mixins import Expirable, LifecycleQuerySet, Revocable
from oauth_m2m.models.primary import PrimaryManager

__all__ = ["ClientSecret", "replace_digest"]


class ClientSecret(Expirable, Revocable):
    """
    One of a client's secrets, as a digest.

    A client has any number, so that a new one can work before an old one stops.
    """

    client = models.ForeignKey(Client, on_delete=models.CASCADE, related_name="secrets")
    key_id = models.CharField(_("key id"), max_length=64, unique=True)
    digest = models.CharField(_("digest"), max_length=255)
    algorithm = models.CharField(_("algorithm"), max_length=32, default=SHA256)
    hint = models.CharField(_("hint"), max_length=4, blank=True)
    description = models.CharField(_("description"), max_length=200, blank=True)
    created_at = models.DateTimeField(_("created at"), default=timezone.now)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("created by"),
        on_delete=models.SET_NULL,
        related_name="+",
        null=True,
        blank=True,
    )
    last_used_at = models.DateTimeField(_("last used at"), null=True, blank=True)

    objects = PrimaryManager.from_queryset(LifecycleQuerySet)()

    class Meta:
        verbose_name = _("client secret")
        verbose_name_plural = _("client secrets")
        ordering = ("-created_at", "-pk")
        indexes = (models.Index(fields=("expires_at",), name="m2m_secret_expires_at"),)
        permissions = (("rotate_secret", "Can add, rotate and revoke client secrets"),)
        constraints = (
            models.CheckConstraint(
                condition=~Q(digest="") & ~Q(key_id=""), name="m2m_secret_is_not_blank"
            ),
            models.CheckConstraint(
                condition=Q(expires_at__isnull=True) | Q(expires_at__gt=F("created_at")),
                name="m2m_secret_expires_after_creation",
            ),
        )

    def __str__(self) -> str:
        # An imported secret has no hint: nobody knew its end.
        return f"{self.key_id} (…{self.hint})" if self.hint else self.key_id

    @property
    def state(self) -> str:
        """One of ``active``, ``expired``, ``revoked``."""
        if self.revoked_at is not None:
            return "revoked"
        return "expired" if self.is_expired() else "active"


def replace_digest(pk: int, slow: str, fast: str) -> None:
    """Let the secret be compared by *fast* from now on; nothing happens if another was first."""
    rows = ClientSecret.objects.using(router.db_for_write(ClientSecret))
    rows.filter(pk=pk, digest=slow).update(digest=fast, algorithm=SHA256)
