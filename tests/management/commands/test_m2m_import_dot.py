import logging
from datetime import UTC, datetime, timedelta

import pytest
from django.core.serializers import serialize
from django.db import models
from django.utils import timezone
from oauth2_provider.models import get_access_token_model, get_application_model

from oauth_m2m.management.commands import m2m_import_dot
from oauth_m2m.models import AccessToken, AuditEvent, Client, ClientSecret, Scope
from tests.management.conftest import all_rows
from tests.toolkit import SECRET, make_application, make_token

pytestmark = pytest.mark.django_db

COMMAND = "m2m_import_dot"
ENDS = datetime(2096, 1, 31, 18, tzinfo=UTC)
ACCEPT = [
    'For APIs to accept the imported tokens, set "ACCEPT_IMPORTED_TOKENS": True in',
    "OAUTH_M2M. The last of them expires at 2096-01-31 18:00 UTC: take it out after that.",
]
FROM_TOKENS = (COMMAND, "--scopes-from-tokens", "--create-scopes")


@pytest.fixture
def site(admin_user):
    """Two machines with three live tokens, and what cannot be imported."""
    nightly = make_application(client_id="nightly", name="Nightly", user=admin_user)
    make_token(nightly, "orders:read orders:write", expires=ENDS)
    make_token(nightly, "orders:read")
    robot = make_application(client_id="robot", name="Robot", hash_client_secret=False)
    make_token(robot, "stock:read")
    make_token(robot, "stock:read", token="e30.e30.c2ln")
    make_application(client_id="app", name="Phone", client_type="public")


def test_dry_run_says_what_would_happen_and_changes_nothing(site, run):
    before = all_rows()
    output = run(COMMAND, "--dry-run", "--tokens", "--scopes-from-tokens")
    assert output.lines == [
        "CLIENT ID  NAME     RESULT   SCOPES                    TOKENS                WHY NOT",
        f"app        Phone    refused  -                         {'0':22}it is a public client",
        "nightly    Nightly  new      orders:read orders:write  2 new",
        "robot      Robot    new      stock:read                1 new, not 1 (a JWT)",
        "",
        "Dry run: nothing was changed. Without --dry-run this imports 2 clients and 3 live tokens.",
        "These scopes do not exist yet: orders:read orders:write stock:read.",
        "Add --create-scopes, or create them in the admin first.",
        *ACCEPT,
    ]
    assert output.stderr == ""
    assert all_rows() == before


def test_import_does_what_the_dry_run_said(site, run, trail):
    output = run(*FROM_TOKENS, "--tokens")
    assert output.lines[-3:] == ["Imported 2 clients and 3 live tokens.", *ACCEPT]
    assert list(Client.objects.order_by("name").values_list("client_id", "owner__username")) == [
        ("nightly", "admin"),
        ("robot", None),
    ]
    assert AccessToken.objects.count() == 3
    who = "m2m_import_dot (olga)"
    assert trail() == [
        *(("scope.created", who, "", "") for _ in range(3)),
        *(
            (kind, who, client_id, "")
            for client_id in ("nightly", "robot")
            for kind in ("client.created", "secret.imported", "client.tokens_imported")
        ),
    ]


def test_json_is_for_programs(site, run):
    output = run(*FROM_TOKENS, "--tokens", "--json")
    none = {"new_tokens": 0, "known_tokens": 0, "refused_tokens": {}}
    assert output.data == {
        "dry_run": False,
        "clients": [
            {
                "client_id": "app",
                "name": "Phone",
                "result": "refused",
                "why": "it is a public client",
                "scopes": [],
                **none,
            },
            {
                "client_id": "nightly",
                "name": "Nightly",
                "result": "new",
                "why": "",
                "scopes": ["orders:read", "orders:write"],
                **none,
                "new_tokens": 2,
            },
            {
                "client_id": "robot",
                "name": "Robot",
                "result": "new",
                "why": "",
                "scopes": ["stock:read"],
                **none,
                "new_tokens": 1,
                "refused_tokens": {"a JWT": 1},
            },
        ],
        "new_clients": 2,
        "new_tokens": 3,
        "new_scopes": ["orders:read", "orders:write", "stock:read"],
        "last_token_expires_at": "2096-01-31T18:00:00+00:00",
    }


