"""Create, change and delete trusted issuers and workload identities."""

from typing import Any

from oauth_m2m.models import TrustedIssuer, WorkloadIdentity
from oauth_m2m.models.transactions import our_transaction
from oauth_m2m.operations.auditing import note
from oauth_m2m.values import Actor

__all__ = [
    "delete_trusted_issuer",
    "delete_workload_identity",
    "save_trusted_issuer",
    "save_workload_identity",
]


@our_transaction()
def save_trusted_issuer(issuer: TrustedIssuer, *, actor: Actor) -> None:
    """
    Save an issuer; raises ValidationError for a bad value.

    The audit trail gets what was there and what is there now: whoever changes where the keys
    are can become any of the issuer's workloads.
    """
    issuer.full_clean()
    before = TrustedIssuer.objects.filter(pk=issuer.pk).first()
    issuer.save()
    detail = {"issuer": issuer.issuer, **_changes(before, issuer)}
    note(f"trusted_issuer.{_verb(before)}", actor, detail=detail)


@our_transaction()
def delete_trusted_issuer(issuer: TrustedIssuer, *, actor: Actor) -> None:
    """Delete an issuer that no workload identity needs."""
    note("trusted_issuer.deleted", actor, detail={"issuer": issuer.issuer})
    issuer.delete()


@our_transaction()
def save_workload_identity(identity: WorkloadIdentity, *, actor: Actor) -> None:
    """Save an identity; raises ValidationError for a bad value. Audited with old and new."""
    identity.full_clean()
    before = WorkloadIdentity.objects.filter(pk=identity.pk).first()
    identity.save()
    detail = {**_named(identity), **_changes(before, identity)}
    note(f"workload_identity.{_verb(before)}", actor, client=identity.client, detail=detail)


@our_transaction()
def delete_workload_identity(identity: WorkloadIdentity, *, actor: Actor) -> None:
    """Delete an identity: its workload gets no more tokens, and those it has live on."""
    note("workload_identity.deleted", actor, client=identity.client, detail=_named(identity))
    identity.delete()


def _verb(before: object) -> str:
    return "created" if before is None else "changed"


def _named(identity: WorkloadIdentity) -> dict[str, Any]:
    return {"issuer": identity.issuer.issuer, "subject": identity.subject}


def _changes(
    before: TrustedIssuer | WorkloadIdentity | None, after: TrustedIssuer | WorkloadIdentity
) -> dict[str, Any]:
    changes = {}
    for field in after._meta.concrete_fields:  # noqa: SLF001 - Django's documented model API
        old = None if before is None else field.value_from_object(before)
        new = field.value_from_object(after)
        if old != new and not field.primary_key:
            changes[field.name] = {"before": old, "after": new}
    return {"changes": changes}
