"""A client as ``request.user``: what Django and its neighbours ask of a user."""

import pytest
from asgiref.sync import async_to_sync
from django.contrib.auth import get_user_model
from django.contrib.auth.models import AnonymousUser, Group, Permission
from django.core.exceptions import ImproperlyConfigured, PermissionDenied
from django.db import OperationalError

from oauth_m2m.errors import InvalidToken, Reason
from oauth_m2m.resource_server import ClientPrincipal
from oauth_m2m.resource_server.principal import principal_of
from oauth_m2m.values import VerifiedToken
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
    assert not hasattr(principal, "backend")


def test_key_has_a_namespace_of_its_own():
    principal = ClientPrincipal("7")
    assert (principal.pk, principal.id) == ("m2m:7", "m2m:7")


def test_names_are_the_clients():
    principal = ClientPrincipal("billing", "Billing of the shop")
    assert (principal.username, principal.get_username()) == ("billing", "billing")
    assert principal.get_full_name() == "Billing of the shop"
    assert principal.get_short_name() == "Billing of the shop"


def test_client_id_stands_in_for_a_missing_name():
    assert ClientPrincipal("billing").get_full_name() == "billing"


def test_text_of_two_clients_with_one_name_differs():
    assert str(ClientPrincipal("billing", "Billing")) == "m2m:billing"
    assert str(ClientPrincipal("other", "Billing")) == "m2m:other"


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


def test_templates_see_user_and_permissions(register, groups, bearer, http):
    registered = register("orders:read", groups=groups, name="Billing")
    response = http.get("/host/plain/template", headers=bearer(registered))
    assert response.content.decode() == f"m2m:{registered.client_id}:module,view,"


def test_principal_of_a_client_has_its_name(make_token):
    principal = principal_of(make_token(client_id="billing", client_name="Billing"))
    assert isinstance(principal, ClientPrincipal)
    assert (principal.client_id, principal.name) == ("billing", "Billing")


def test_principal_of_a_client_with_service_account_is_that_user(make_token):
    account = get_user_model()(username="robot")
    assert principal_of(make_token(service_account=account)) is account


@pytest.fixture
def choose(settings):
    """Set PRINCIPAL."""

    def choose(hook: object) -> None:
        settings.OAUTH_M2M = {**settings.OAUTH_M2M, "PRINCIPAL": hook}

    return choose


def user_of_department(token: VerifiedToken):
    """Map a client to a user of the host, by a claim; what a host would write."""
    return get_user_model().objects.filter(username=token.claims.get("department")).first()


def test_hook_maps_a_client_to_a_user_of_the_project(db: None, make_token, choose):
    sales = get_user_model().objects.create_user("sales")
    choose("tests.resource_server.test_principal.user_of_department")
    assert principal_of(make_token(claims={"department": "sales"})) == sales


def test_hook_goes_before_the_service_account(make_token, choose):
    account, other = get_user_model()(pk=1), get_user_model()(pk=2)
    choose(lambda _token: other)
    assert principal_of(make_token(service_account=account)) is other


def test_hook_that_returns_none_leaves_the_default(make_token, choose):
    choose(lambda _token: None)
    account = get_user_model()(pk=1)
    assert principal_of(make_token()) == ClientPrincipal("billing")
    assert principal_of(make_token(service_account=account)) is account


def test_hook_may_return_a_principal_of_another_kind(make_token, choose):
    choose(lambda token: ClientPrincipal(f"partner:{token.client_id}"))
    assert principal_of(make_token()).pk == "m2m:partner:billing"


def deny(_token: VerifiedToken):
    raise PermissionDenied


@pytest.mark.parametrize(
    "hook, reason",
    [
        pytest.param(deny, Reason.PRINCIPAL_REFUSED, id="permission denied"),
        pytest.param(
            lambda _token: get_user_model()(pk=1, is_active=False),
            Reason.SERVICE_ACCOUNT_INACTIVE,
            id="an inactive user",
        ),
    ],
)
def test_hook_can_refuse_a_token(hook, reason: Reason, make_token, choose):
    choose(hook)
    with pytest.raises(InvalidToken) as refused:
        principal_of(make_token(client_pk=7))
    error = refused.value
    assert (error.reason, error.client_id, error.client_pk) == (reason, "billing", 7)


@pytest.mark.parametrize(
    "returned, name",
    [
        pytest.param(True, "bool", id="True"),
        pytest.param("billing", "str", id="a name"),
        pytest.param(7, "int", id="a key"),
        pytest.param(AnonymousUser(), "AnonymousUser", id="nobody"),
        pytest.param(get_user_model()(username="x"), "User", id="an unsaved user"),
        pytest.param(get_user_model(), "ModelBase", id="a class"),
        pytest.param((get_user_model()(pk=1), None), "tuple", id="a user and something else"),
    ],
)
def test_hook_with_a_wrong_answer_is_an_error_and_no_open_door(
    returned, name: str, make_token, choose
):
    choose(lambda _token: returned)
    with pytest.raises(ImproperlyConfigured) as caught:
        principal_of(make_token())
    assert str(caught.value) == (
        f"OAUTH_M2M['PRINCIPAL'] returned a {name}: it must return a saved user, or None for the"
        " default."
    )


def test_hook_that_fails_is_an_error_and_no_open_door(make_token, choose):
    choose(lambda token: token.claims["department"])
    with pytest.raises(ImproperlyConfigured) as caught:
        principal_of(make_token())
    assert str(caught.value) == "OAUTH_M2M['PRINCIPAL'] raised KeyError."
    assert isinstance(caught.value.__cause__, KeyError)


def test_hook_without_its_database_is_not_its_fault(make_token, choose):
    def away(_token: VerifiedToken):
        raise OperationalError

    choose(away)
    with pytest.raises(OperationalError):
        principal_of(make_token())


def test_foreign_client_has_the_groups_that_are_named_and_no_others(register, groups):
    readers, _ = groups
    mine = register("orders:read", groups=groups).client_id
    foreign = ClientPrincipal(mine, issuer="https://a.example", group_names=("readers", "none"))
    assert list(foreign.groups) == [readers]
    assert foreign.get_all_permissions() == {VIEW}
    assert ClientPrincipal(mine, issuer="https://a.example").get_all_permissions() == set()


def test_foreign_client_is_not_equal_to_a_local_one():
    assert ClientPrincipal("a") != ClientPrincipal("a", issuer="https://a.example")


def test_principal_of_a_foreign_token_knows_issuer_and_groups(make_token):
    foreign = principal_of(
        make_token(
            client_id="https://a.example#a", issuer="https://a.example", group_names=("readers",)
        )
    )
    assert foreign == ClientPrincipal("https://a.example#a", issuer="https://a.example")
    assert foreign.group_names == ("readers",)


def test_foreign_client_without_groups_costs_no_query(db, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert ClientPrincipal("a", issuer="https://a.example").has_perm(VIEW) is False
