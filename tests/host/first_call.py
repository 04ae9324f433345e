"""
A program that a site's settings are tried with: get a token, call the API, and tell.

Prints one JSON object, with the token for ``accepted_call``.
"""

import json
import sys

import django
from django.db import connections

django.setup()

from django.test import Client as HttpClient  # noqa: E402 - the settings are needed first

from oauth_m2m.models import Client, Scope  # noqa: E402 - as above
from oauth_m2m.operations.clients import create_client  # noqa: E402 - as above
from oauth_m2m.operations.credentials import add_secret  # noqa: E402 - as above
from oauth_m2m.rest_framework import MachineTokenAuthentication  # noqa: E402 - as above
from oauth_m2m.values import Actor  # noqa: E402 - as above


def main() -> None:
    """Register a client and be it."""
    client = Client(name="First")
    scope = Scope.objects.create(name="orders:read")
    create_client(client, scopes={scope: True}, actor=Actor("first_call"))
    secret = add_secret(client, actor=Actor("first_call")).clear_secret
    fields = {"client_id": client.client_id, "client_secret": secret}
    form = "&".join(f"{k}={v}" for k, v in {"grant_type": "client_credentials", **fields}.items())
    http = HttpClient(raise_request_exception=False)
    answer = http.post("/oauth/token", form, content_type="application/x-www-form-urlencoded")
    token = answer.json().get("access_token", "")
    bearer = {"Authorization": f"Bearer {token}"}
    facts = {
        "token_status": answer.status_code,
        "api_status": http.get("/api/orders/", headers=bearer).status_code,
        "refused_status": http.get("/reports/daily", headers=bearer).status_code,
        "bases": [f"{base.__module__}.{base.__name__}" for base in _bases()],
        "toolkit_models_imported": "oauth2_provider.models" in sys.modules,
        "token": token,
    }
    connections.close_all()
    sys.stdout.write(json.dumps(facts))


def _bases() -> tuple[type, ...]:
    return MachineTokenAuthentication.__mro__


main()
