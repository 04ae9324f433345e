"""The nouns: one file each, facts that a database can hold held by constraints."""

from oauth_m2m.models.audit_seals import AuditSeal
from oauth_m2m.models.client_keys import ClientKey
from oauth_m2m.models.clients import Client, ClientScope
from oauth_m2m.models.credentials import ClientSecret
from oauth_m2m.models.events import AuditEvent
from oauth_m2m.models.expiry_notices import ExpiryNotice
from oauth_m2m.models.federation import TrustedIssuer, WorkloadIdentity
from oauth_m2m.models.hand_overs import HandOver
from oauth_m2m.models.replay import SeenAssertion
from oauth_m2m.models.resources import ResourceServer, Scope
from oauth_m2m.models.signing_keys import SigningKey
from oauth_m2m.models.tokens import AccessToken, TokenFormat
from oauth_m2m.models.usage_counts import UsageCount

__all__ = [
    "AccessToken",
    "AuditEvent",
    "AuditSeal",
    "Client",
    "ClientKey",
    "ClientScope",
    "ClientSecret",
    "ExpiryNotice",
    "HandOver",
    "ResourceServer",
    "Scope",
    "SeenAssertion",
    "SigningKey",
    "TokenFormat",
    "TrustedIssuer",
    "UsageCount",
    "WorkloadIdentity",
]
