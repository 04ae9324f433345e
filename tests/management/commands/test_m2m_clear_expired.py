from datetime import datetime, timedelta

import pytest
from django.core.management import CommandError
from django.test import override_settings
from django.utils import timezone

from oauth_m2m.models import (
    AccessToken,
    AuditEvent,
    AuditSeal,
    HandOver,
    SeenAssertion,
    SigningKey,
)
from oauth_m2m.operations.audit_verification import verify_seals
from oauth_m2m.operations.hand_overs import SecretTerms, offer_hand_over
from oauth_m2m.operations.tokens import revoke_proven_token
from oauth_m2m.tokens import prove_token
from tests.signing_keys import make_key
from tests.trails import seal, sealed, write

COMMAND = "m2m_clear_expired"
DAY = timedelta(days=1)


@pytest.fixture
def make_tokens(registered):
    """Store tokens whose time is over for so many days; a negative number is still to come."""

    def make_tokens(*days_ago: float) -> None:
        now = timezone.now()
        AccessToken.objects.bulk_create(
            AccessToken(
                token_hash=f"{number:064x}",
                client=registered.client,
                issued_at=now - (days + 1) * DAY,
                expires_at=now - days * DAY,
            )
            for number, days in enumerate(days_ago, AccessToken.objects.count())
        )

    return make_tokens


def test_expired_tokens_go_in_batches_and_live_ones_stay(
    run, make_tokens, registered, bearer, http, django_assert_num_queries
):
    headers = bearer(registered)
    make_tokens(*range(1, 8), -1)
    # For each of four batches of tokens, and for the used assertions that are not there, where it
    # ends and a DELETE; and a DELETE of hand-over links.
    with django_assert_num_queries(11):
        output = run(COMMAND, "--batch=2", "--json")
    assert output.data["deleted"] == 7
    assert output.stderr == ""
    assert AccessToken.objects.filter(expires_at__gt=timezone.now()).count() == 2
    assert AccessToken.objects.count() == 2
    assert http.get("/api/orders/", headers=headers).status_code == 200


def test_revoked_signed_tokens_are_remembered_until_they_would_have_expired(
    run, register, get_token, actor
):
    machine = register("orders:read", token_format="jwt")
    for _ in range(2):
        token = get_token(machine)
        revoke_proven_token(prove_token(token), token, actor=actor)
    live, over = AccessToken.objects.order_by("pk")
    moments = {"issued_at": live.issued_at - 2 * DAY, "expires_at": live.expires_at - 2 * DAY}
    AccessToken.objects.filter(pk=over.pk).update(**moments)
    assert run(COMMAND, "--json").data["deleted"] == 1
    assert AccessToken.objects.get() == live


def test_signing_keys_stay(run, db):
    make_key(announced=-9, signs=-9, until=-8, verifies=-7)
    assert run(COMMAND, "--json").data["deleted"] == 0
    assert SigningKey.objects.count() == 1


def test_running_twice_deletes_nothing_more(run, make_tokens):
    make_tokens(1, 2, -1)
    assert run(COMMAND, "--json").data["deleted"] == 2
    assert run(COMMAND, "--json").data["deleted"] == 0
    assert AccessToken.objects.count() == 1


@override_settings(TIME_ZONE="UTC")
def test_before_keeps_what_expired_since(run, make_tokens):
    make_tokens(1, 20, 40)
    limit = timezone.now().date() - 10 * DAY
    output = run(COMMAND, "--before", limit.isoformat())
    assert output.lines == [f"Deleted 2 tokens that expired before {limit} 00:00 UTC."]
    assert AccessToken.objects.count() == 1


def test_programs_read_how_many_and_before_when(run, make_tokens):
    make_tokens(40)
    data = run(COMMAND, "--before=2026-01-31T12:00Z", "--json").data
    assert data == {
        "deleted": 0,
        "before": "2026-01-31T12:00:00+00:00",
        "deleted_audit_rows": 0,
        "audit_rows_before": None,
        "deleted_hand_overs": 0,
    }
    start = timezone.now()
    data = run(COMMAND, "--json").data
    assert start <= datetime.fromisoformat(data["before"]) <= timezone.now()


@override_settings(TIME_ZONE="UTC")
def test_one_token_is_not_called_tokens(run, make_tokens):
    make_tokens(1)
    line = run(COMMAND, "--before", timezone.now().isoformat()).stdout
    assert line.startswith("Deleted 1 token that expired before ")


def test_terminal_sees_progress_on_stderr_only(run, make_tokens):
    make_tokens(*[1] * 4)
    output = run(COMMAND, "--batch=2", "--json", terminal=True)
    lines = output.stderr.split("\r")[1:]
    assert [line[:13] for line in lines] == [" 50 %  2 of 4", "100 %  4 of 4"]
    assert output.data["deleted"] == 4


