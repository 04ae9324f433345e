"""``--hand-over`` of the commands that make a secret, and of the one that withdraws the link."""

from datetime import timedelta

import pytest
from django.utils import timezone

from oauth_m2m.models import Client, ClientSecret, HandOver
from oauth_m2m.operations.hand_overs import claim_hand_over
from tests.conftest import Registered

CREATE, ROTATE, REVOKE = "m2m_create_client", "m2m_rotate_secret", "m2m_revoke"
START = "https://auth.example.com/oauth/hand-over/m2mh_"


@pytest.fixture
def billing(register) -> Registered:
    return register("orders:read", client_id="billing", name="Billing")


def claim(url: str) -> ClientSecret:
    secret = claim_hand_over(url.rpartition("/")[2], address="192.0.2.9").secret
    return ClientSecret.objects.get(pk=secret.pk)


def as_text(moment) -> str:
    return f"{timezone.localtime(moment):%Y-%m-%d %H:%M %Z}"


def hours_left(link: HandOver) -> float:
    return (link.expires_at - timezone.now()) / timedelta(hours=1)


def test_rotation_by_link_is_one_object_for_programs(run, billing):
    output = run(ROTATE, "billing", "--overlap=1", "--expires-in=30", "--hand-over=2", "--json")
    link = HandOver.objects.get()
    assert output.data == {
        "client_id": "billing",
        "client_secret": None,
        "key_id": None,
        "secret_expires_at": None,
        "hand_over_id": link.pk,
        "hand_over_url": output.data["hand_over_url"],
        "hand_over_expires_at": link.expires_at.isoformat(),
        "old_secrets": [],
        "old_secrets_end_at": None,
    }
    assert 1.9 < hours_left(link) <= 2
    assert ClientSecret.objects.get().expires_at is None
    secret = claim(output.data["hand_over_url"])
    assert secret.expires_at - secret.created_at == timedelta(days=30)
    old = ClientSecret.objects.get(key_id=billing.key_id)
    assert timedelta(0) < old.expires_at - timezone.now() <= timedelta(hours=1)


def test_people_read_the_link_once_and_how_to_withdraw_it(run, billing):
    output = run(ROTATE, "billing", "--hand-over")
    [url] = [line for line in output.lines if line.startswith(START)]
    link = HandOver.objects.get()
    assert output.lines == [
        'A new secret of the client "Billing" (billing) waits behind a link.',
        "Whoever opens this link first, and presses its button, sees the secret, once.",
        "This is the only time that the link is shown; send it by a way that only they read.",
        f"It works until {as_text(link.expires_at)}.",
        "",
        url,
        "",
        "To withdraw it before:",
        "",
        f"  python manage.py m2m_revoke --hand-over {link.pk}",
        "",
        "Its old secrets work as before until it is opened; then their time to end begins.",
    ]
    assert 71 < hours_left(link) <= 72


def test_disabled_client_is_said_to_be_disabled(run, billing):
    Client.objects.update(is_active=False)
    lines = run(ROTATE, "billing", "--hand-over").lines
    assert lines[-1] == "  python manage.py m2m_enable_client billing"


def test_new_client_is_handed_over(run):
    words = ("--scope=orders:read", "--create-scopes", "--secret-expires-in=7", "--hand-over")
    output = run(CREATE, "Billing", *words, "--json")
    client = Client.objects.get()
    assert (output.data["client_id"], output.data["client_secret"]) == (client.client_id, None)
    assert output.data["scopes"] == ["orders:read"]
    assert not client.secrets.exists()
    secret = claim(output.data["hand_over_url"])
    assert secret.expires_at - secret.created_at == timedelta(days=7)


def test_people_read_the_link_to_the_secret_of_a_new_client(run):
    output = run(CREATE, "Billing", "--hand-over=0.5")
    assert [line for line in output.lines if line.startswith(START)] != []
    no_scopes = "It has no scopes yet, so it gets no tokens: grant it one in the admin."
    assert output.lines[-2:] == ["", no_scopes]
    assert (
        "It has no scopes"
        not in run(CREATE, "Orders", "--hand-over", "--scope=orders:read", "--create-scopes").stdout
    )
    assert 0.4 < hours_left(HandOver.objects.last()) <= 0.5


