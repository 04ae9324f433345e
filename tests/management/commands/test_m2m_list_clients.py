from datetime import timedelta

import pytest
from django.test import override_settings
from django.utils import timezone

from oauth_m2m.models import Client, ClientKey, ClientSecret
from oauth_m2m.operations.credentials import add_secret, rotate_secret

COMMAND = "m2m_list_clients"
DAY = timedelta(days=1)


def ids(output) -> list[str]:
    return [client["client_id"] for client in output.data]


def test_programs_read_a_list(run, register, actor):
    registered = register(
        "orders:read", optional=("orders:write",), client_id="billing", name="Billing"
    )
    now = timezone.now()
    for days in (9, 3):
        add_secret(registered.client, actor=actor, lifetime=days * DAY)
    revoked = add_secret(registered.client, actor=actor, lifetime=DAY)
    ClientSecret.objects.filter(pk=revoked.pk).update(revoked_at=now)
    expired = add_secret(registered.client, actor=actor)
    ClientSecret.objects.filter(pk=expired.pk).update(created_at=now - DAY, expires_at=now)
    for kid, fields in enumerate(
        (
            {"expires_at": now + 5 * DAY},
            {},
            {"expires_at": now},
            {"expires_at": now + DAY, "not_before": now + DAY / 2},
            {"expires_at": now + DAY, "revoked_at": now},
        )
    ):
        ClientKey.objects.create(client=registered.client, kid=kid, public_jwk={}, **fields)
    Client.objects.update(last_used_at=now)
    next_expiry = ClientSecret.objects.filter(revoked_at=None, expires_at__gt=now).earliest(
        "expires_at"
    )
    assert run(COMMAND, "--json").data == [
        {
            "client_id": "billing",
            "name": "Billing",
            "is_active": True,
            "scopes": ["orders:read", "orders:write"],
            "default_scopes": ["orders:read"],
            "active_secrets": 3,
            "next_secret_expires_at": next_expiry.expires_at.isoformat(),
            "active_keys": 2,
            "next_key_expires_at": (now + 5 * DAY).isoformat(),
            "last_used_at": now.isoformat(),
            "created_at": registered.client.created_at.isoformat(),
        }
    ]


def test_client_with_nothing_is_listed(run, db):
    client = Client.objects.create(client_id="billing", name="Billing", is_active=False)
    assert run(COMMAND, "--json").data == [
        {
            "client_id": "billing",
            "name": "Billing",
            "is_active": False,
            "scopes": [],
            "default_scopes": [],
            "active_secrets": 0,
            "next_secret_expires_at": None,
            "active_keys": 0,
            "next_key_expires_at": None,
            "last_used_at": None,
            "created_at": client.created_at.isoformat(),
        }
    ]


@override_settings(TIME_ZONE="UTC")
def test_people_read_a_table(run, register):
    register("orders:read", client_id="billing", name="Billing")
    register("a", "b", "c", "d", "e", client_id="shop", name="The shop")
    register(client_id="idle", name="Unused")
    day = timezone.now().replace(year=2031, month=5, day=4, hour=3, minute=2)
    ClientSecret.objects.filter(client__client_id="billing").update(expires_at=day)
    for client_id, expires_at in (("billing", day - DAY), ("idle", day)):
        client = Client.objects.get(client_id=client_id)
        ClientKey.objects.create(client=client, kid="1", public_jwk={}, expires_at=expires_at)
    Client.objects.filter(client_id="shop").update(last_used_at=day, is_active=False)
    used = "2031-05-04 03:02 UTC"
    expiry = "NEXT EXPIRY".ljust(20)
    assert run(COMMAND).lines == [
        f"CLIENT ID  NAME      ACTIVE  SCOPES            SECRETS  KEYS  {expiry}  LAST USED",
        "billing    Billing   yes     orders:read       1        1     2031-05-03 03:02 UTC  never",
        f"shop       The shop  no      a b c and 2 more  1        0     -{' ' * 21}{used}",
        f"idle       Unused    yes     -                 1        1     {used}  never",
    ]


