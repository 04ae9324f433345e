"""What m2m_revoke does with signed tokens: they have a row only once they are revoked."""

import sys
from datetime import timedelta
from io import StringIO

import pytest
from django.test import override_settings
from django.utils import timezone

from oauth_m2m.models import AccessToken
from oauth_m2m.operations.tokens import revoke_client_tokens
from oauth_m2m.tokens.revocation import forget_facts

COMMAND = "m2m_revoke"
WHO = "m2m_revoke (olga)"
ISSUER = "https://auth.example.com"


@pytest.fixture
def billing(register):
    return register("orders:read", client_id="billing", name="Billing", token_format="jwt")


@pytest.fixture
def status(http):
    """Return what the API answers to a token."""

    def status(token: str) -> int:
        headers = {"Authorization": f"Bearer {token}"}
        return http.get("/api/orders/", headers=headers).status_code

    return status


@pytest.fixture
def type_in(monkeypatch):
    """Put text on standard input."""

    def type_in(text: str) -> None:
        monkeypatch.setattr(sys, "stdin", StringIO(text))

    return type_in


@pytest.fixture
def in_two_hours(monkeypatch):
    """Let time pass for those who ask Django for it."""
    later = timezone.now() + timedelta(hours=2)
    return lambda: monkeypatch.setattr(timezone, "now", lambda: later)


def test_signed_token_ends_and_others_do_not(run, billing, get_token, status, type_in, trail):
    token, other = get_token(billing), get_token(billing)
    assert (status(token), status(other)) == (200, 200)
    type_in(f"{token}\n")
    output = run(COMMAND, "--token=-", "--reason=leaked")
    row = AccessToken.objects.get()
    assert output.lines == [
        'The signed token of the client "Billing" (billing) is over.',
        "Other processes follow within 5 seconds (REVOCATION_REFRESH_SECONDS).",
        (
            "An API that does not ask this server accepts it until it expires:"
            f" {timezone.localtime(row.expires_at):%Y-%m-%d %H:%M %Z}."
        ),
    ]
    assert (status(token), status(other)) == (401, 200)
    assert ("token.revoked", WHO, "billing", "leaked") in trail()
    assert token not in output.stdout


def test_programs_read_the_row_that_remembers_it(run, billing, get_token, type_in, trail):
    token = get_token(billing)
    type_in(token)
    first = run(COMMAND, "--token", "-", "--json").data
    before = trail()
    row = AccessToken.objects.get()
    assert first == {
        "revoked": "token",
        "client_id": "billing",
        "token": row.pk,
        "changed": True,
        "revoked_at": row.revoked_at.isoformat(),
    }
    type_in(token)
    assert run(COMMAND, "--token", "-", "--json").data == {**first, "changed": False}
    type_in(token)
    assert run(COMMAND, "--token", "-").lines == [
        f'The token #{row.pk} of the client "Billing" (billing) was revoked already.'
    ]
    assert trail() == before


def test_token_that_ended_with_all_of_its_client_was_revoked_already(
    run, billing, get_token, type_in, actor, trail
):
    token = get_token(billing)
    revoke_client_tokens(billing.client, actor=actor)
    before = trail()
    type_in(token)
    assert run(COMMAND, "--token", "-", "--json").data == {
        "revoked": "token",
        "client_id": "billing",
        "token": None,
        "changed": False,
        "revoked_at": billing.client.tokens_valid_after.isoformat(),
    }
    type_in(token)
    assert run(COMMAND, "--token", "-").lines == [
        'The signed token of the client "Billing" (billing) was revoked already.'
    ]
    assert trail() == before
    assert not AccessToken.objects.exists()


def test_token_that_expired_is_no_error(run, billing, get_token, type_in, trail, in_two_hours):
    token, before = get_token(billing), trail()
    in_two_hours()
    type_in(token)
    assert run(COMMAND, "--token", "-", "--json").data == {
        "revoked": "token",
        "client_id": "billing",
        "token": None,
        "changed": False,
        "revoked_at": None,
    }
    type_in(token)
    [line] = run(COMMAND, "--token", "-").lines
    assert line.startswith('The signed token of the client "Billing" (billing) expired already: 20')
    assert trail() == before


def test_token_that_was_revoked_in_another_spelling_was_revoked_already(
    run, billing, get_token, type_in
):
    token = get_token(billing)
    type_in(token)
    run(COMMAND, "--token", "-")
    # Base64 leaves some bits of a last letter unused, so one token has several spellings.
    AccessToken.objects.update(token_hash="0" * 64)
    type_in(token)
    assert run(COMMAND, "--token", "-").lines == [
        'The signed token of the client "Billing" (billing) was revoked already.'
    ]
    assert AccessToken.objects.count() == 1


def test_token_of_another_issuer_is_refused(refuse, billing, get_token, type_in):
    type_in(get_token(billing))
    with override_settings(OAUTH_M2M={"ISSUER": "https://other.example"}):
        assert refuse(COMMAND, "--token", "-") == (
            "This is a signed token (JWT) of another issuer than the setting ISSUER names: revoke"
            " it where it was issued. Nothing was revoked."
        )


def test_token_of_a_deleted_client_is_refused(refuse, billing, get_token, type_in):
    type_in(get_token(billing))
    billing.client.delete()
    forget_facts()
    assert refuse(COMMAND, "--token", "-") == (
        "The client of this signed token (JWT) was deleted; no API of this server accepts it."
        " Nothing was revoked."
    )


def test_program_reads_a_signed_token_from_a_pipe(manage):
    token = "eyJhbGciOiJFUzI1NiJ9.e30.c2ln"
    output = manage(COMMAND, "--token", "-", stdin=token + "\n")
    assert (output.status, output.stdout) == (1, "")
    assert "This is a signed token (JWT) of another issuer" in output.stderr
    assert token not in output.stderr