@pytest.mark.parametrize(
    "flag, message",
    [
        pytest.param(
            "--batch=0",
            "--batch must be a whole number from 1 to 2147483647, not 0.",
            id="an empty batch",
        ),
        pytest.param(
            "--batch=many",
            "--batch must be a whole number from 1 to 2147483647, not many.",
            id="no number",
        ),
        pytest.param(
            "--before=2999-01-01",
            "--before must not be in the future: what still works would be deleted.",
            id="the future",
        ),
        pytest.param(
            "--before=2026-02-30",
            "--before must be a date or a time such as 2026-01-31 or 2026-01-31T18:00, not"
            " 2026-02-30.",
            id="no date",
        ),
    ],
)
def test_bad_value_is_refused_and_nothing_is_deleted(refuse, make_tokens, flag, message):
    make_tokens(1, -1)
    assert refuse(COMMAND, flag) == message


def test_program_prints_to_stdout_and_ends_with_0(manage):
    output = manage(COMMAND)
    assert (output.status, output.stderr) == (0, "")
    assert output.stdout.startswith("Deleted 0 tokens that expired before ")
    assert manage(COMMAND, "--before=2999-01-01").status == 1


def test_used_assertions_go_once_they_expired_by_every_servers_clock(run, db: None):
    now = timezone.now()
    for number, age in enumerate((DAY, DAY, timedelta(minutes=4))):
        SeenAssertion.objects.create(digest=f"{number}", expires_at=now - age)
    assert run(COMMAND, "--batch=1", "--json").data["deleted"] == 0
    assert [row.digest for row in SeenAssertion.objects.all()] == ["2"]


@pytest.fixture
def kept_for_a_day(settings) -> None:
    settings.OAUTH_M2M = {**settings.OAUTH_M2M, "AUDIT_RETENTION": DAY}


def test_audit_trail_is_kept_for_ever_unless_told_otherwise(run, db: None):
    write(2)
    output = run(COMMAND)
    assert len(output.lines) == 1
    assert (AuditEvent.objects.count(), AuditSeal.objects.count()) == (2, 0)


@override_settings(TIME_ZONE="UTC")
def test_old_rows_of_the_audit_trail_are_sealed_and_go(run, kept_for_a_day, trail):
    write(3)
    seal()
    write(1, start=timezone.now())
    output = run(COMMAND)
    _, line = output.lines
    assert line.startswith("Deleted 3 rows of the audit trail from before ")
    assert trail() == [
        ("token.refused", "olga", "robot-0", "reason 0"),
        ("audit.cleared", "m2m_clear_expired (olga)", "", ""),
    ]
    assert [one.sequence for one in verify_seals()] == [1, 2]


def test_rows_that_nobody_sealed_are_sealed_before_they_go(run, kept_for_a_day):
    write(1)
    data = run(COMMAND, "--json").data
    assert data["deleted_audit_rows"] == 1
    limit = datetime.fromisoformat(data["audit_rows_before"])
    assert timezone.now() - DAY - timedelta(minutes=10) < limit <= timezone.now() - DAY
    assert AuditSeal.objects.get().cleared_at is not None


def test_before_keeps_younger_rows_of_the_audit_trail(run, kept_for_a_day):
    write(2)
    data = run(COMMAND, "--before=2026-01-31T12:01Z", "--json").data
    assert data["deleted_audit_rows"] == 0
    assert run(COMMAND, "--before=2026-01-31T13:00Z", "--json").data["deleted_audit_rows"] == 2


@override_settings(TIME_ZONE="UTC")
def test_one_row_is_not_called_rows(run, kept_for_a_day):
    write(1)
    assert run(COMMAND).lines[1].startswith("Deleted 1 row of the audit trail from before ")


def test_progress_counts_tokens_and_rows(run, make_tokens, kept_for_a_day):
    make_tokens(1, 1)
    AuditEvent.objects.all().delete()
    sealed(1, 1)
    output = run(COMMAND, "--batch=2", terminal=True)
    lines = output.stderr.split("\r")[1:]
    assert [line[:13] for line in lines] == [" 50 %  2 of 4", " 75 %  3 of 4", "100 %  4 of 4"]


def test_stray_in_a_cleared_batch_is_told_and_not_deleted(run, kept_for_a_day):
    write(1)
    run(COMMAND)
    AuditEvent.objects.create(kind="token.refused", seal_id=1)
    AuditEvent.objects.filter(kind="audit.cleared").update(created_at=timezone.now() - 9 * DAY)
    with pytest.raises(CommandError) as caught:
        run(COMMAND)
    assert str(caught.value) == "The audit trail was altered: m2m_verify_audit says where."
    assert AuditEvent.objects.count() == 2


@pytest.mark.parametrize(
    "number, said",
    [
        pytest.param(1, "1 hand-over link,", id="one"),
        pytest.param(2, "2 hand-over links,", id="two"),
    ],
)
def test_old_hand_over_links_go_with_them(run, registered, actor, number, said):
    for _ in range(number + 1):
        offer_hand_over(registered.client, SecretTerms(), actor=actor)
    newest = HandOver.objects.first()
    old = HandOver.objects.exclude(pk=newest.pk)
    old.update(created_at=timezone.now() - 40 * DAY, expires_at=timezone.now() - 31 * DAY)
    assert f"Deleted {said} over for 30 days." in run(COMMAND).lines
    assert HandOver.objects.get() == newest