def test_unused_clients_are_old_and_did_nothing(run, register):
    now = timezone.now()
    for client_id, created, used in (
        ("never", 60, None),
        ("long-ago", 60, 40),
        ("lately", 60, 10),
        ("new", 10, None),
    ):
        client = register(client_id=client_id, name=client_id).client
        client.created_at = now - created * DAY
        client.last_used_at = None if used is None else now - used * DAY
        client.save()
    assert ids(run(COMMAND, "--unused-for=30", "--json")) == ["long-ago", "never"]
    assert ids(run(COMMAND, "--unused-for=50", "--json")) == ["never"]


def test_expiring_clients_have_a_working_secret_that_ends_soon(run, register, actor):
    now = timezone.now()
    for client_id, days in (("soon", 5), ("later", 50), ("never", None)):
        registered = register(client_id=client_id, name=client_id)
        if days is not None:
            add_secret(registered.client, actor=actor, lifetime=days * DAY)
    gone = register(client_id="gone", name="gone")
    ClientSecret.objects.filter(client=gone.client).update(
        created_at=now - 2 * DAY, expires_at=now - DAY
    )
    [soon] = run(COMMAND, "--expiring-within=30", "--json").data
    assert soon["client_id"] == "soon"
    # The secret that never expires is still counted.
    assert soon["active_secrets"] == 2
    assert ids(run(COMMAND, "--expiring-within=60", "--json")) == ["later", "soon"]
    # A rotation has seen to it.
    rotate_secret(Client.objects.get(client_id="soon"), actor=actor)
    assert ids(run(COMMAND, "--expiring-within=60", "--json")) == ["later"]


def test_expiring_clients_may_have_a_key_that_ends_soon(run, register):
    client = register(client_id="keyed", name="keyed").client
    ends_at = timezone.now() + 5 * DAY
    ClientKey.objects.create(client=client, kid="1", public_jwk={}, expires_at=ends_at)
    assert ids(run(COMMAND, "--expiring-within=4", "--json")) == []
    assert ids(run(COMMAND, "--expiring-within=6", "--json")) == ["keyed"]


def test_both_questions_together_narrow_the_list(run, register, actor):
    for client_id in ("used", "unused"):
        client = register(client_id=client_id, name=client_id).client
        add_secret(client, actor=actor, lifetime=DAY)
    Client.objects.update(created_at=timezone.now() - 60 * DAY)
    Client.objects.filter(client_id="used").update(last_used_at=timezone.now())
    output = run(COMMAND, "--unused-for=30", "--expiring-within=7", "--json")
    assert ids(output) == ["unused"]


def test_queries_do_not_grow_with_clients_scopes_and_secrets(
    run, register, actor, django_assert_num_queries
):
    for number in range(5):
        client = register("a", f"b{number}").client
        add_secret(client, actor=actor, lifetime=DAY)
        with django_assert_num_queries(2):
            assert len(ids(run(COMMAND, "--expiring-within=7", "--json"))) == number + 1


def test_empty_list_says_how_to_register_one(run):
    assert run(COMMAND).lines == [
        "No clients yet. Register one:",
        "",
        "  python manage.py m2m_create_client NAME --scope SCOPE",
    ]
    assert run(COMMAND, "--json").stdout == "[]\n"


@pytest.mark.parametrize("flag", ["--unused-for=1", "--expiring-within=1"])
def test_no_match_is_not_called_an_empty_server(run, registered, flag):
    assert run(COMMAND, flag).lines == [
        "No clients match. Without the flags, m2m_list_clients shows them all."
    ]


@pytest.mark.parametrize("flag", ["--unused-for", "--expiring-within"])
def test_bad_number_of_days_is_refused(refuse, flag):
    assert refuse(COMMAND, flag, "soon") == (
        f"{flag} must be a number of days, 0 or more and at most 36500, not soon."
    )


def test_program_prints_to_stdout_and_ends_with_0(manage):
    manage("m2m_create_client", "Müller", "--client-id=billing")
    output = manage(COMMAND, "--json")
    assert (output.status, output.stderr) == (0, "")
    assert output.data[0]["name"] == "Müller"
    table = manage(COMMAND, PYTHONUTF8="1")
    assert table.lines[1].startswith("billing    Müller  yes")
    assert "\x1b" not in table.stdout
