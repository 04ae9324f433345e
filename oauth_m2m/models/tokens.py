"""Access tokens that were issued, as digests."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from oauth_m2m.models.mixins import Expirable, LifecycleQuerySet, Revocable
from oauth_m2m.models.primary import PrimaryManager

__all__ = ["AccessToken", "TokenFormat"]


class TokenFormat(models.TextChoices):
    """How an access token looks to the API that gets it."""

    OPAQUE = "opaque", _("opaque: a random string, checked in the database")
    JWT = "jwt", _("signed: a JWT, checked by anyone who has our public keys")


class AccessToken(Expirable, Revocable):
    """An access token that was issued; the token itself is kept nowhere."""

    token_hash = models.CharField(_("token hash"), max_length=64)
    # Its index is the one that also orders a client's tokens by their end.
    client = models.ForeignKey(
        "oauth_m2m.Client",
        on_delete=models.CASCADE,
        related_name="access_tokens",
        db_index=False,
    )
    scope = models.TextField(_("scope"), blank=True)
    audience = models.JSONField(_("audience"), default=list, blank=True)
    issued_at = models.DateTimeField(_("issued at"))
    expires_at = models.DateTimeField(_("expires at"))
    jti = models.CharField(_("token id"), max_length=64, null=True, blank=True)  # noqa: DJ001 - "" would be a value that only one token may have
    format = models.CharField(
        _("format"), max_length=16, choices=TokenFormat.choices, default=TokenFormat.OPAQUE
    )
    confirmation = models.JSONField(_("sender binding"), null=True, blank=True)

    objects = PrimaryManager.from_queryset(LifecycleQuerySet)()

    class Meta:
        verbose_name = _("access token")
        verbose_name_plural = _("access tokens")
        ordering = ("-pk",)
        permissions = (("revoke_token", "Can revoke access tokens"),)
        indexes = (
            models.Index(fields=("expires_at",), name="m2m_token_expires_at"),
            # Partial, so that it costs nothing when a token is issued.
            models.Index(
                fields=("revoked_at",),
                name="m2m_token_revoked_at",
                condition=Q(revoked_at__isnull=False),
            ),
            models.Index(fields=("client", "expires_at"), name="m2m_token_of_client"),
        )
        constraints = (
            # Not unique=True, for which Django makes a second index on PostgreSQL: nobody looks
            # for the beginning of a hash, and each token would be written twice as often.
            models.UniqueConstraint(fields=("token_hash",), name="m2m_token_hash_once"),
            models.UniqueConstraint(fields=("jti",), name="m2m_token_jti_once"),
            models.CheckConstraint(condition=~Q(token_hash=""), name="m2m_token_has_hash"),
            models.CheckConstraint(
                condition=Q(expires_at__gt=F("issued_at")), name="m2m_token_expires_after_issue"
            ),
        )

    def __str__(self) -> str:
        return f"#{self.pk}"

    @property
    def state(self) -> str:
        """One of ``active``, ``expired``, ``revoked``; a disabled client is not considered."""
        cut = self.client.tokens_valid_after
        if self.revoked_at is not None or (cut is not None and self.issued_at <= cut):
            return "revoked"
        return "expired" if self.is_expired() else "active"
