"""
A process of the host project beside the one that runs the tests, on the same database.

``python -m tests.host.process REVOCATION_REFRESH_SECONDS`` reads a JSON list a line, the name
of something to do and what it needs, and answers with a line of JSON.
"""

import json
import os
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from urllib.parse import urlencode

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
django.setup()

from django.conf import settings  # noqa: E402 - the settings come first
from django.db import connection  # noqa: E402 - as above
from django.test import Client as HttpClient  # noqa: E402 - as above

from oauth_m2m.models import Client  # noqa: E402 - as above
from oauth_m2m.operations.signing_keys import rotate_signing_keys  # noqa: E402 - as above
from oauth_m2m.operations.tokens import revoke_client_tokens  # noqa: E402 - as above
from oauth_m2m.values import Actor  # noqa: E402 - as above

ACTOR = Actor("another process")
http = HttpClient()


def token(client_id: str, secret: str) -> str:
    fields = {"grant_type": "client_credentials", "client_id": client_id, "client_secret": secret}
    content_type = "application/x-www-form-urlencoded"
    response = http.post("/oauth/token", urlencode(fields), content_type=content_type)
    return response.json()["access_token"]


def rotate(announce_days: int) -> dict[str, object]:
    announce = timedelta(days=announce_days)
    rotation = rotate_signing_keys(actor=ACTOR, algorithm="ES256", announce=announce)
    return {"kid": rotation.key.kid, "is_new": rotation.is_new}


def call(access_token: str) -> int:
    headers = {"Authorization": f"Bearer {access_token}"}
    return http.get("/api/orders/", headers=headers).status_code


def revoke_all(client_id: str) -> None:
    revoke_client_tokens(Client.objects.get(client_id=client_id), actor=ACTOR)


def present(form: dict[str, str], copies: int) -> list[int]:
    """POST the same token request *copies* times at once."""
    ready = Barrier(copies)

    def post(_number: int) -> int:
        ready.wait()
        try:
            content_type = "application/x-www-form-urlencoded"
            return HttpClient().post("/oauth/token", urlencode(form), content_type).status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(copies) as threads:
        return list(threads.map(post, range(copies)))


DEEDS = {deed.__name__: deed for deed in (token, rotate, call, revoke_all, present)}


def main() -> None:
    settings.OAUTH_M2M["REVOCATION_REFRESH_SECONDS"] = float(sys.argv[1])
    Client.objects.count()  # connected, before anything is measured
    print(json.dumps("ready"), flush=True)  # noqa: T201 - how this program answers
    for line in sys.stdin:
        name, *needs = json.loads(line)
        print(json.dumps(DEEDS[name](*needs)), flush=True)  # noqa: T201 - as above


if __name__ == "__main__":
    main()
