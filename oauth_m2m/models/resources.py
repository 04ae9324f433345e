"""What may be asked for: scopes, and the resource servers they belong to."""

import re

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from oauth_m2m import protocol
from oauth_m2m.credential_format import redact_credentials
from oauth_m2m.models.primary import PrimaryManager
from oauth_m2m.models.tokens import TokenFormat

__all__ = ["ResourceServer", "Scope", "validate_identifier", "validate_scope_name"]

# RFC 3986 section 4.3, loosely: a scheme, then no space, quote, fragment or non-ASCII letter.
_ABSOLUTE_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:[!$-~]+")


def validate_scope_name(name: str) -> None:
    """Refuse what is not a scope-token (RFC 6749 appendix A.4)."""
    # A scope that looks like a credential would be redacted on its way in.
    if not protocol.SCOPE_TOKEN.fullmatch(name) or redact_credentials(name) != name:
        raise ValidationError(
            _(
                "A scope is one word of printable ASCII characters without spaces, quotes or"
                " backslashes, such as orders:read."
            ),
            code="invalid_scope_name",
        )


def validate_identifier(identifier: str) -> None:
    """Refuse what is not an absolute URI without a fragment (RFC 8707 section 2)."""
    if not _ABSOLUTE_URI.fullmatch(identifier):
        raise ValidationError(
            _(
                "The identifier is an absolute URI without a fragment, such as https://api.example.com."
            ),
            code="invalid_identifier",
        )


class ResourceServer(models.Model):
    """An API whose tokens carry its identifier as their audience."""

    identifier = models.CharField(
        _("identifier"),
        max_length=255,
        unique=True,
        validators=[validate_identifier],
        help_text=_("An absolute URI; tokens for this API carry it as their audience."),
    )
    name = models.CharField(_("name"), max_length=200)
    token_format = models.CharField(
        _("token format"),
        max_length=16,
        choices=TokenFormat.choices,
        blank=True,
        help_text=_("Empty: the setting TOKEN_FORMAT. What a client says goes first."),
    )
    token_lifetime = models.PositiveIntegerField(
        _("token lifetime"), null=True, blank=True, help_text=_("Seconds; empty: the setting.")
    )

    introspecting_clients = models.ManyToManyField(
        "oauth_m2m.Client",
        verbose_name=_("introspecting clients"),
        related_name="introspects",
        blank=True,
        help_text=_("The clients that are this API: they may ask whether a token for it is valid."),
    )

    objects = PrimaryManager()

    class Meta:
        verbose_name = _("resource server")
        verbose_name_plural = _("resource servers")
        ordering = ("name", "identifier")
        constraints = (
            models.CheckConstraint(condition=~Q(identifier=""), name="m2m_resource_has_identifier"),
            models.CheckConstraint(
                condition=Q(token_lifetime__isnull=True) | Q(token_lifetime__gt=0),
                name="m2m_resource_lifetime_positive",
            ),
        )

    def __str__(self) -> str:
        return self.name or self.identifier


class Scope(models.Model):
    """One thing that a client may be allowed to do."""

    name = models.CharField(
        _("name"),
        max_length=200,
        unique=True,
        validators=[validate_scope_name],
        help_text=_("What clients ask for and APIs require, such as orders:read."),
    )
    description = models.CharField(_("description"), max_length=500, blank=True)
    resource_server = models.ForeignKey(
        ResourceServer,
        verbose_name=_("resource server"),
        on_delete=models.PROTECT,
        related_name="scopes",
        null=True,
        blank=True,
        help_text=_("The API that understands this scope; empty: any."),
    )

    objects = PrimaryManager()

    class Meta:
        verbose_name = _("scope")
        verbose_name_plural = _("scopes")
        ordering = ("name",)
        constraints = (
            models.CheckConstraint(
                condition=~Q(name="") & ~Q(name__contains=" "), name="m2m_scope_name_is_a_word"
            ),
        )

    def __str__(self) -> str:
        return self.name
