"""The guide to tokens of other servers: each entry that it shows accepts that server's tokens."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import Group

from oauth_m2m.checks.configuration import check_settings
from oauth_m2m.reasons import Reason
from oauth_m2m.remote_issuers.entry_types import KEYS
from oauth_m2m.resource_server.principal import principal_of
from oauth_m2m.resource_server.remote import remote_issuer_of, verify_remote
from oauth_m2m.values import VerifiedToken
from tests import remote_shapes as shapes
from tests.jose import assemble, good_claims, private_key
from tests.key_server import KeyServer, jwk, running_key_server

DOCS = Path(__file__).parents[2] / "docs"
GUIDE = (DOCS / "guides" / "remote-issuers.md").read_text()
SECTIONS = dict(section.split("\n", 1) for section in GUIDE.split("\n## ")[1:])
SNIPPETS = {
    title: "".join(found)
    for title, text in SECTIONS.items()
    if (found := re.findall(r"^```python\n(.*?)^```$", text, re.DOTALL | re.MULTILINE))
}
ISSUER, AUDIENCE = "https://auth.example.com", "https://api.example.com"


@pytest.fixture
def server():
    with running_key_server() as server:
        server.publish(jwk(), *shapes.key_set())
        yield server


@pytest.fixture
def configure(settings, server: KeyServer, tmp_path):
    """Take the settings of a section; other servers and files are where this test has them."""

    def configure(section: str) -> None:
        module: dict[str, Any] = {}
        exec(SNIPPETS[section], module)  # noqa: S102 - it is our own page
        secret = tmp_path / "orders-api"
        secret.write_text("a secret")
        moved = {
            "jwks_uri": server.url,
            "introspection_url": server.url,
            "client_secret_file": str(secret),
        }
        written = module["OAUTH_M2M"]
        issuers = {
            issuer: {name: moved.get(name, value) for name, value in entry.items()}
            for issuer, entry in written["REMOTE_ISSUERS"].items()
        }
        settings.OAUTH_M2M = {**written, "REMOTE_ISSUERS": issuers}

    return configure


def verified(presented: str) -> VerifiedToken:
    issuer = remote_issuer_of(presented)
    assert issuer is not None
    return verify_remote(presented, issuer)


def test_every_section_with_an_entry_is_tried():
    assert set(SNIPPETS) == {
        "Keycloak",
        "Auth0",
        "Entra",
        "Another oauth_m2m",
        "By introspection",
        "Who calls",
    }


@pytest.mark.parametrize("section", SNIPPETS)
def test_entry_passes_the_checks(configure, section):
    configure(section)
    assert check_settings(None) == []


@pytest.mark.parametrize(
    "section, made, scope",
    [
        ("Keycloak", shapes.keycloak, "orders:read"),
        ("Auth0", shapes.auth0, "orders:read"),
        ("Entra", shapes.entra_v1, "Order.Reader"),
        ("Entra", shapes.entra_v2, "Order.Reader"),
    ],
    ids=["Keycloak", "Auth0", "Entra version 1", "Entra version 2"],
)
def test_entry_accepts_a_machine_of_that_server(configure, section, made, scope):
    configure(section)
    token = verified(shapes.token(made()))
    assert token.is_valid([scope])
    assert token.issuer == made()["iss"]


def test_entry_of_another_oauth_m2m_accepts_its_signed_tokens(configure):
    configure("Another oauth_m2m")
    header = {"alg": "ES256", "typ": "at+jwt", "kid": jwk()["kid"]}
    claims = good_claims(iss=ISSUER, aud=AUDIENCE)
    assert verified(assemble(header, claims, private_key("ES256"))).is_valid(["orders:read"])


def test_entry_with_introspection_asks(configure, server: KeyServer):
    configure("By introspection")
    server.body = json.dumps({"active": True, **good_claims(iss=ISSUER, aud=AUDIENCE)}).encode()
    assert verified("m2mt_anything").is_valid(["orders:read"])
    assert server.posted[0][1]["token"] == "m2mt_anything"


def test_rules_give_groups(configure, db):
    configure("Who calls")
    names = ["Order writers", "Stock", "Machines of acme"]
    for name in names:
        Group.objects.create(name=name)
    principal = principal_of(verified(shapes.token(shapes.keycloak())))
    assert principal.pk == f"m2m:{shapes.KEYCLOAK}#order-robot"
    assert {group.name for group in principal.groups.all()} == set(names)


def test_reasons_of_the_guide_exist():
    table = GUIDE.partition("## When it is refused")[2]
    reasons = re.findall(r"^\| `(\w+)`", table, re.MULTILINE)
    assert len(reasons) == 9
    assert set(reasons) <= {reason.value for reason in Reason}


def test_keys_of_an_entry_are_those_on_the_settings_page():
    section = (DOCS / "reference" / "settings.md").read_text().partition("## `REMOTE_ISSUERS`")[2]
    rows = re.findall(r"^\| (`[^|]+) \|", section.partition("\n## ")[0], re.MULTILINE)
    documented = {name for row in rows for name in re.findall(r"`(\w+)`", row)}
    assert documented == set(KEYS)
