"""The guide to leaks: its patterns find what was issued, and its receiver is called."""

import re
import subprocess
import tomllib
from pathlib import Path

import pytest
import yaml
from django.core import mail

from oauth_m2m.conf import m2m_settings
from oauth_m2m.credential_format import CREDENTIAL_PATTERN, generate_secret, generate_token
from oauth_m2m.operations.leaks import find_credential, report_leak
from oauth_m2m.signals import credential_leaked
from tests.guides import blocks

REGEX = blocks("leaks", "regex")[0].strip()


def text() -> tuple[str, list[str]]:
    """Return lines as a repository has them, and what is to be found in them."""
    wanted = [generate_secret("m2ms_")[0], generate_token("m2mt_"), generate_token("m2mh_")]
    secret, token, quoted = wanted
    near = [f"x{token}", f"{token}x", token[:-1], "m2mx_" + "a" * 49, "m2ms_" + "a" * 8]
    lines = [f"SECRET={secret}", f'{{"token": "{token}"}}', f"('{quoted}')", *near]
    return "\n".join(lines), wanted


def test_published_pattern_is_the_one_of_the_code_on_each_page():
    assert REGEX == CREDENTIAL_PATTERN
    reference = Path(__file__).parent.parent / "docs" / "reference" / "endpoints.md"
    assert f"`{REGEX}`" in reference.read_text()


def test_pattern_finds_each_kind_in_python():
    lines, wanted = text()
    assert re.findall(REGEX, lines) == wanted


def test_pattern_finds_each_kind_in_grep(tmp_path: Path):
    lines, wanted = text()
    (tmp_path / "file").write_text(lines)
    done = subprocess.run(
        ["grep", "-oP", REGEX, "file"], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == wanted


def test_rule_for_gitleaks_is_toml_with_the_pattern():
    [block] = blocks("leaks", "toml")
    [rule] = tomllib.loads(block)["rules"]
    lines, wanted = text()
    assert re.findall(rule["regex"], lines) == wanted
    assert all(any(word in found for word in rule["keywords"]) for found in wanted)


def test_hook_for_pre_commit_is_yaml_with_the_pattern():
    [block] = blocks("leaks", "yaml")
    [repository] = yaml.safe_load(block)["repos"]
    [hook] = repository["hooks"]
    assert (hook["language"], hook["entry"]) == ("pygrep", REGEX)


def test_git_grep_of_the_guide_finds_the_lines(tmp_path: Path):
    lines, _ = text()
    (tmp_path / "file").write_text(lines)
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    subprocess.run(["git", "add", "file"], cwd=tmp_path, check=True)
    [command] = [block for block in blocks("leaks") if block.startswith("git grep")]
    done = subprocess.run(
        ["bash", "-c", command], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert [line.split(":")[1] for line in done.stdout.splitlines()] == ["1", "2", "3"]


def test_settings_of_the_guide_are_taken(settings):
    names: dict = {}
    exec(next(b for b in blocks("leaks", "python") if b.startswith("OAUTH_M2M")), names)  # noqa: S102 - our own page
    settings.OAUTH_M2M = names["OAUTH_M2M"]
    taken = (m2m_settings.SECRET_PREFIX, m2m_settings.TOKEN_PREFIX, m2m_settings.SECRET_SCANNING)
    assert taken == ("acmes_", "acmet_", "revoke")


@pytest.mark.parametrize(
    "revoke, ending",
    [(True, "It was revoked."), (False, "It still works: rotate it now.")],
    ids=["revoke", "notify"],
)
def test_receiver_of_the_guide_mails_the_contact(register, actor, revoke, ending):
    registered = register("orders:read", client_id="billing", contact_email="olga@example.com")
    names: dict = {}
    exec(next(b for b in blocks("leaks", "python") if "@receiver" in b), names)  # noqa: S102 - our own page
    try:
        found = find_credential(registered.secret)
        report_leak(found, revoke=revoke, actor=actor, source="content", url="https://x.example")
    finally:
        credential_leaked.disconnect(names["tell_the_owner"])
    [message] = mail.outbox
    assert (message.to, message.subject) == (["olga@example.com"], "A credential leaked")
    assert message.body == (
        f"client_secret ending in {registered.secret[-4:]} of billing is public: https://x.example\n"
        + ending
    )
    assert registered.secret not in message.body
