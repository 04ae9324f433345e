"""Assertions and proofs that were used: each works once, whatever process it reaches."""

from contextlib import nullcontext
from datetime import datetime

from django.db import IntegrityError, models, router, transaction
from django.utils.translation import gettext_lazy as _

from oauth_m2m.models.primary import PrimaryManager

__all__ = ["SeenAssertion", "remember_once"]


class SeenAssertion(models.Model):
    """
    The digest of one ``jti`` with its sender.

    The constraint stops a replay: of fifty copies that arrive at once, on any number of
    servers, the database takes one.
    """

    digest = models.CharField(_("digest"), max_length=64)
    expires_at = models.DateTimeField(_("expires at"))

    objects = PrimaryManager()

    class Meta:
        verbose_name = _("seen assertion")
        verbose_name_plural = _("seen assertions")
        indexes = (models.Index(fields=("expires_at",), name="m2m_seen_expires_at"),)
        # Not unique=True: see AccessToken.
        constraints = (models.UniqueConstraint(fields=("digest",), name="m2m_seen_once"),)

    def __str__(self) -> str:
        return f"#{self.pk}"


def remember_once(digest: str, expires_at: datetime) -> bool:
    """Remember *digest* until *expires_at*; False if it was seen before. One INSERT."""
    alias = router.db_for_write(SeenAssertion)
    # A refused INSERT breaks a transaction, so inside one it gets a savepoint; outside it
    # needs neither.
    in_transaction = transaction.get_connection(alias).in_atomic_block
    try:
        with transaction.atomic(using=alias) if in_transaction else nullcontext():
            SeenAssertion(digest=digest, expires_at=expires_at).save(using=alias, force_insert=True)
    except IntegrityError:
        return False
    return True
