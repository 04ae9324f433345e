import sys
from io import StringIO

import pytest

from oauth_m2m.credential_format import generate_secret, generate_token
from oauth_m2m.models import AccessToken, Client, ClientSecret
from oauth_m2m.operations.tokens import revoke_client_tokens
from tests.management.conftest import Terminal

COMMAND = "m2m_revoke"
WHO = "m2m_revoke (olga)"


@pytest.fixture
def billing(register):
    return register("orders:read", client_id="billing", name="Billing")


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


def test_all_tokens_of_a_client_end(run, billing, get_token, status, trail):
    token = get_token(billing)
    output = run(COMMAND, "--client=billing", "--reason=moved house")
    assert output.lines == [
        'All tokens that the client "Billing" (billing) has now are over.',
        "It can still get new ones. To stop that too:",
        "",
        "  python manage.py m2m_disable_client billing",
    ]
    assert status(token) == 401
    assert status(get_token(billing)) == 200
    assert ("client.tokens_revoked", WHO, "billing", "moved house") in trail()


def test_disabled_client_is_said_to_get_no_new_tokens(run, billing):
    Client.objects.update(is_active=False)
    assert run(COMMAND, "--client=billing").lines[1:] == ["It is disabled and gets no new ones."]


def test_programs_read_from_when_a_clients_tokens_are_over(run, billing):
    output = run(COMMAND, "--client=billing", "--json")
    assert output.data == {
        "revoked": "client_tokens",
        "client_id": "billing",
        "changed": True,
        "revoked_at": Client.objects.get().tokens_valid_after.isoformat(),
    }


def test_token_from_standard_input_ends(run, billing, get_token, status, type_in, trail):
    token, other = get_token(billing), get_token(billing)
    type_in(f"{token}\n")
    output = run(COMMAND, "--token=-", "--reason=leaked")
    pk = AccessToken.objects.order_by("pk").first().pk
    assert output.lines == [f'The token #{pk} of the client "Billing" (billing) is over.']
    assert (status(token), status(other)) == (401, 200)
    assert ("token.revoked", WHO, "billing", "leaked") in trail()


def test_token_that_was_revoked_already_is_no_error(run, billing, get_token, type_in, trail):
    token = get_token(billing)
    type_in(token)
    first = run(COMMAND, "--token", "-", "--json").data
    before = trail()
    type_in(token)
    second = run(COMMAND, "--token", "-", "--json").data
    row = AccessToken.objects.get()
    assert first == {
        "revoked": "token",
        "client_id": "billing",
        "token": row.pk,
        "changed": True,
        "revoked_at": row.revoked_at.isoformat(),
    }
    assert second == {**first, "changed": False}
    type_in(token)
    assert run(COMMAND, "--token", "-").lines == [
        f'The token #{row.pk} of the client "Billing" (billing) was revoked already.'
    ]
    assert trail() == before


def test_token_that_ended_with_all_of_its_client_was_revoked_already(
    run, billing, get_token, type_in, actor
):
    token = get_token(billing)
    revoke_client_tokens(billing.client, actor=actor)
    type_in(token)
    output = run(COMMAND, "--token", "-", "--json").data
    assert output["changed"] is False
    assert output["revoked_at"] == billing.client.tokens_valid_after.isoformat()


def test_terminal_is_asked_on_stderr(run, billing, get_token, monkeypatch):
    monkeypatch.setattr(sys, "stdin", Terminal(get_token(billing) + "\n"))
    output = run(COMMAND, "--token", "-", "--json")
    assert output.stderr == "Paste the access token and press Enter.\n"
    assert output.data["changed"] is True


def test_token_on_the_command_line_is_refused_and_not_repeated(refuse, billing, get_token):
    token = get_token(billing)
    message = refuse(COMMAND, "--token", token)
    assert message == (
        "--token takes a dash only, and the token comes through standard input: on the command"
        " line it stays in the shell's history, where others may find it. Write"
        ' "m2m_revoke --token -" and paste the token when asked. Nothing was revoked.'
    )


@pytest.mark.parametrize(
    "presented",
    [
        pytest.param("eyJhbGciOiJFUzI1NiJ9.e30.c2ln", id="a foreign signed token"),
        pytest.param(generate_token("m2mt_"), id="a token that is not stored"),
        pytest.param("", id="nothing"),
        pytest.param("a b", id="two words"),
    ],
)
def test_what_is_no_token_of_ours_is_refused(refuse, billing, type_in, presented):
    type_in(presented)
    assert refuse(COMMAND, "--token", "-").endswith("Nothing was revoked.")


