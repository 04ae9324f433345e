"""docs/guides/private-key-jwt.md: what it tells people to type is run, with its own client."""

from typing import Any

import pytest
import requests

from oauth_m2m.models import AuditEvent, ClientKey, SeenAssertion
from tests.clients.keyed_reader import make_keys, register_client
from tests.guides import blocks, changed

pytestmark = pytest.mark.django_db(transaction=True)

ISSUER, KEY_ID = "https://auth.example.com", "the id of the key"


@pytest.fixture
def key_id(reader_of_keys) -> str:
    """What the second step prints."""
    make_keys(0)
    printed = register_client(0)
    kid = ClientKey.objects.get().kid
    assert kid in printed
    return kid


def ask(issuer: str, key_id: str) -> dict[str, Any]:
    """Run the guide's client and return its variables."""
    ran: dict[str, Any] = {}
    snippet = blocks("private-key-jwt", "python")[0]
    exec(changed(snippet, {ISSUER: issuer, KEY_ID: key_id}), ran)  # noqa: S102 - our own page
    return ran


def test_client_of_the_guide_gets_a_token_each_time(issuer, key_id, capsys):
    for _ in range(2):
        token = ask(issuer, key_id)["answer"].json()["access_token"]
        assert capsys.readouterr().out == f"{token}\n"
        headers = {"Authorization": f"Bearer {token}"}
        orders = requests.get(f"{issuer}/api/orders/", headers=headers, timeout=60)
        assert orders.status_code == 200
    assert SeenAssertion.objects.count() == 2


def test_another_key_than_the_registered_one_gets_none(issuer, key_id):
    make_keys(0)
    with pytest.raises(KeyError, match="access_token"):
        ask(issuer, key_id)
    assert AuditEvent.objects.get(kind="token.refused").reason == "wrong_signature"
