"""
Make the rows that the contenders need, and say how each is asked.

``python -m tests.benchmarks.project.prepare`` prints a JSON object: for each contender the
path, and a form to POST or the value of an Authorization header.
"""

import json
import os
import sys
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.benchmarks.project.settings")
django.setup()

from django.conf import settings  # noqa: E402 - the settings come first
from django.contrib.auth import get_user_model  # noqa: E402 - as above
from django.core.management import call_command  # noqa: E402 - as above
from django.test import Client as HttpClient  # noqa: E402 - as above
from django.test import override_settings  # noqa: E402 - as above
from django.utils import timezone  # noqa: E402 - as above
from oauth2_provider.models import AccessToken, Application  # noqa: E402 - as above
from rest_framework.authtoken.models import Token  # noqa: E402 - as above

from oauth_m2m.models import Client, Scope  # noqa: E402 - as above
from oauth_m2m.operations.clients import create_client  # noqa: E402 - as above
from oauth_m2m.operations.credentials import add_secret  # noqa: E402 - as above
from oauth_m2m.values import Actor  # noqa: E402 - as above
from tests.benchmarks.authlib_app.models import OAuth2Client  # noqa: E402 - as above

ACTOR = Actor("the benchmarks")
GRANT = {"grant_type": "client_credentials", "scope": "a"}

Asked = dict[str, dict[str, str]]


def ours(token_format: str, *, secrets: int = 1, scopes: int = 1) -> dict[str, str]:
    client = Client(name=token_format, token_format=token_format)
    granted = {Scope.objects.get_or_create(name="a")[0]: True}
    granted |= {Scope.objects.get_or_create(name=f"s{n}")[0]: False for n in range(1, scopes)}
    create_client(client, scopes=granted, groups=(), actor=ACTOR)
    for _ in range(secrets):
        secret = add_secret(client, actor=ACTOR).clear_secret
    return {**GRANT, "client_id": client.client_id, "client_secret": secret}


def toolkit(client_id: str) -> dict[str, str]:
    Application.objects.create(
        client_id=client_id,
        client_secret="a secret",
        client_type=Application.CLIENT_CONFIDENTIAL,
        authorization_grant_type=Application.GRANT_CLIENT_CREDENTIALS,
    )
    return {**GRANT, "client_id": client_id, "client_secret": "a secret"}


def endpoints() -> Asked:
    opaque, signed = ours("opaque"), ours("jwt")
    OAuth2Client.objects.create(client_id="authlib", client_secret="a secret")
    authlib = {**GRANT, "client_id": "authlib", "client_secret": "a secret"}
    with override_settings(PASSWORD_HASHERS=["tests.benchmarks.project.hashers.OneRound"]):
        one_round = toolkit("toolkit-one-round")
    forms = {
        "empty": ("/empty", opaque),
        "raw": ("/raw", opaque),
        "opaque": ("/oauth/token", opaque),
        "signed": ("/oauth/token", signed),
        "toolkit": ("/toolkit/token", toolkit("toolkit")),
        "toolkit one round": ("/toolkit/token", one_round),
        "authlib": ("/authlib/token", authlib),
        "node": ("/token", {**GRANT, "client_id": "node", "client_secret": "a-secret"}),
    }
    return {name: {"path": path, "form": urlencode(form)} for name, (path, form) in forms.items()}


def apis(asked: Asked) -> Asked:
    user = get_user_model().objects.create_user("robot")
    opaque, signed = (token_of(asked[name]["form"]) for name in ("opaque", "signed"))
    values = {
        "open": ("open", ""),
        "api opaque": ("ours", f"Bearer {opaque}"),
        "api signed": ("ours", f"Bearer {signed}"),
        "api toolkit": ("toolkit", f"Bearer {_toolkit_token()}"),
        "api rest-token": ("rest-token", f"Token {Token.objects.create(user=user).key}"),
    }
    if settings.HAS_KNOX:
        from knox.models import AuthToken  # noqa: PLC0415 - where it is installed

        values["api knox"] = ("knox", f"Token {AuthToken.objects.create(user)[1]}")
    if settings.HAS_SIMPLEJWT:
        from rest_framework_simplejwt.tokens import AccessToken as SimpleJwt  # noqa: PLC0415 - same

        token = SimpleJwt.for_user(user)
        token.set_exp(lifetime=timedelta(hours=1))
        values["api simplejwt"] = ("simplejwt", f"Bearer {token}")
        values["api simplejwt-stateless"] = ("simplejwt-stateless", f"Bearer {token}")
    return {
        name: {"path": f"/api/{path}", "authorization": value}
        for name, (path, value) in values.items()
    }


def token_of(form: str) -> str:
    content_type = "application/x-www-form-urlencoded"
    answer: Any = HttpClient().post("/oauth/token", form, content_type=content_type)
    return str(answer.json()["access_token"])


def _toolkit_token() -> str:
    AccessToken.objects.create(
        application=Application.objects.get(client_id="toolkit"),
        token="of-the-toolkit",
        scope="a",
        expires=timezone.now() + timedelta(hours=1),
    )
    return "of-the-toolkit"


if __name__ == "__main__":
    call_command("migrate", run_syncdb=True, verbosity=0)
    asked = endpoints()
    sys.stdout.write(json.dumps(asked | apis(asked)))
