import sys
from io import BytesIO, StringIO, TextIOWrapper

import pytest
from django.core.management import CommandError, call_command

from oauth_m2m.credential_format import CREDENTIAL_PATTERN, generate_secret, generate_token
from oauth_m2m.management.commands import m2m_leak_check
from oauth_m2m.models import AuditEvent, ClientSecret
from oauth_m2m.operations.credentials import revoke_secret
from oauth_m2m.operations.hand_overs import SecretTerms, offer_hand_over
from oauth_m2m.operations.leaks import find_credential
from tests.management.conftest import Output

COMMAND = "m2m_leak_check"


class BinaryTerminal(TextIOWrapper):
    """Bytes from a stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.fixture
def check(db, monkeypatch):
    """Run the command as the operator "olga" on *text*."""
    monkeypatch.setenv("LOGNAME", "olga")

    def check(text: str | bytes, *words: str, kind: type[TextIOWrapper] = TextIOWrapper) -> Output:
        raw = text if isinstance(text, bytes) else text.encode()
        monkeypatch.setattr(sys, "stdin", kind(BytesIO(raw)))
        out, err, status = StringIO(), StringIO(), 0
        try:
            call_command(COMMAND, *words, stdout=out, stderr=err)
        except SystemExit as ended:
            status = ended.code
        return Output(out.getvalue(), err.getvalue(), status)

    return check


@pytest.fixture
def billing(register):
    return register("orders:read", client_id="billing", name="Billing")


def test_clean_text_is_said_to_be_clean(check):
    output = check("nothing to see\n")
    assert (output.lines, output.status) == (["No secret or token of this server is in it."], 0)


def test_each_credential_is_named_with_its_line_client_and_state(check, billing, get_token, actor):
    token, foreign = get_token(billing), generate_secret("m2ms_")[0]
    text = f"a\nsecret={billing.secret}\n\ntoken: {token}\n{foreign}\n{billing.secret}\n"
    output = check(text)
    assert output.lines == [
        (
            f"line 2: secret {billing.key_id} (…{billing.secret[-4:]}) of the client"
            ' "Billing" (billing): active'
        ),
        f'line 4: token (…{token[-4:]}) of the client "Billing" (billing): active',
        (
            f"line 5: secret {foreign[5:13]} (…{foreign[-4:]}): unknown; another server made it,"
            " or it was deleted here"
        ),
        "",
        "Found: 3. Working: 2. To end these, run it with --revoke.",
    ]
    assert output.status == 1
    assert find_credential(billing.secret).state == "active"
    assert not AuditEvent.objects.filter(kind="credential.leaked").exists()


def test_what_no_longer_works_is_no_alarm(check, billing, actor):
    revoke_secret(ClientSecret.objects.get(), actor=actor)
    output = check(billing.secret)
    assert output.lines == [
        (
            f"line 1: secret {billing.key_id} (…{billing.secret[-4:]}) of the client"
            ' "Billing" (billing): revoked'
        ),
        "",
        "Found: 1. None of them works.",
    ]
    assert output.status == 0


def test_signed_token_is_found(check, register, get_token):
    token = get_token(register("orders:read", client_id="s", name="S", token_format="jwt"))
    output = check(f"curl -H 'Authorization: Bearer {token}'")
    first, *_ = output.lines
    assert first == f'line 1: signed token (…{token[-4:]}) of the client "S" (s): active'
    assert output.status == 1


def test_revoke_ends_them_and_says_so(check, billing, get_token):
    token = get_token(billing)
    output = check(f"{token}\n{billing.secret}\n", "--revoke")
    assert output.lines == [
        f'line 1: token (…{token[-4:]}) of the client "Billing" (billing): active, and revoked now',
        (
            f"line 2: secret {billing.key_id} (…{billing.secret[-4:]}) of the client"
            ' "Billing" (billing): active, and revoked now'
        ),
        "",
        "Found: 2. Working until now: 2; they are over.",
        "Other processes follow within 5 seconds (REVOCATION_REFRESH_SECONDS).",
        "A client that lost its only secret gets a new one by m2m_rotate_secret.",
    ]
    assert output.status == 1
    assert [find_credential(text).state for text in (token, billing.secret)] == ["revoked"] * 2
    events = AuditEvent.objects.filter(reason="leaked").order_by("pk")
    assert {event.actor_name for event in events} == {"m2m_leak_check (olga)"}
    assert [event.kind for event in events] == [
        "credential.leaked",
        "token.revoked",
        "credential.leaked",
        "secret.revoked",
        "client.tokens_revoked",
    ]
    assert check(f"{token}\n{billing.secret}\n", "--revoke").status == 0


def test_programs_get_an_object_a_line(check, billing):
    unknown = generate_token("m2mt_")
    output = check(f"{unknown} {billing.secret}", "--json", "--revoke")
    assert [Output(line, "").data for line in output.lines] == [
        {
            "line": 1,
            "credential": "access_token",
            "key_id": "",
            "last_four": unknown[-4:],
            "client_id": "",
            "client_name": "",
            "state": "unknown",
            "revoked_now": False,
        },
        {
            "line": 1,
            "credential": "client_secret",
            "key_id": billing.key_id,
            "last_four": billing.secret[-4:],
            "client_id": "billing",
            "client_name": "Billing",
            "state": "active",
            "revoked_now": True,
        },
    ]
    assert output.status == 1


def test_programs_get_nothing_for_a_clean_text(check):
    assert check(b"\xff\x00", "--json") == Output("", "")


def test_nothing_printed_shows_a_credential(check, billing, get_token):
    token = get_token(billing)
    for words in ((), ("--json",), ("--revoke",)):
        output = check(f"{token} {billing.secret}", *words)
        for clear in (token, billing.secret):
            assert clear[-20:] not in output.stdout + output.stderr


def test_person_at_a_terminal_is_told_how_to_go_on(check):
    output = check("", kind=BinaryTerminal)
    assert output.stderr == "Paste the text, then press Enter and Ctrl-D.\n"


def test_credential_beyond_those_remembered_may_be_named_again(check, billing, monkeypatch):
    monkeypatch.setattr(m2m_leak_check, "_REMEMBERED", 1)
    other = generate_token("m2mt_")
    text = f"{other}\n{other}\n{billing.secret}\n{other}\n"
    named = [line.partition(":")[0] for line in check(text).lines]
    assert named[:3] == ["line 1", "line 3", "line 4"]


def test_pattern_is_the_published_one(check):
    assert check("", "--pattern").lines == [CREDENTIAL_PATTERN]


def test_hand_over_link_is_named_and_withdrawn(check, billing, actor):
    url = offer_hand_over(billing.client, SecretTerms(), actor=actor).url
    shown = f'line 1: hand-over link (…{url[-4:]}) of the client "Billing" (billing): active'
    output = check(f"see {url}\n", "--revoke")
    assert (output.lines[0], output.status) == (f"{shown}, and revoked now", 1)
    assert check(url).lines[0] == shown.replace("active", "revoked")


def test_pattern_of_other_prefixes_is_printed_for_programs_too(check, settings):
    prefixes = {"SECRET_PREFIX": "acme_", "TOKEN_PREFIX": "acmet_"}
    settings.OAUTH_M2M = {**settings.OAUTH_M2M, **prefixes}
    assert check("", "--pattern", "--json").data == {
        "pattern": r"\b(?:acme_[0-9A-Za-z]{8}_|acmet_|m2mh_)[0-9A-Za-z]{49}\b"
    }


def test_error_has_a_status_of_its_own(manage):
    output = manage(COMMAND, stdin=generate_token("m2mt_"))
    assert output.status == 0
    away = manage(COMMAND, stdin=generate_token("m2mt_"), DATABASE_URL="sqlite:////nowhere/db")
    assert away.status == 2
    assert away.stderr.startswith("CommandError: The database refused: ")


def test_error_keeps_its_status_in_this_process(check, monkeypatch):
    def away(*_arguments):
        message = "the disk is gone"
        raise CommandError(message)

    monkeypatch.setattr(m2m_leak_check, "sightings", away)
    with pytest.raises(CommandError) as caught:
        check("")
    assert caught.value.returncode == 2


def test_megabytes_through_a_pipe_are_read_to_their_end(manage):
    noise = b"\x00\xff\n" * 1_000_000
    output = manage(COMMAND, stdin=noise + generate_token("m2mt_").encode() + noise)
    assert output.lines[0].startswith("line 1000001: token (…")
    assert output.status == 0
