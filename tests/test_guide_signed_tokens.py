"""The guide to signed tokens: what it tells people to write is run."""

import re
import shlex
from io import StringIO
from pathlib import Path
from typing import Any

import jwt
import pytest
from django.core.management import call_command

from oauth_m2m.models import ResourceServer, Scope, SigningKey
from oauth_m2m.tokens.signed_jwt import sign
from tests.conftest import Registered

GUIDE = Path(__file__).parent.parent / "docs" / "guides" / "signed-tokens.md"
ISSUER, AUDIENCE = "https://auth.example.com", "https://api.example.com"


@pytest.fixture
def machine(register, live_server, settings) -> Registered:
    """A client with signed tokens for an API elsewhere."""
    settings.OAUTH_M2M = {"ISSUER": live_server.url, "REQUIRE_HTTPS": False}
    for identifier, name in ((AUDIENCE, "orders:read"), ("urn:other", "stock:read")):
        api = ResourceServer.objects.create(identifier=identifier, name=name)
        Scope.objects.create(name=name, resource_server=api)
    return register("orders:read", optional=["stock:read"], token_format="jwt")


@pytest.fixture
def elsewhere(live_server) -> dict[str, Any]:
    """The module that the guide shows, on the issuer of this test."""
    [snippet] = re.findall(r"```python\n(import jwt\n.*?)```", GUIDE.read_text(), flags=re.DOTALL)
    assert snippet.count(ISSUER) == 1
    module: dict[str, Any] = {}
    exec(snippet.replace(ISSUER, live_server.url), module)  # noqa: S102 - it is our own page
    return module


def test_snippet_believes_a_token_for_its_api(machine, elsewhere, get_token):
    token = get_token(machine)
    claims = elsewhere["claims_of"](token)
    assert (claims["client_id"], claims["aud"]) == (machine.client_id, AUDIENCE)
    assert elsewhere["may"](token, "orders:read") is True
    assert elsewhere["may"](token, "orders") is False


def test_snippet_refuses_a_token_for_another_api(machine, elsewhere, get_token):
    with pytest.raises(jwt.InvalidAudienceError):
        elsewhere["claims_of"](get_token(machine, "stock:read"))


def test_snippet_refuses_a_token_of_another_issuer(machine, elsewhere, get_token, settings):
    settings.OAUTH_M2M = {**settings.OAUTH_M2M, "ISSUER": ISSUER}
    with pytest.raises(jwt.InvalidIssuerError):
        elsewhere["claims_of"](get_token(machine))


def test_snippet_refuses_what_the_same_key_signed_for_something_else(machine, elsewhere, get_token):
    claims = elsewhere["claims_of"](get_token(machine))
    with pytest.raises(jwt.InvalidTokenError, match="not an access token"):
        elsewhere["claims_of"](sign(claims, "JWT"))


@pytest.mark.django_db
def test_commands_of_the_guide_are_accepted():
    lines = re.findall(r"python manage\.py (m2m_rotate_signing_keys.*)", GUIDE.read_text())
    assert len(lines) == 3
    for line in lines:
        call_command(*shlex.split(line), stdout=StringIO())
    assert SigningKey.objects.filter(algorithm="EdDSA").count() == 1
