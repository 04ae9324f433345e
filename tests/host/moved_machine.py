"""
A program that moves a machine from django-oauth-toolkit, over HTTP, and tells.

Prints one JSON object: what the import said, twice, and how each request was answered.
"""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from io import StringIO
from threading import Thread
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, make_server

import django
import httpx
from django.conf import settings
from django.db import connections

# As DJANGO_SETTINGS_MODULE has it, and what only this program needs.
settings.ROOT_URLCONF = __name__
settings.OAUTH2_PROVIDER = {"SCOPES": {"orders:read": "Read orders"}}
settings.OAUTH_M2M = {**settings.OAUTH_M2M, "ACCEPT_IMPORTED_TOKENS": True}
settings.ALLOWED_HOSTS = ["127.0.0.1"]
django.setup()

from django.core.management import call_command  # noqa: E402 - the settings are needed first
from django.core.wsgi import get_wsgi_application  # noqa: E402 - as above
from django.urls import include, path  # noqa: E402 - as above
from oauth2_provider.models import get_access_token_model, get_application_model  # noqa: E402 - as above

from oauth_m2m.models import ClientSecret  # noqa: E402 - as above
from tests.toolkit import SECRET, make_application  # noqa: E402 - as above

urlpatterns = [
    path("", include("example_project.urls")),
    path("o/", include("oauth2_provider.urls", namespace="oauth2_provider")),
]

GRANT = {"grant_type": "client_credentials"}


class Silent(WSGIRequestHandler):
    """Whoever runs this program takes a line on standard error for a complaint."""

    def log_message(self, *_arguments: object) -> None:
        """Say nothing."""


@contextmanager
def served() -> Iterator[httpx.Client]:
    """Serve the site on a free port of loopback, and yield a client of it."""
    with make_server("127.0.0.1", 0, get_wsgi_application(), handler_class=Silent) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            with httpx.Client(base_url=f"http://127.0.0.1:{server.server_port}") as http:
                yield http
        finally:
            server.shutdown()
            thread.join()


def import_all() -> list[list[Any]]:
    """Import everything, and return what became of each application."""
    out = StringIO()
    flags = ("--tokens", "--scopes-from-tokens", "--create-scopes", "--json")
    call_command("m2m_import_dot", *flags, stdout=out)
    clients = json.loads(out.getvalue())["clients"]
    return [[client["client_id"], client["result"], client["new_tokens"]] for client in clients]


def main(http: httpx.Client) -> dict[str, Any]:
    """Be the machine, before and after it moves."""
    make_application(client_id="nightly")
    # An application that a model of the host's own has switched off.
    fields = {field.name for field in get_application_model()._meta.get_fields()}
    if "department" in fields:
        make_application(client_id="switched-off", department="closed")
    pair = ("nightly", SECRET)
    old = http.post("/o/token/", data=GRANT, auth=pair).json()["access_token"]
    bearer = {"Authorization": f"Bearer {old}"}
    before = http.get("/api/orders/", headers=bearer).status_code
    first = import_all()
    hashed = ClientSecret.objects.get().digest.partition("$")[0]
    asked = [http.post("/oauth/token", data=GRANT, auth=pair) for _ in range(2)]
    return {
        "application": get_application_model()._meta.label,
        "tokens_there": get_access_token_model().objects.count(),
        "first": first,
        "second": import_all(),
        "hash": hashed,
        "hash_after": ClientSecret.objects.get().algorithm,
        "token_statuses": [answer.status_code for answer in asked],
        "api_statuses": [before, http.get("/api/orders/", headers=bearer).status_code],
        "new_token_status": http.get(
            "/api/orders/",
            headers={"Authorization": f"Bearer {asked[0].json()['access_token']}"},
        ).status_code,
        "wrong_status": http.post("/oauth/token", data=GRANT, auth=("nightly", "x")).status_code,
    }


if __name__ == "__main__":
    with served() as client:
        told = main(client)
    connections.close_all()
    sys.stdout.write(json.dumps(told))