def test_second_run_changes_nothing_and_says_so(site, run, settings):
    run(*FROM_TOKENS, "--tokens")
    settings.OAUTH_M2M = {**settings.OAUTH_M2M, "ACCEPT_IMPORTED_TOKENS": True}
    before = all_rows()
    output = run(*FROM_TOKENS, "--tokens")
    assert [line.split() for line in output.lines[2:4]] == [
        ["nightly", "Nightly", "known", "-", "2", "known"],
        ["robot", "Robot", "known", "-", "1", "known,", "not", "1", "(a", "JWT)"],
    ]
    assert output.lines[-3:] == [
        "Nothing is new: nothing was changed.",
        "The last of the imported tokens expires at 2096-01-31 18:00 UTC: take the setting",
        "ACCEPT_IMPORTED_TOKENS out after that.",
    ]
    assert all_rows() == before


def test_change_in_the_toolkit_since_is_told(site, run):
    run(COMMAND, "--scope", "a", "--create-scopes")
    robot = get_application_model().objects.get(client_id="robot")
    robot.client_secret = "another secret"
    robot.save()
    before = all_rows()
    output = run(COMMAND, "--scope", "a")
    assert output.lines[3] == (
        "robot      Robot    changed  -       -       its secret is another one now"
    )
    assert output.lines[-3:] == [
        "Nothing is new: nothing was changed.",
        "A client that changed in django-oauth-toolkit since it was imported stays here as it",
        "is. To end it here too, m2m_disable_client; for a new secret, m2m_rotate_secret.",
    ]
    assert all_rows() == before


def test_client_that_had_no_token_gets_no_scope_and_that_is_told(run):
    make_application(client_id="silent")
    output = run(*FROM_TOKENS)
    assert output.lines[-3:] == [
        "Imported 1 client.",
        "silent has had no token, so it gets no scope: grant it",
        "some in the admin, or it gets no tokens.",
    ]
    assert not Client.objects.get().scope_grants.exists()


def test_given_scopes_are_granted_to_each_new_client(site, run):
    Scope.objects.create(name="a")
    run(COMMAND, "--scope", "a", "--scope", "b", "--create-scopes")
    for client in Client.objects.all():
        grants = client.scope_grants.values_list("scope__name", "is_default")
        assert dict(grants) == {"a": True, "b": True}
    assert not AccessToken.objects.exists()


def test_scopes_that_exist_need_no_flag(run):
    Scope.objects.create(name="a")
    make_application(client_id="job")
    plan = run(COMMAND, "--dry-run", "--scope", "a").lines
    assert plan[-1].startswith("Dry run:")
    assert run(COMMAND, "--scope", "a").lines[-1] == "Imported 1 client."


def test_site_without_applications_is_told(run):
    assert run(COMMAND, "--scope", "a").lines == [
        "django-oauth-toolkit has no applications here. Nothing was changed."
    ]


@pytest.mark.parametrize(
    "flags, complaint",
    [
        (["--scope", "a"], 'No scope is called "a".'),
        (["--scope", 'a"b', "--create-scopes"], 'The scope "a"b"'),
        ([], "one of the arguments --scope --scopes-from-tokens is required"),
        (["--scope", "a", "--scopes-from-tokens"], "not allowed with argument"),
    ],
    ids=["unknown scope", "impossible scope", "no scopes", "both"],
)
def test_unclear_scopes_are_refused(site, refuse, flags, complaint):
    assert complaint in refuse(COMMAND, *flags)


