"""The admin: one module a screen."""

from oauth_m2m.admin.clients import ClientAdmin
from oauth_m2m.admin.events import AuditEventAdmin
from oauth_m2m.admin.federation import TrustedIssuerAdmin, WorkloadIdentityAdmin
from oauth_m2m.admin.resources import ResourceServerAdmin, ScopeAdmin
from oauth_m2m.admin.signing_keys import SigningKeyAdmin
from oauth_m2m.admin.tokens import AccessTokenAdmin

__all__ = [
    "AccessTokenAdmin",
    "AuditEventAdmin",
    "ClientAdmin",
    "ResourceServerAdmin",
    "ScopeAdmin",
    "SigningKeyAdmin",
    "TrustedIssuerAdmin",
    "WorkloadIdentityAdmin",
]
