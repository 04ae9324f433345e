"""
Large tables of a real PostgreSQL, filled by SQL, and what a statement reads of them.

Most tokens are those of a few busy clients, as in life; a tenth of the audit trail is changes.
"""

import json
from typing import Any, Final

from django.db import connection

__all__ = ["LARGE_TABLES", "fill", "rows_read"]

LARGE_TABLES: Final = {
    "oauth_m2m_accesstoken",
    "oauth_m2m_auditevent",
    "oauth_m2m_usagecount",
}

_CLIENTS: Final = """
INSERT INTO oauth_m2m_client (
    client_id, name, description, contact_email, is_active, auth_methods, token_format,
    allowed_networks, rate_limit, jwks_uri, tls_subject, requires_dpop, requires_certificate,
    profile, metadata, created_at, last_used_at, tokens_valid_after)
SELECT 'client-' || n, 'Robot ' || n, '', 'team' || n % 50 || '@example.com', n % 20 <> 0,
    '["client_secret_basic"]', '', '[]', '', '', '{{}}', false, false, '', '{{}}',
    now() - interval '400 days',
    CASE WHEN n % 7 <> 0 THEN now() - (n % 200) * interval '1 day' END,
    CASE WHEN n % 500 = 3 THEN now() - interval '30 minutes' END
FROM generate_series(1, {clients}) AS n
"""
_SECRETS: Final = """
INSERT INTO oauth_m2m_clientsecret (
    client_id, key_id, digest, algorithm, hint, description, created_at, expires_at,
    last_addresses, awaits_use)
SELECT id, 'key-' || id || '-' || m, 'd', 'sha256', '', '', now() - interval '300 days',
    now() + (id % 400 - 40) * interval '1 day', '[]', false
FROM oauth_m2m_client, generate_series(1, 2) AS m
"""
_TOKENS: Final = """
INSERT INTO oauth_m2m_accesstoken (
    token_hash, client_id, scope, audience, issued_at, expires_at, revoked_at, format)
SELECT md5(n::text), first_id + floor(power(random(), 4) * {clients})::int, 'orders:read', '[]',
    now() - (({tokens} - n)::float / {tokens}) * interval '2 hours',
    now() - (({tokens} - n)::float / {tokens}) * interval '2 hours' + interval '1 hour',
    CASE WHEN n % 1000 = 0 THEN now() END, 'opaque'
FROM generate_series(1, {tokens}) AS n,
    (SELECT min(id) AS first_id FROM oauth_m2m_client) AS known
"""
_EVENTS: Final = """
INSERT INTO oauth_m2m_auditevent (
    created_at, kind, actor_name, client_id, client_identifier, address, reason, error_id, count,
    detail)
SELECT now() - (({events} - n)::float / {events}) * interval '60 days',
    CASE WHEN n % 10 = 0 THEN 'secret.rotated' WHEN n % 3 = 0 THEN 'token.refused'
        WHEN n = 7 THEN 'client.deleted' ELSE 'api.refused' END,
    '', client.id, client.client_id, '192.0.2.7',
    CASE WHEN n % 10 = 0 THEN '' WHEN n = 11 THEN 'replayed' WHEN n % 3 = 0 THEN 'wrong_secret'
        ELSE 'token_expired' END,
    CASE WHEN n % 10 = 0 THEN '' ELSE lpad(n::text, 12, '0') END, 1, '{{}}'
FROM generate_series(1, {events}) AS n
JOIN oauth_m2m_client AS client ON client.client_id = 'client-' || (1 + n % {clients})
"""
_USAGE: Final = """
INSERT INTO oauth_m2m_usagecount (client_id, day, kind, count)
SELECT client.id, CURRENT_DATE - day, kind, 1 + client.id % 1000
FROM generate_series(0, {days} - 1) AS day,
    (SELECT id FROM oauth_m2m_client ORDER BY id LIMIT {counted}) AS client,
    unnest(ARRAY['token_issued', 'api_call', 'refusal', 'throttled']) AS kind
"""


def fill(*, clients: int, tokens: int, events: int, counted: int, days: int) -> None:
    """Fill the empty tables; *counted* clients have been counted for so many *days*."""
    sizes = {
        "clients": clients,
        "tokens": tokens,
        "events": events,
        "counted": counted,
        "days": days,
    }
    with connection.cursor() as cursor:
        for statement in (_CLIENTS, _SECRETS, _TOKENS, _EVENTS, _USAGE):
            cursor.execute(statement.format(**sizes))
        cursor.execute("ANALYZE")


def rows_read(sql: str) -> int:
    """Run *sql* and return how many rows of LARGE_TABLES it looked at, kept or not."""
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {sql}")
        [[plan]] = cursor.fetchall()
    # Depending on the version of the driver the value is parsed already.
    return _of(json.loads(plan)[0]["Plan"] if isinstance(plan, str) else plan[0]["Plan"])


def _of(node: dict[str, Any]) -> int:
    read = 0
    if node.get("Relation Name") in LARGE_TABLES:
        lost = node.get("Rows Removed by Filter", 0) + node.get("Rows Removed by Index Recheck", 0)
        read = round((node["Actual Rows"] + lost) * node["Actual Loops"])
    return read + sum(_of(child) for child in node.get("Plans", []))
