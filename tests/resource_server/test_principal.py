"""A client as ``request.user``: what Django and its neighbours ask of a user."""

import pytest
from asgiref.sync import async_to_sync
from django.contrib.admin.models import LogEntry
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group, Permission

from oauth_m2m.resource_server import ClientPrincipal
from oauth_m2m.resource_server.principal import principal_of
from tests.conftest import Registered

VIEW, ADD, DELETE = (f"example_project.{verb}_order" for verb in ("view", "add", "delete"))


@pytest.fixture
def groups(db: None) -> list[Group]:
    """Two groups; between them they may view and add orders."""
    readers, writers = Group.objects.create(name="readers"), Group.objects.create(name="writers")
    view = Permission.objects.get(codename="view_order")
    readers.permissions.add(view)
    writers.permissions.add(view, Permission.objects.get(codename="add_order"))
    return [readers, writers]


@pytest.fixture
def principal(register, groups) -> ClientPrincipal:
    registered = register("orders:read", groups=groups, name="Billing")
    return ClientPrincipal(registered.client_id, "Billing")


def test_principal_is_an_authenticated_user_without_privileges():
    principal = ClientPrincipal("billing")
    assert (principal.is_authenticated, principal.is_active) == (True, True)
    assert (principal.is_anonymous, principal.is_staff, principal.is_superuser) == (False,) * 3
    assert principal.backend is None


def test_key_has_a_namespace_of_its_own():
    principal = ClientPrincipal("7")
    assert (principal.pk, principal.id) == ("m2m:7", "m2m:7")


def test_names_are_the_clients():
    principal = ClientPrincipal("billing", "Billing of the shop")
    assert (principal.username, principal.get_username()) == ("billing", "billing")
    assert principal.get_full_name() == "Billing of the shop"
    assert principal.get_short_name() == "Billing of the shop"
    assert str(principal) == "Billing of the shop"


def test_client_id_stands_in_for_a_missing_name():
    assert str(ClientPrincipal("billing")) == "billing"


def test_principals_are_equal_by_client_id():
    assert ClientPrincipal("a", "then") == ClientPrincipal("a", "now")
    assert hash(ClientPrincipal("a", "then")) == hash(ClientPrincipal("a", "now"))
    assert ClientPrincipal("a") != ClientPrincipal("b")


def test_principal_is_no_user_with_the_same_name(db: None):
    user = get_user_model().objects.create_user("a")
    assert ClientPrincipal("a") != user
    assert ClientPrincipal(str(user.pk)) != user


def test_principal_cannot_be_changed():
    with pytest.raises(AttributeError):
        ClientPrincipal("a").client_id = "b"


@pytest.mark.parametrize("verb", ["save", "delete"])
def test_principal_cannot_be_written_to_the_database(verb: str):
    with pytest.raises(TypeError) as caught:
        getattr(ClientPrincipal("billing"), verb)(update_fields=["last_login"])
    assert str(caught.value) == (
        "billing is an OAuth client without a service account: it is no row of the user table"
        " and cannot be saved. Give the client a service account if this code needs a user."
    )


def test_groups_are_the_clients_own(principal: ClientPrincipal, groups, register):
    register("orders:read", groups=[Group.objects.create(name="others")])
    assert set(principal.groups) == set(groups)


def test_permissions_come_through_groups(principal: ClientPrincipal):
    assert principal.get_all_permissions() == {VIEW, ADD}
    assert principal.get_group_permissions() == {VIEW, ADD}
    assert principal.get_user_permissions() == set()


def test_permissions_cannot_be_added_by_a_caller(principal: ClientPrincipal):
    principal.get_all_permissions().add(DELETE)
    assert not principal.has_perm(DELETE)


def test_has_perm_says_what_the_groups_say(principal: ClientPrincipal):
    assert principal.has_perm(VIEW)
    assert not principal.has_perm(DELETE)
    assert principal.has_perms([VIEW, ADD])
    assert not principal.has_perms([VIEW, DELETE])


def test_module_permission_is_any_permission_in_the_app(principal: ClientPrincipal):
    assert principal.has_module_perms("example_project")
    assert not principal.has_module_perms("example")
    assert not principal.has_module_perms("auth")


def test_nothing_is_permitted_on_a_single_object(principal: ClientPrincipal):
    assert principal.get_all_permissions(object()) == set()
    assert not principal.has_perm(VIEW, object())
    assert not principal.has_perms([VIEW], object())


def test_client_without_groups_may_nothing(registered: Registered):
    principal = ClientPrincipal(registered.client_id)
    assert principal.get_all_permissions() == set()
    assert not principal.has_module_perms("example_project")


def test_many_questions_take_one_statement(principal: ClientPrincipal, django_assert_num_queries):
    with django_assert_num_queries(1):
        principal.has_perm(VIEW)
        principal.has_perms([VIEW, ADD, DELETE])
        principal.has_module_perms("example_project")
        principal.get_all_permissions()


def test_object_question_takes_no_statement(principal: ClientPrincipal, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert not principal.has_perm(VIEW, object())


def test_async_views_get_the_same_answers(principal: ClientPrincipal):
    @async_to_sync
    async def answers() -> list[object]:
        return [
            await principal.ahas_perm(VIEW),
            await principal.ahas_perms([VIEW, DELETE]),
            await principal.ahas_module_perms("example_project"),
            await principal.aget_all_permissions(),
            await principal.aget_group_permissions(),
            await principal.aget_user_permissions(),
        ]

    assert answers() == [True, False, True, {VIEW, ADD}, {VIEW, ADD}, set()]


def test_foreign_key_to_a_user_refuses_a_principal():
    with pytest.raises(ValueError, match=r'Cannot assign .* "LogEntry.user" must be a "User"'):
        LogEntry(user=ClientPrincipal("billing"))


def test_filter_by_user_refuses_a_principal(db: None):
    with pytest.raises(TypeError, match="expected a number but got ClientPrincipal"):
        LogEntry.objects.filter(user=ClientPrincipal("billing"))


def test_templates_see_user_and_permissions(register, groups, bearer, http):
    registered = register("orders:read", groups=groups, name="Billing")
    response = http.get("/host/plain/template", headers=bearer(registered))
    assert response.content.decode() == "Billing:module,view,"


def test_principal_of_a_client_has_its_name(make_token):
    principal = principal_of(make_token(client_id="billing", client_name="Billing"))
    assert isinstance(principal, ClientPrincipal)
    assert (principal.client_id, principal.name) == ("billing", "Billing")


def test_principal_of_a_client_with_service_account_is_that_user(make_token):
    account = get_user_model()(username="robot")
    assert principal_of(make_token(service_account=account)) is account