def test_secret_ends_by_its_key_id_and_its_tokens_do_not(
    run, billing, get_token, status, post_token, trail
):
    token = get_token(billing)
    output = run(COMMAND, "--secret", billing.key_id, "--reason", "leaked")
    assert output.lines == [
        f'The secret {billing.key_id} of the client "Billing" (billing) stopped working now.',
        "Tokens that it got live on until they expire. To end them too:",
        "",
        "  python manage.py m2m_revoke --client billing",
        "",
        "The client has no secret that works now. To give it one:",
        "",
        "  python manage.py m2m_rotate_secret billing",
    ]
    assert status(token) == 200
    fields = {"grant_type": "client_credentials", **billing.credentials}
    assert post_token(fields).status_code == 401
    assert ("secret.revoked", WHO, "billing", "leaked") in trail()


def test_client_with_another_secret_is_not_told_to_make_one(run, billing):
    run("m2m_rotate_secret", "billing")
    assert "m2m_rotate_secret" not in run(COMMAND, "--secret", billing.key_id).stdout


def test_secret_that_was_revoked_already_is_no_error(run, billing, trail):
    first = run(COMMAND, "--secret", billing.key_id, "--json").data
    before = trail()
    assert first == {
        "revoked": "secret",
        "client_id": "billing",
        "key_id": billing.key_id,
        "changed": True,
        "revoked_at": ClientSecret.objects.get().revoked_at.isoformat(),
    }
    assert run(COMMAND, "--secret", billing.key_id, "--json").data == {**first, "changed": False}
    assert run(COMMAND, "--secret", billing.key_id).lines[0] == (
        f'The secret {billing.key_id} of the client "Billing" (billing) was revoked already.'
    )
    assert trail() == before


@pytest.mark.parametrize("prefix", ["m2ms_", "", "other_"])
def test_whole_secret_in_place_of_its_key_id_is_refused_and_not_repeated(refuse, billing, prefix):
    secret = prefix + billing.secret.removeprefix("m2ms_")
    assert refuse(COMMAND, "--secret", secret) == (
        "--secret takes the key id only: the eight characters between the two underscores of the"
        " secret. What you gave looks like the secret itself, which now is in the shell's history:"
        " revoke it by its key id. Nothing was revoked."
    )


def test_unknown_key_id_is_refused(refuse, billing):
    _, key_id = generate_secret("m2ms_")
    assert refuse(COMMAND, "--secret", key_id) == (
        f'No secret has the key id "{key_id}". The key id is the eight characters between the two'
        " underscores of the secret; the admin shows it. Nothing was revoked."
    )


def test_unknown_client_is_refused(refuse, billing):
    assert refuse(COMMAND, "--client=biling").startswith(
        'No client has the id "biling". Did you mean billing (Billing)?'
    )


@pytest.mark.parametrize(
    "flags",
    [
        pytest.param([], id="nothing to revoke"),
        pytest.param(["--client=billing", "--token=-"], id="two things"),
    ],
)
def test_exactly_one_thing_is_revoked(refuse, billing, flags):
    assert refuse(COMMAND, *flags).startswith("Error: ")


def test_program_reads_the_token_from_a_pipe(manage, db):
    output = manage(COMMAND, "--token", "-", stdin=generate_token("m2mt_") + "\n")
    assert (output.status, output.stdout) == (1, "")
    assert output.stderr.startswith("CommandError: This token is not in the database")
    assert manage(COMMAND, "--token", "-", stdin=b"\xff\xfe\x00").status == 1


def test_program_that_revokes_twice_ends_with_0(manage):
    words = ("m2m_create_client", "Billing", "--client-id=billing", "--json")
    key_id = manage(*words).data["key_id"]
    for changed in (True, False):
        output = manage(COMMAND, "--secret", key_id, "--json")
        assert (output.status, output.stderr) == (0, "")
        assert output.data["changed"] is changed


def test_program_without_a_thing_to_revoke_ends_with_2(manage):
    output = manage(COMMAND)
    assert (output.status, output.stdout) == (2, "")
    assert output.stderr.endswith(
        "one of the arguments --client --token --secret --hand-over is required\n"
    )
