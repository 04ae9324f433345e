"""
Signals a host project may listen to. None of them carries a clear secret or token.

All are sent robustly: a receiver that raises is logged by Django (``django.dispatch``), the other
receivers are still called, and what was being done is done. ``docs/reference/signals.md`` says
when each is sent, and in which transaction.

``token_issued``
    After a token was issued. Arguments: ``client_id`` (str), ``scopes`` (tuple of str),
    ``expires_at`` (aware datetime), ``token_format`` (str: ``opaque`` or ``jwt``),
    ``auth_method`` (str: how the client proved itself; "" where no endpoint was asked).

``token_verified``
    After an API let a machine's token in. Arguments: ``client_id`` (str), ``scopes`` (tuple of
    str), ``token_format`` (str), ``issuer`` (str: the other server, "" for ours), ``duration``
    (float: seconds that the verification took). Nothing is timed while nobody listens.

``request_refused``
    After an endpoint or an API refused a request. Arguments: ``kind`` (str: that of the audit
    trail), ``error`` (str: the RFC's), ``reason`` (str: the private one), ``client_id`` (str: ""
    unless it is a client that exists), ``address`` (str or None), ``error_id`` (str). Each
    request of a flood sends it, also those that the trail only counts.

``audit_recorded``
    After an audit event was written: every change and every refusal. Argument:
    ``event`` (:class:`oauth_m2m.models.AuditEvent`).

``credential_leaked``
    After a working secret or token was reported as public. Arguments: ``credential`` (str:
    ``client_secret``, ``access_token`` or ``signed_token``), ``client_id`` (str), ``key_id``
    (str, "" for a token), ``last_four`` (str), ``source`` and ``url`` (str, where it was
    found), ``revoked`` (bool, whether it was ended).

``credential_expiring``
    30, 14, 7 and 1 days before a working secret or key ends, once each, from
    ``m2m_expiring --notify``. Arguments: ``credential`` (str: ``client_secret``,
    ``client_key`` or ``client_certificate``), ``client_id`` (str), ``key_id`` (str),
    ``expires_at`` (aware datetime), ``days`` (int: which of the four it is).
"""

from django.dispatch import Signal

__all__ = [
    "audit_recorded",
    "credential_expiring",
    "credential_leaked",
    "request_refused",
    "token_issued",
    "token_verified",
]

token_issued = Signal()
token_verified = Signal()
request_refused = Signal()
audit_recorded = Signal()
credential_leaked = Signal()
credential_expiring = Signal()
