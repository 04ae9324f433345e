"""Public keys and certificates that clients prove themselves with."""

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from oauth_m2m.models.clients import Client
from oauth_m2m.models.mixins import Attributable, Expirable, LifecycleQuerySet, Revocable
from oauth_m2m.models.primary import PrimaryManager

__all__ = ["ClientKey"]


class ClientKey(Attributable, Expirable, Revocable):
    """
    One public key of a client, perhaps out of a certificate.

    ``sha256_thumbprint`` is that of the certificate (``x5t#S256``), in base64url; empty for
    a bare key. A private key never gets here.
    """

    client = models.ForeignKey(Client, on_delete=models.CASCADE, related_name="keys")
    kid = models.CharField(_("key id"), max_length=255)
    public_jwk = models.JSONField(_("public key"))
    certificate = models.TextField(_("certificate"), blank=True)
    sha256_thumbprint = models.CharField(_("SHA-256 thumbprint"), max_length=64, blank=True)
    subject_dn = models.CharField(_("subject"), max_length=500, blank=True)
    not_before = models.DateTimeField(_("not before"), null=True, blank=True)
    description = models.CharField(_("description"), max_length=200, blank=True)
    last_used_at = models.DateTimeField(_("last used at"), null=True, blank=True)

    objects = PrimaryManager.from_queryset(LifecycleQuerySet)()

    class Meta:
        verbose_name = _("client key")
        verbose_name_plural = _("client keys")
        ordering = ("-created_at", "-pk")
        indexes = (models.Index(fields=("expires_at",), name="m2m_client_key_expires_at"),)
        constraints = (
            models.UniqueConstraint(fields=("client", "kid"), name="m2m_client_key_kid_once"),
            models.CheckConstraint(condition=~Q(kid=""), name="m2m_client_key_has_kid"),
        )

    def __str__(self) -> str:
        return self.kid

    @property
    def state(self) -> str:
        """One of ``active``, ``not yet valid``, ``expired``, ``revoked``."""
        if self.revoked_at is not None:
            return "revoked"
        if self.is_expired():
            return "expired"
        begins_later = self.not_before is not None and self.not_before > timezone.now()
        return "not yet valid" if begins_later else "active"
