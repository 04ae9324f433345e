"""What a client proves itself with."""

from datetime import datetime, timedelta
from typing import Final

from django.db import models, router
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from oauth_m2m.hashing import SHA256
from oauth_m2m.models.clients import Client
from oauth_m2m.models.mixins import Attributable, Expirable, LifecycleQuerySet, Revocable
from oauth_m2m.models.primary import PrimaryManager

__all__ = ["USE_PRECISION", "ClientSecret", "replace_digest"]

USE_PRECISION: Final = timedelta(minutes=1)
"""How much older than the last use of a retiring secret its row may be."""


class ClientSecret(Attributable, Expirable, Revocable):
    """
    One of a client's secrets, as a digest.

    A client has any number, so that a new one can work before an old one stops. One that a
    rotation replaced is retiring: ``expires_at`` is then when it stops if nothing more
    happens. With an ``unused_limit`` each use moves that on, up to ``latest_end_at``.
    """

    client = models.ForeignKey(Client, on_delete=models.CASCADE, related_name="secrets")
    key_id = models.CharField(_("key id"), max_length=64, unique=True)
    digest = models.CharField(_("digest"), max_length=255)
    algorithm = models.CharField(_("algorithm"), max_length=32, default=SHA256)
    hint = models.CharField(_("hint"), max_length=4, blank=True)
    description = models.CharField(_("description"), max_length=200, blank=True)
    last_used_at = models.DateTimeField(_("last used at"), null=True, blank=True)
    retiring_since = models.DateTimeField(_("retiring since"), null=True, blank=True)
    unused_limit = models.DurationField(_("stops once unused for"), null=True, blank=True)
    latest_end_at = models.DateTimeField(_("stops at the latest"), null=True, blank=True)
    # Pairs of an address and when it was last used from there, the newest first; only while
    # the secret is retiring.
    last_addresses = models.JSONField(_("last addresses"), default=list, blank=True)
    replaces = models.ForeignKey(
        "self",
        verbose_name=_("replaces"),
        on_delete=models.SET_NULL,
        related_name="proposals",
        null=True,
        blank=True,
        help_text=_("The secret that its client proved itself with when it proposed this one."),
    )
    awaits_use = models.BooleanField(
        _("awaits its first use"),
        default=False,
        help_text=_("Its client proposed it, and its first use will confirm it."),
    )

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
            models.CheckConstraint(
                condition=Q(unused_limit__isnull=True)
                | Q(retiring_since__isnull=False, expires_at__isnull=False),
                name="m2m_secret_unused_limit_ends",
            ),
            models.UniqueConstraint(
                fields=("replaces",),
                condition=Q(awaits_use=True),
                name="m2m_secret_one_proposal",
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

    @property
    def is_retiring(self) -> bool:
        """Whether a rotation replaced it, and it still works."""
        return self.retiring_since is not None and self.state == "active"

    def end_if_unused_since(self, moment: datetime) -> datetime | None:
        """
        Return when it stops if *moment* was its last use; None if no use changes that.

        The limit counts from the last use that is known, which may be USE_PRECISION too old:
        so much later it ends, so that it never ends too early.
        """
        if self.unused_limit is None:
            return None
        end = moment + self.unused_limit + USE_PRECISION
        return end if self.latest_end_at is None else min(end, self.latest_end_at)


def replace_digest(pk: int, slow: str, fast: str) -> None:
    """Let the secret be compared by *fast* from now on; nothing happens if another was first."""
    rows = ClientSecret.objects.using(router.db_for_write(ClientSecret))
    rows.filter(pk=pk, digest=slow).update(digest=fast, algorithm=SHA256)
