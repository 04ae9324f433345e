"""Platforms whose tokens prove a client, and which of their workloads are which client."""

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from oauth_m2m import protocol
from oauth_m2m.models.clients import Client
from oauth_m2m.models.primary import PrimaryManager
from oauth_m2m.models.validators import validate_https

__all__ = ["TrustedIssuer", "WorkloadIdentity"]


def default_algorithms() -> list[str]:
    """Return the algorithms that platforms sign with."""
    return [protocol.RS256, protocol.ES256]


def validate_algorithms(algorithms: object) -> None:
    """Refuse an empty list, HMAC, and what does not exist."""
    known = protocol.ASYMMETRIC_ALGORITHMS
    if not (
        isinstance(algorithms, list) and algorithms and all(name in known for name in algorithms)
    ):
        raise ValidationError(
            _("Choose at least one algorithm of: %(known)s."),
            code="invalid_algorithms",
            params={"known": ", ".join(known)},
        )


def validate_conditions(conditions: object) -> None:
    """Refuse what is not a mapping from claim to the text, number or truth it must equal."""
    if not isinstance(conditions, dict) or not all(
        name and isinstance(value, str | int | bool) for name, value in conditions.items()
    ):
        raise ValidationError(
            _('Conditions are a JSON object such as {"repository": "acme/orders"}.'),
            code="invalid_conditions",
        )


class TrustedIssuer(models.Model):
    """A platform that gives its workloads signed identities: Kubernetes, GitHub Actions, SPIFFE."""

    name = models.CharField(_("name"), max_length=200)
    issuer = models.CharField(
        _("issuer"),
        max_length=255,
        unique=True,
        help_text=_("Exactly what its tokens carry as iss."),
    )
    jwks_uri = models.URLField(
        _("JWKS URI"), max_length=500, help_text=_("Where its public keys are; https.")
    )
    algorithms = models.JSONField(
        _("algorithms"), default=default_algorithms, validators=[validate_algorithms]
    )
    audience = models.CharField(
        _("audience"),
        max_length=255,
        blank=True,
        help_text=_("What its tokens for us carry as aud; empty: our issuer or token endpoint."),
    )
    is_active = models.BooleanField(_("active"), default=True)

    objects = PrimaryManager()

    class Meta:
        verbose_name = _("trusted issuer")
        verbose_name_plural = _("trusted issuers")
        ordering = ("name",)
        constraints = (
            models.CheckConstraint(condition=~Q(issuer=""), name="m2m_trusted_issuer_not_blank"),
        )

    def __str__(self) -> str:
        return self.name or self.issuer

    def clean(self) -> None:
        """Refuse an address of keys that anybody on the way could replace."""
        validate_https(self.jwks_uri, "jwks_uri")


class WorkloadIdentity(models.Model):
    """
    A subject of a trusted issuer that is one of our clients.

    A ``*`` in the subject stands for any characters but ``:`` and ``/``, so that it cannot
    reach over the parts of a name. Each condition must equal the claim of that name.
    """

    issuer = models.ForeignKey(
        TrustedIssuer,
        verbose_name=_("issuer"),
        on_delete=models.PROTECT,
        related_name="identities",
    )
    client = models.ForeignKey(
        Client,
        verbose_name=_("client"),
        on_delete=models.CASCADE,
        related_name="workload_identities",
    )
    subject = models.CharField(_("subject"), max_length=255)
    conditions = models.JSONField(
        _("conditions"), default=dict, blank=True, validators=[validate_conditions]
    )

    objects = PrimaryManager()

    class Meta:
        verbose_name = _("workload identity")
        verbose_name_plural = _("workload identities")
        ordering = ("issuer", "subject")
        constraints = (
            models.UniqueConstraint(
                fields=("issuer", "subject", "client"), name="m2m_workload_identity_once"
            ),
            models.CheckConstraint(condition=~Q(subject=""), name="m2m_workload_has_subject"),
        )

    def __str__(self) -> str:
        return f"{self.issuer}: {self.subject}"
