"""
Signals a host project may listen to. None of them carries a clear secret or token.

``token_issued``
    After a token was issued. Arguments: ``client_id`` (str), ``scopes`` (tuple of str),
    ``expires_at`` (aware datetime).

``audit_recorded``
    After an audit event was written: every change and every refusal. Argument:
    ``event`` (:class:`oauth_m2m.models.AuditEvent`).
"""

from django.dispatch import Signal

__all__ = ["audit_recorded", "token_issued"]

token_issued = Signal()
audit_recorded = Signal()