def test_tokens_without_checksums_are_refused(site, refuse, monkeypatch):
    class OldToken(models.Model):  # noqa: DJ008 - nobody reads it
        class Meta:
            app_label = "older_toolkit"
            managed = False

    monkeypatch.setattr("oauth2_provider.models.get_access_token_model", lambda: OldToken)
    assert refuse(COMMAND, "--tokens", "--scope", "a", "--create-scopes") == (
        "older_toolkit.OldToken keeps no checksum of a token (token_checksum), which"
        " django-oauth-toolkit does since its version 3. Nothing was changed; leave --tokens out."
    )


@pytest.fixture
def meanwhile(monkeypatch):
    """Let something happen after the command has looked and before it writes."""

    def meanwhile(happens) -> None:
        plan_import = m2m_import_dot.plan_import

        def planned(**arguments):
            plan = plan_import(**arguments)
            happens()
            return plan

        monkeypatch.setattr(m2m_import_dot, "plan_import", planned)

    return meanwhile


def test_client_that_somebody_registered_meanwhile_is_not_overwritten(
    site, refuse, meanwhile, register
):
    meanwhile(lambda: register(client_id="robot"))
    assert refuse(COMMAND, "--scope", "a", "--create-scopes") == (
        "client_id: Client with this Client id already exists.\nNothing was changed."
    )


def test_import_that_meets_another_one_is_told_to_run_again(site, refuse, meanwhile, registered):
    now = timezone.now()
    checksum = get_access_token_model().objects.first().token_checksum
    theirs = AccessToken(
        client=registered.client, token_hash=checksum, issued_at=now, expires_at=ENDS
    )
    meanwhile(theirs.save)
    assert refuse(COMMAND, "--scope", "a", "--create-scopes", "--tokens") == (
        "Somebody else changed the same clients at this moment. Nothing was changed; run the"
        " command again."
    )


def test_project_without_the_toolkit_is_told(manage):
    output = manage(COMMAND, "--scope", "a")
    assert (output.status, output.stdout) == (1, "")
    assert output.stderr == (
        "CommandError: django-oauth-toolkit is not in INSTALLED_APPS of this project"
        " (oauth2_provider), so there is nothing to import.\n"
    )


def test_no_secret_and_no_token_is_printed_logged_or_stored(site, run, caplog, settings):
    settings.DEBUG = True
    caplog.set_level(logging.DEBUG)
    [hashed, *_] = get_application_model().objects.filter(client_id="nightly")
    printed = run(*FROM_TOKENS, "--tokens").stdout + run(*FROM_TOKENS, "--json").stdout
    told = [*AuditEvent.objects.all(), *Client.objects.all(), *AccessToken.objects.all()]
    told += list(ClientSecret.objects.filter(client__client_id="robot"))
    clear = [SECRET, *get_access_token_model().objects.values_list("token", flat=True)]
    for secret in clear:
        assert secret not in printed + caplog.text + serialize("json", told) + repr(told)
    assert hashed.client_secret not in printed + serialize("json", told)


def test_expired_tokens_stay_behind(run):
    now = timezone.now()
    make_token(make_application(), "a", expires=now - timedelta(seconds=1))
    assert run(*FROM_TOKENS, "--tokens").lines[-1] == "Imported 1 client and 0 live tokens."


def test_imported_secret_is_revoked_by_its_key_id(site, run):
    run(COMMAND, "--scope", "a", "--create-scopes")
    secret = ClientSecret.objects.get(client__client_id="robot")
    run("m2m_revoke", "--secret", secret.key_id)
    assert ClientSecret.objects.get(pk=secret.pk).state == "revoked"


def test_imported_secret_can_be_rotated(site, run):
    run(COMMAND, "--scope", "a", "--create-scopes")
    [old] = run("m2m_rotate_secret", "robot", "--json").data["old_secrets"]
    assert old["key_id"].startswith("imported-")
