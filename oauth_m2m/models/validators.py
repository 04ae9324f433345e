"""What a person may type into the fields of a client."""

import ipaddress
import re

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from oauth_m2m.rates import parse_rate
from oauth_m2m.setting_defaults import DEFAULTS

__all__ = [
    "validate_auth_methods",
    "validate_client_id",
    "validate_https",
    "validate_networks",
    "validate_rate",
    "validate_tls_subject",
]

_CLIENT_ID = re.compile(r"[0-9A-Za-z._-]+")


def validate_client_id(client_id: str) -> None:
    """Refuse what is not a client id that we issue: unreserved characters only."""
    if not _CLIENT_ID.fullmatch(client_id):
        raise ValidationError(
            _(
                "A client id has letters, digits, dots, dashes and underscores only, so that no"
                " client needs to encode it."
            ),
            code="invalid_client_id",
        )


def validate_auth_methods(methods: object) -> None:
    """Refuse an empty list, or a method that does not exist."""
    known = DEFAULTS["AUTH_METHODS"]
    if not (isinstance(methods, list) and methods and all(method in known for method in methods)):
        raise ValidationError(
            _("Choose at least one authentication method of: %(known)s."),
            code="invalid_auth_methods",
            params={"known": ", ".join(known)},
        )


def validate_https(uri: str, field: str) -> None:
    """Refuse, as an error of *field*, an address of another scheme than https."""
    if "://" in uri and not uri.lower().startswith("https://"):
        message = _("The address must be https: whoever changes keys on their way is the client.")
        raise ValidationError({field: ValidationError(message, code="not_https")})


def validate_networks(networks: object) -> None:
    """Refuse what is not a list of IPv4 or IPv6 networks."""
    if not isinstance(networks, list):
        raise ValidationError(_("Give a list of networks."), code="invalid_networks")
    for network in networks:
        try:
            # As text: to ip_network, the number 10 is the network 0.0.0.10/32.
            ipaddress.ip_network(str(network))
        except ValueError:
            raise ValidationError(
                _("%(network)s is not a network. Write it like 10.0.0.0/8 or 2001:db8::/32."),
                code="invalid_network",
                params={"network": network},
            ) from None


def validate_tls_subject(subject: object) -> None:
    """Refuse what does not name exactly one thing to match (RFC 8705 section 2.1.2)."""
    names = ("subject_dn", "san_dns", "san_uri", "san_ip", "san_email")
    is_sound = isinstance(subject, dict) and all(
        name in names and isinstance(value, str) and value for name, value in subject.items()
    )
    if not is_sound or len(subject) > 1:  # type: ignore[arg-type] # a dict when it is sound
        raise ValidationError(
            _("Name exactly one of: %(names)s."),
            code="invalid_tls_subject",
            params={"names": ", ".join(names)},
        )


def validate_rate(rate: str) -> None:
    """Refuse what is not a number per second, minute, hour or day."""
    try:
        parse_rate(rate)
    except ValueError:
        raise ValidationError(
            _("%(rate)s is not a rate. Write it like 10/s, 100/min, 1000/h or 5000/day."),
            code="invalid_rate",
            params={"rate": rate},
        ) from None
