"""What owners who see only their own clients may let these do."""

import pytest
from django.contrib.auth.models import Group, Permission
from django.test import Client as HttpClient

from oauth_m2m.admin.escalation import ACCESS_FIELDS
from oauth_m2m.admin.hand_over_fields import LINK_FIELDS
from oauth_m2m.models import Client, Scope
from oauth_m2m.operations.clients import disable_client
from tests.admin.pages import (
    add_client,
    change_client,
    errors_of,
    messages_of,
    secrets_in,
    url,
)

pytestmark = pytest.mark.django_db

MORE_POWERFUL = (
    "This account is disabled or may do what you may not. Choose another, or ask an administrator."
)


@pytest.fixture
def http(editor) -> HttpClient:
    http = HttpClient()
    http.force_login(editor)
    return http


@pytest.fixture
def own(register, editor) -> Client:
    """A client of the colleague."""
    return register("orders:read", name="Mine", owner=editor, rate_limit="1/s").client


def test_owner_may_not_widen_what_their_client_may_do(
    http: HttpClient, limit, own: Client, root, ada
):
    limit("grant_scope")
    other = Scope.objects.create(name="orders:write")
    group = Group.objects.create(name="machines")
    before = Client.objects.values().get()
    typed = {
        "service_account": ada.pk,
        "groups": [group.pk],
        "owner": root.pk,
        "allowed_networks": "10.0.0.0/8",
        "rate_limit": "",
        f"granted_scopes-{other.pk}": "default",
    }
    assert change_client(http, own, **typed).status_code == 302
    assert Client.objects.values().get() == before
    assert list(own.scopes.values_list("name", flat=True)) == ["orders:read"]
    assert not own.groups.exists()


def test_owner_sees_what_their_client_may_do(http: HttpClient, limit, own: Client):
    limit("grant_scope")
    response = http.get(url("client_change", own.pk))
    page = response.content.decode()
    assert "orders:read (by default)" in page
    assert not {*ACCESS_FIELDS, "owner"} & response.context["adminform"].form.fields.keys()


def test_owner_changes_the_rest_of_their_client(http: HttpClient, limit, own: Client):
    limit("grant_scope")
    assert change_client(http, own, name="Renamed", token_lifetime="60").status_code == 302
    own.refresh_from_db()
    assert (own.name, own.token_lifetime, own.rate_limit) == ("Renamed", 60, "1/s")
    assert own.scopes.count() == 1


def test_owner_registers_a_client_of_their_own_that_may_nothing_yet(
    http: HttpClient, limit, editor, root
):
    limit("grant_scope")
    scope = Scope.objects.create(name="orders:read")
    page = http.get(url("client_add")).content.decode()
    assert "granted_scopes" not in page
    assert "You will be its owner. It may do nothing at first: ask an administrator" in page
    assert 'name="owner"' not in page
    response = add_client(http, owner=root.pk, **{f"granted_scopes-{scope.pk}": "default"})
    assert len(secrets_in(response)) == 1
    client = Client.objects.get()
    assert client.owner == editor
    assert not client.scopes.exists()


def test_owner_with_the_permission_gives_scopes_and_stays_the_owner(
    http: HttpClient, limit, own: Client, editor, root
):
    limit()
    scope = Scope.objects.create(name="orders:write")
    response = change_client(http, own, owner=root.pk, **{f"granted_scopes-{scope.pk}": "default"})
    assert response.status_code == 302
    own.refresh_from_db()
    assert own.scopes.count() == 2
    assert own.owner == editor


def test_owner_is_not_sent_to_add_scopes(http: HttpClient, boss: HttpClient, limit):
    limit()
    page = http.get(url("client_add")).content.decode()
    assert "You will be its owner.</p>" in page
    assert url("scope_add") not in page
    page = boss.get(url("client_add")).content.decode()
    assert "You will be its owner." not in page
    assert url("scope_add") in page


def test_owner_gives_only_groups_that_they_are_in(http: HttpClient, limit, own: Client, editor):
    limit()
    mine, theirs, former = (Group.objects.create(name=name) for name in ("mine", "b", "former"))
    editor.groups.add(mine)
    own.groups.add(former)
    response = change_client(http, own, groups=[mine.pk, theirs.pk, former.pk])
    assert errors_of(response) == {
        "groups": ["You are not in these groups, so ask an administrator: b."]
    }
    assert change_client(http, own, groups=[mine.pk, former.pk]).status_code == 302
    assert set(own.groups.all()) == {mine, former}


def test_owner_of_a_new_client_gives_only_groups_that_they_are_in(http: HttpClient, limit):
    limit()
    response = add_client(http, groups=[Group.objects.create(name="b").pk])
    assert list(errors_of(response)) == ["groups"]


def test_editor_who_is_not_limited_gives_any_group(http: HttpClient, own: Client):
    group = Group.objects.create(name="b")
    assert change_client(http, own, groups=[group.pk]).status_code == 302
    assert own.groups.get() == group


@pytest.mark.parametrize(
    "make",
    [
        lambda robot: robot.user_permissions.add(Permission.objects.get(codename="add_user")),
        lambda robot: setattr(robot, "is_active", False),
    ],
    ids=["with one more permission", "disabled"],
)
def test_owner_does_not_choose_an_account_that_may_more(
    http: HttpClient, limit, own: Client, robot, make
):
    limit()
    make(robot)
    robot.save()
    response = change_client(http, own, service_account=robot.pk)
    assert errors_of(response) == {"service_account": [MORE_POWERFUL]}


def test_owner_chooses_an_account_that_may_no_more(http: HttpClient, limit, own: Client, robot):
    limit()
    robot.user_permissions.add(Permission.objects.get(codename="rotate_secret"))
    assert change_client(http, own, service_account=robot.pk).status_code == 302
    assert change_client(http, own, service_account="").status_code == 302


def test_owner_keeps_the_account_that_an_administrator_chose(
    http: HttpClient, limit, own: Client, robot
):
    limit()
    robot.user_permissions.add(Permission.objects.get(codename="add_user"))
    Client.objects.update(service_account=robot)
    assert change_client(http, own, name="Renamed").status_code == 302
    assert Client.objects.get().service_account == robot


def test_owner_does_not_enable_what_somebody_disabled(
    http: HttpClient, limit, own: Client, actor, editor
):
    limit("grant_scope")
    disable_client(own, actor=actor)
    address = url("client_enable", own.pk)
    response = http.post(address)
    assert response.status_code == 403
    assert "It takes the permission oauth_m2m.grant_scope" in response.content.decode()
    assert address not in http.get(url("client_change", own.pk)).content.decode()
    editor.user_permissions.add(Permission.objects.get(codename="grant_scope"))
    assert messages_of(http.post(address)) == ["Enabled: it may work again."]


@pytest.mark.parametrize("is_registered", [True, False], ids=["its page", "a new client"])
def test_every_field_of_the_form_is_the_owners_or_one_that_widens(
    http: HttpClient, limit, own: Client, is_registered
):
    limit("grant_scope")
    address = url("client_change", own.pk) if is_registered else url("client_add")
    fields = set(http.get(address).context["adminform"].form.fields)
    if not is_registered:
        assert fields.issuperset(LINK_FIELDS)
    assert fields - {"client_id", "version", *LINK_FIELDS} == {
        "auth_methods",
        "contact_email",
        "description",
        "jwks_uri",
        "metadata",
        "name",
        "profile",
        "requires_certificate",
        "requires_dpop",
        "tls_subject",
        "token_format",
        "token_lifetime",
    }
