"""
A program that lives in two databases: it gets tokens, fails halfway, and tells what is left.

Prints one JSON object.
"""

import json
import sys

import django
from django.db import connections

django.setup()

from django.contrib.auth.models import Group  # noqa: E402 - the settings are needed first
from django.test import Client as HttpClient  # noqa: E402 - as above

from oauth_m2m import usage  # noqa: E402 - as above
from oauth_m2m.models import AuditEvent, Client, Scope, UsageCount  # noqa: E402 - as above
from oauth_m2m.models.transactions import our_transaction  # noqa: E402 - as above
from oauth_m2m.operations.audit_seals import seal_events  # noqa: E402 - as above
from oauth_m2m.operations.clients import create_client  # noqa: E402 - as above
from oauth_m2m.operations.credentials import add_secret, rotate_secret  # noqa: E402 - as above
from oauth_m2m.operations.tokens import revoke_client_tokens  # noqa: E402 - as above
from oauth_m2m.signals import token_issued  # noqa: E402 - as above
from oauth_m2m.values import Actor  # noqa: E402 - as above

ACTOR = Actor("routed_call")
FORM = "application/x-www-form-urlencoded"
in_transaction: list[str] = []


def listen(**_arguments):
    in_transaction.extend(a for a in connections if connections[a].in_atomic_block)


def fail_halfway() -> list[int]:
    """Try what cannot be finished; return how many rows there were before and are after."""
    counts = [Client.objects.count() + AuditEvent.objects.count()]
    try:
        create_client(
            Client(name="Half"), scopes={}, groups=[Group(name="never saved")], actor=ACTOR
        )
    except ValueError:
        counts.append(Client.objects.count() + AuditEvent.objects.count())
    return counts


def main() -> None:
    """Register a client and be it."""
    scope = Scope.objects.create(name="orders:read")
    client = create_client(Client(name="First"), scopes={scope: True}, actor=ACTOR)
    add_secret(client, actor=ACTOR)
    secret = rotate_secret(client, actor=ACTOR).clear_secret
    http = HttpClient(raise_request_exception=False)
    body = f"grant_type=client_credentials&client_id={client.client_id}&client_secret={secret}"
    token_issued.connect(listen)
    answer = http.post("/oauth/token", body, content_type=FORM)
    bearer = {"Authorization": f"Bearer {answer.json().get('access_token', '')}"}
    statuses = [answer.status_code, http.get("/api/orders/", headers=bearer).status_code]
    revoke_client_tokens(client, actor=ACTOR)
    statuses.append(http.get("/api/orders/", headers=bearer).status_code)
    usage.flush()
    with our_transaction():
        held = [alias for alias in connections if connections[alias].in_atomic_block]
    facts = {
        "statuses": statuses,
        "in_transaction_while_issuing": in_transaction,
        "halfway": fail_halfway(),
        "held": held,
        "counted": UsageCount.objects.count() > 0,
        "sealed": sum(len(seal.row_digests) for seal in seal_events())
        == AuditEvent.objects.count(),
        "tables": {
            alias: sum(
                name.startswith("oauth_m2m_")
                for name in connections[alias].introspection.table_names()
            )
            > 0
            for alias in connections
        },
    }
    connections.close_all()
    sys.stdout.write(json.dumps(facts))


if __name__ == "__main__":
    main()
