"""
Signals a host project may listen to. None of them carries a clear secret or token.

``token_issued``
    After a token was issued. Arguments: ``client_id`` (str), ``scopes`` (tuple of str),
    ``expires_at`` (aware datetime).

``audit_recorded``
    After an audit event was written: every change and every refusal. Argument:
    ``event`` (:class:`oauth_m2m.models.AuditEvent`).

``credential_leaked``
    After a working secret or token was reported as public. Arguments: ``credential`` (str:
    ``client_secret``, ``access_token`` or ``signed_token``), ``client_id`` (str), ``key_id``
    (str, "" for a token), ``last_four`` (str), ``source`` and ``url`` (str, where it was
    found), ``revoked`` (bool, whether it was ended). A receiver that fails is logged by Django
    and stops nothing.
"""

from django.dispatch import Signal

__all__ = ["audit_recorded", "credential_leaked", "token_issued"]

token_issued = Signal()
audit_recorded = Signal()
credential_leaked = Signal()
