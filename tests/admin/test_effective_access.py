import pytest
from django.contrib.auth.models import Group, User

from oauth_m2m.admin.effective_access import access_in_words
from oauth_m2m.models import Client, ResourceServer, Scope
from tests.admin.pages import text_of

pytestmark = pytest.mark.django_db

ALONE = "It can call a as itself, without Django permissions from any network."


def words(client: Client) -> list[str]:
    return access_in_words(Client.objects.get(pk=client.pk))


def test_scopes_groups_and_networks_make_a_sentence(register):
    group = Group.objects.create(name="Warehouse")
    client = register("orders:read", groups=[group], allowed_networks=["10.0.0.0/8"]).client
    assert words(client) == ["It can call orders:read as group Warehouse from 10.0.0.0/8."]


def test_each_api_has_a_sentence(register):
    for name in ("Reports", "Orders"):
        api = ResourceServer.objects.create(
            identifier=f"https://{name}.example.com".lower(), name=name
        )
        for right in ("read", "write"):
            Scope.objects.create(name=f"{name.lower()}:{right}", resource_server=api)
    robot = User.objects.create_user("robot")
    client = register(
        "orders:read",
        "reports:read",
        "x",
        optional=("orders:write",),
        service_account=robot,
        allowed_networks=["10.0.0.0/8", "2001:db8::/32"],
    ).client
    end = "as the user robot from 10.0.0.0/8, 2001:db8::/32."
    assert words(client) == [
        f"It can call x {end}",
        f"It can call orders:read, orders:write (only when it asks) of Orders {end}",
        f"It can call reports:read of Reports {end}",
    ]


def test_several_groups_are_named(register):
    groups = [Group.objects.create(name=name) for name in ("Warehouse", "Accounts")]
    [sentence] = words(register("a", groups=groups).client)
    assert "as groups Accounts, Warehouse from" in sentence


def test_client_without_scopes_can_call_nothing(register):
    assert words(register().client) == ["It can call nothing: it was given no scopes."]


def test_disabled_client_is_said_to_be(register):
    assert words(register("a", is_active=False).client) == [
        "It can call nothing while it is disabled. Enabled, this holds:",
        ALONE,
    ]


def test_disabled_account_is_said_to_stop_it(register):
    robot = User.objects.create_user("robot", is_active=False)
    assert words(register("a", service_account=robot).client)[0] == (
        "Its tokens are refused, because its service account robot is disabled."
    )


def test_superuser_is_pointed_out(register):
    robot = User.objects.create_superuser("robot")
    assert words(register("a", service_account=robot).client)[-1] == (
        "The user robot is a superuser and has every Django permission."
    )


@pytest.mark.parametrize(
    "fields, sentence",
    [
        ({"rate_limit": "1000/h"}, "Its API calls are limited to 1000/h."),
        ({"requires_dpop": True}, "Its tokens work only with a DPoP proof."),
        (
            {"requires_certificate": True},
            "Its tokens work only together with its TLS certificate.",
        ),
        (
            {"profile": "fapi2"},
            "Its tokens work only with a DPoP proof or its TLS certificate.",
        ),
    ],
    ids=["rate", "DPoP", "certificate", "strict profile"],
)
def test_conditions_are_said(register, fields, sentence):
    assert words(register("a", **fields).client) == [ALONE, sentence]


def test_hook_that_chooses_the_user_is_said(register, settings):
    settings.OAUTH_M2M = {**settings.OAUTH_M2M, "PRINCIPAL": len}
    assert words(register("a").client) == [
        ALONE,
        "The setting PRINCIPAL may choose another user, or refuse it.",
    ]


def test_page_says_it(boss, register):
    assert ALONE in text_of(boss, "client_change", register("a").client.pk)
