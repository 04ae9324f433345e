"""
What can happen, in the audit trail's words: ``subject.action``.

They are written down because to find them would read the whole trail.
``docs/reference/audit-kinds.md`` says what each means; a test holds the two together.
"""

from typing import Final

__all__ = ["AUDIT_KINDS"]

AUDIT_KINDS: Final = (
    "client.created",
    "client.changed",
    "client.disabled",
    "client.enabled",
    "client.deleted",
    "client.tokens_imported",
    "client.tokens_revoked",
    "secret.created",
    "secret.rotated",
    "secret.proposed",
    "secret.confirmed",
    "secret.imported",
    "secret.revoked",
    "hand_over.offered",
    "hand_over.claimed",
    "hand_over.withdrawn",
    "hand_over.refused",
    "credential.leaked",
    "api.refused",
    "token.refused",
    "token.revoked",
    "introspection.refused",
    "revocation.refused",
    "secret_scanning.refused",
    "secret_rotation.refused",
    "signing_key.rotated",
    "scope.created",
    "scope.changed",
    "scope.deleted",
    "resource_server.created",
    "resource_server.changed",
    "resource_server.deleted",
    "client_key.created",
    "client_key.revoked",
    "trusted_issuer.created",
    "trusted_issuer.changed",
    "trusted_issuer.deleted",
    "workload_identity.created",
    "workload_identity.changed",
    "workload_identity.deleted",
    "audit.cleared",
)
