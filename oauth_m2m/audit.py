"""
Write the audit trail.

Kinds are ``subject.action``. No clear secret or token may get here: values that callers
send are redacted before they are stored.
"""

import logging
from collections.abc import Mapping
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser

from oauth_m2m.credential_format import redact_credentials
from oauth_m2m.log_events import AUDIT_RECORDED
from oauth_m2m.models import AuditEvent, Client
from oauth_m2m.signals import audit_recorded

__all__ = ["printable", "record_change", "write_event"]

logger = logging.getLogger("oauth_m2m.audit")


def record_change(
    kind: str,
    *,
    actor_name: str,
    actor: AbstractBaseUser | None = None,
    address: str | None = None,
    client: Client | None = None,
    reason: str = "",
    detail: Mapping[str, Any] | None = None,
) -> AuditEvent:
    """Record that somebody changed something."""
    return write_event(
        AuditEvent(
            kind=kind,
            actor_id=None if actor is None else actor.pk,
            actor_name=actor_name,
            client_id=None if client is None else client.pk,
            client_identifier="" if client is None else client.client_id,
            address=address,
            reason=reason[:255],
            detail=dict(detail or {}),
        )
    )


def printable(presented: str, length: int = 255) -> str:
    """Return what a caller calls itself, fit for a column of *length* and a log line."""
    # What a caller calls itself may be anything: NUL (which PostgreSQL refuses), a line
    # break that forges a log line, or the secret in the wrong field.
    clean = "".join(char if char.isprintable() else "?" for char in presented)
    return redact_credentials(clean)[:length]


def write_event(event: AuditEvent) -> AuditEvent:
    """Store *event*, log it, and tell the listeners."""
    event.save(force_insert=True)
    logger.info(
        "%s client=%s actor=%s address=%s reason=%s error_id=%s count=%d",
        event.kind,
        event.client_identifier or "-",
        event.actor_name or "-",
        event.address or "-",
        event.reason or "-",
        event.error_id or "-",
        event.count,
        extra=AUDIT_RECORDED(
            kind=event.kind,
            client_id=event.client_identifier,
            actor=event.actor_name,
            address=event.address,
            reason=event.reason,
            error_id=event.error_id,
            count=event.count,
        ),
    )
    audit_recorded.send_robust(sender=AuditEvent, event=event)
    return event
