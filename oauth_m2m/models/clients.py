"""Clients, and what they may do."""

import secrets
from datetime import datetime
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from oauth_m2m import protocol
from oauth_m2m.models.missed_secrets import would_be_missed
from oauth_m2m.models.mixins import Attributable
from oauth_m2m.models.primary import PrimaryManager
from oauth_m2m.models.resources import ResourceServer, Scope
from oauth_m2m.models.tokens import TokenFormat
from oauth_m2m.models.validators import (
    validate_auth_methods,
    validate_client_id,
    validate_https,
    validate_networks,
    validate_rate,
    validate_tls_subject,
)

__all__ = ["Client", "ClientScope", "generate_client_id"]


def generate_client_id() -> str:
    """Return a new client id: 128 random bits in URL-safe characters."""
    return secrets.token_hex(16)


def default_auth_methods() -> list[str]:
    """Return the methods of a client that has a shared secret."""
    return [protocol.CLIENT_SECRET_BASIC, protocol.CLIENT_SECRET_POST]


class ClientQuerySet(models.QuerySet["Client"]):
    """Questions about clients."""

    def active(self) -> Self:
        """Clients that may get tokens."""
        return self.filter(is_active=True)

    def unused_since(self, moment: datetime) -> Self:
        """Clients that did nothing since *moment* and are older than it."""
        return self.filter(created_at__lt=moment).exclude(last_used_at__gte=moment)

    def with_credential_expiring_before(self, moment: datetime) -> Self:
        """
        Clients that have a working secret, key or certificate which stops before *moment*.

        Secrets that a rotation replaced count only if somebody would miss them.
        """
        now = timezone.now()
        secret = would_be_missed("secrets__") & Q(
            secrets__revoked_at=None, secrets__expires_at__gt=now, secrets__expires_at__lte=moment
        )
        key = Q(keys__revoked_at=None, keys__expires_at__gt=now, keys__expires_at__lte=moment)
        return self.filter(secret | key).distinct()


class Client(Attributable):
    """A program that may ask for tokens: confidential, and never a person."""

    client_id = models.CharField(
        _("client id"),
        max_length=255,
        unique=True,
        default=generate_client_id,
        validators=[validate_client_id],
    )
    name = models.CharField(_("name"), max_length=200)
    description = models.TextField(_("description"), blank=True)
    contact_email = models.EmailField(
        _("contact email"), blank=True, help_text=_("Whom to tell before a secret expires.")
    )
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("owner"),
        on_delete=models.SET_NULL,
        related_name="+",
        null=True,
        blank=True,
        help_text=_("The colleague who answers for this client."),
    )
    is_active = models.BooleanField(
        _("active"),
        default=True,
        help_text=_("A disabled client gets no tokens, and those it has are refused."),
    )
    auth_methods = models.JSONField(
        _("authentication methods"),
        default=default_auth_methods,
        validators=[validate_auth_methods],
    )
    token_format = models.CharField(
        _("token format"),
        max_length=16,
        choices=TokenFormat.choices,
        blank=True,
        help_text=_("Empty: the setting TOKEN_FORMAT."),
    )
    token_lifetime = models.PositiveIntegerField(
        _("token lifetime"),
        null=True,
        blank=True,
        help_text=_("Seconds that a token lives; empty: the setting ACCESS_TOKEN_LIFETIME."),
    )
    service_account = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("service account"),
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        help_text=_("The user that APIs see as request.user; empty: a principal of its own."),
    )
    groups = models.ManyToManyField(
        "auth.Group",
        verbose_name=_("groups"),
        related_name="+",
        blank=True,
        help_text=_("Where its Django permissions come from while it has no service account."),
    )
    allowed_networks = models.JSONField(
        _("allowed networks"),
        default=list,
        blank=True,
        validators=[validate_networks],
        help_text=_("Networks it may call from, such as 10.0.0.0/8; empty: any."),
    )
    rate_limit = models.CharField(
        _("rate limit"),
        max_length=32,
        blank=True,
        validators=[validate_rate],
        help_text=_("API calls it may make, such as 1000/h; empty: no limit of its own."),
    )
    jwks_uri = models.URLField(
        _("JWKS URI"),
        max_length=500,
        blank=True,
        help_text=_("Where the client publishes its public keys; https."),
    )
    tls_subject = models.JSONField(
        _("certificate subject"),
        default=dict,
        blank=True,
        validators=[validate_tls_subject],
        help_text=_(
            'What its certificate must say, such as {"san_dns": "orders.example.com"} or'
            ' {"subject_dn": "CN=orders,O=Example"}.'
        ),
    )
    requires_dpop = models.BooleanField(
        _("requires DPoP"),
        default=False,
        help_text=_("It gets tokens only with a DPoP proof, bound to the proof's key."),
    )
    requires_certificate = models.BooleanField(
        _("binds tokens to its certificate"),
        default=False,
        help_text=_("Its tokens work only together with its TLS certificate."),
    )
    profile = models.CharField(
        _("profile"),
        max_length=16,
        choices=[("fapi2", "FAPI 2.0")],
        blank=True,
        help_text=_("FAPI 2.0: no shared secrets, bound tokens, short lifetimes."),
    )
    tokens_valid_after = models.DateTimeField(_("tokens valid after"), null=True, blank=True)
    metadata = models.JSONField(
        _("metadata"),
        default=dict,
        blank=True,
        help_text=_("Anything you want to keep with it, as JSON."),
    )
    last_used_at = models.DateTimeField(_("last used at"), null=True, blank=True)
    resource_servers = models.ManyToManyField(
        ResourceServer,
        verbose_name=_("resource servers"),
        related_name="allowed_clients",
        blank=True,
        help_text=_("APIs it may name as audience, beside those that its scopes belong to."),
    )
    scopes = models.ManyToManyField(
        Scope, verbose_name=_("scopes"), through="oauth_m2m.ClientScope", related_name="clients"
    )

    objects = PrimaryManager.from_queryset(ClientQuerySet)()

    class Meta:
        verbose_name = _("client")
        verbose_name_plural = _("clients")
        ordering = ("name", "client_id")
        permissions = (("view_all_clients", "Can see all clients, not only their own"),)
        constraints = (
            models.CheckConstraint(condition=~Q(client_id=""), name="m2m_client_has_id"),
            models.CheckConstraint(condition=~Q(name=""), name="m2m_client_has_name"),
            models.CheckConstraint(
                condition=Q(token_lifetime__isnull=True) | Q(token_lifetime__gt=0),
                name="m2m_client_lifetime_positive",
            ),
        )

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """Refuse an address of keys that anybody on the way could replace."""
        validate_https(self.jwks_uri, "jwks_uri")


class ClientScope(models.Model):
    """A scope that a client was granted."""

    client = models.ForeignKey(Client, on_delete=models.CASCADE, related_name="scope_grants")
    scope = models.ForeignKey(Scope, on_delete=models.CASCADE, related_name="client_grants")
    is_default = models.BooleanField(
        _("default"),
        default=True,
        help_text=_("Given when the client asks for no scope in particular."),
    )

    objects = PrimaryManager()

    class Meta:
        verbose_name = _("granted scope")
        verbose_name_plural = _("granted scopes")
        permissions = (("grant_scope", "Can widen what their own clients may do"),)
        constraints = (
            models.UniqueConstraint(fields=("client", "scope"), name="m2m_client_scope_once"),
        )

    def __str__(self) -> str:
        return f"{self.scope} ({self.client})"
