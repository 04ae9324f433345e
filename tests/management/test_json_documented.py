"""``docs/reference/commands.md`` names each member that ``--json`` prints."""

import io
import json
import re
import sys
from collections.abc import Iterable
from contextlib import suppress
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.utils import timezone

from oauth_m2m.models import ResourceServer, Scope
from oauth_m2m.operations.hand_overs import SecretTerms, offer_hand_over
from tests.conftest import Registered

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "commands.md"


def members(value: Any) -> Iterable[str]:
    """Yield the names of members at any depth."""
    if isinstance(value, dict):
        yield from value
        # What a command would change is named by the fields of its rows.
        value = [each for name, each in value.items() if name != "values"]
    if isinstance(value, list):
        for each in value:
            yield from members(each)


def named(command: str) -> set[str]:
    """Return the words of the section of *command*."""
    [section] = re.findall(
        rf"^## [^\n]*`{command}[` ].*?(?=^## |\Z)", PAGE.read_text(), re.DOTALL | re.MULTILINE
    )
    return set(re.findall(r"`(\w+)`", section))


@pytest.fixture
def world(
    registered: Registered, get_token, actor, tmp_path: Path, monkeypatch, request
) -> dict[str, str]:
    """A client with something to say of it, and what the commands are asked about it."""
    Scope.objects.get_or_create(name="orders:read")
    ResourceServer.objects.create(identifier="https://api.example.com", name="API")
    registered.client.secrets.update(expires_at=timezone.now() + timedelta(days=3))
    declared = tmp_path / "clients.toml"
    declared.write_text(
        '[clients.nightly]\nname = "Nightly"\nscopes = ["orders:read"]\nsecrets = 1\n'
    )
    typed = get_token(registered) if "TOKEN" in request.node.name else registered.secret
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(typed.encode())))
    return {
        "ID": registered.client_id,
        "KEY": registered.client.secrets.get().key_id,
        "FILE": str(declared),
        "LINK": str(offer_hand_over(registered.client, SecretTerms(), actor=actor).pk),
        "TOKEN": "-",
    }


@pytest.mark.parametrize(
    "words",
    [
        "m2m_create_client Robot --scope orders:read",
        "m2m_create_client Robot --scope orders:read --hand-over",
        "m2m_list_clients",
        "m2m_expiring --notify",
        "m2m_rotate_secret ID",
        "m2m_rotate_secret ID --until-unused 24",
        "m2m_rotate_secret --expiring-within 30",
        "m2m_rotate_secret ID --hand-over",
        "m2m_revoke --client ID",
        "m2m_revoke --secret KEY",
        "m2m_revoke --hand-over LINK",
        "m2m_revoke --token TOKEN",
        "m2m_leak_check",
        "m2m_rotate_signing_keys --now",
        "m2m_disable_client ID",
        "m2m_enable_client ID",
        "m2m_clear_expired",
        "m2m_seal_audit",
        "m2m_verify_audit",
        "m2m_import_dot --dry-run --scope orders:read",
        "m2m_apply FILE",
    ],
)
def test_page_names_each_member(world: dict[str, str], words: str):
    command, *rest = [world.get(word, word) for word in words.split()]
    out = StringIO()
    # Some say by their exit status that they found something.
    with suppress(SystemExit):
        call_command(command, *rest, "--json", stdout=out, stderr=StringIO())
    lines = out.getvalue().splitlines()
    assert lines
    for line in lines:
        assert set(members(json.loads(line))) <= named(command)