@pytest.mark.parametrize(
    "words, message",
    [
        pytest.param(
            [CREATE, "X", "--hand-over", "--no-secret"],
            "--hand-over and --no-secret contradict each other. Leave one out.",
            id="no secret to hand over",
        ),
        pytest.param(
            [CREATE, "X", "--hand-over", "--auth-method=private_key_jwt"],
            "--hand-over is of no use: none of its methods takes a secret.",
            id="a client without secrets",
        ),
        pytest.param(
            [CREATE, "X", "--hand-over=0"],
            "--hand-over must be a number of hours, more than 0 and at most 876000, not 0.",
            id="a new client and no time",
        ),
        pytest.param(
            [ROTATE, "billing", "--hand-over=soon"],
            "--hand-over must be a number of hours, more than 0 and at most 876000, not soon.",
            id="no number of hours",
        ),
        pytest.param(
            [ROTATE, "billing", "--hand-over", "--revoke-old"],
            "--hand-over and --revoke-old contradict each other: a link ends nothing until"
            " somebody opens it. Revoke the secret that leaked with m2m_revoke --secret first.",
            id="a leak that would wait",
        ),
        pytest.param(
            [REVOKE, "--hand-over=7"],
            'No hand-over link has the number "7". The command that made it printed the number;'
            " the client's page in the admin shows it. Nothing was withdrawn.",
            id="an unknown link",
        ),
        pytest.param(
            [REVOKE, f"--hand-over=https://a.example/m2mh_{'a' * 49}"],
            'No hand-over link has the number "https://a.example/m2mh_[redacted]". The command'
            " that made it printed the number; the client's page in the admin shows it. Nothing"
            " was withdrawn.",
            id="the link itself",
        ),
        pytest.param(
            [REVOKE, f"--hand-over={'9' * 30}"],
            f'No hand-over link has the number "{"9" * 30}". The command that made it printed the'
            " number; the client's page in the admin shows it. Nothing was withdrawn.",
            id="a number of no row",
        ),
    ],
)
def test_bad_value_is_refused_and_nothing_is_changed(refuse, billing, words, message):
    assert refuse(*words) == message


@pytest.mark.parametrize("words", [(CREATE, "X"), (ROTATE, "billing")], ids=["create", "rotate"])
def test_without_an_issuer_nothing_is_made(refuse, billing, settings, words):
    settings.OAUTH_M2M = {"ISSUER": ""}
    message = refuse(*words, "--hand-over")
    assert message.endswith("OAUTH_M2M has no ISSUER: set it first. Nothing was changed.")


def test_withdrawn_link_shows_no_secret(run, billing, trail):
    link = run(ROTATE, "billing", "--hand-over", "--json").data["hand_over_id"]
    output = run(REVOKE, f"--hand-over={link}", "--reason=wrong address")
    assert output.lines == [
        f'The hand-over link #{link} of the client "Billing" (billing) shows no secret any more.'
    ]
    assert HandOver.objects.get().state == "withdrawn"
    assert trail()[-1] == (
        "hand_over.withdrawn",
        "m2m_revoke (olga)",
        "billing",
        "wrong address",
    )
    again = run(REVOKE, f"--hand-over={link}")
    assert again.lines[0].endswith("(billing) was over already.")


def test_programs_read_what_became_of_the_link(run, billing):
    link = run(ROTATE, "billing", "--hand-over", "--json").data["hand_over_id"]
    first = run(REVOKE, f"--hand-over={link}", "--json").data
    assert first == {
        "revoked": "hand_over",
        "client_id": "billing",
        "hand_over_id": link,
        "changed": True,
        "state": "withdrawn",
        "revoked_at": HandOver.objects.get().withdrawn_at.isoformat(),
    }
    assert run(REVOKE, f"--hand-over={link}", "--json").data == {**first, "changed": False}


def test_link_that_was_opened_is_not_withdrawn_and_its_secret_is_named(run, billing):
    printed = run(ROTATE, "billing", "--hand-over", "--json").data
    secret = claim(printed["hand_over_url"])
    output = run(REVOKE, f"--hand-over={printed['hand_over_id']}")
    opened = as_text(HandOver.objects.get().claimed_at)
    said = f"(billing) was opened at {opened}; that cannot be withdrawn."
    assert output.lines[0].endswith(said)
    assert output.lines[1:] == [
        "To end the secret that it gave:",
        "",
        f"  python manage.py m2m_revoke --secret {secret.key_id}",
    ]


def test_link_that_is_made_again_from_a_script_is_another_one(run, billing):
    first, second = (run(ROTATE, "billing", "--hand-over", "--json").data for _ in range(2))
    assert first["hand_over_url"] != second["hand_over_url"]
    assert HandOver.objects.count() == 2
