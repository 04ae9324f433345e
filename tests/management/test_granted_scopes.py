import pytest
from django.core.management.base import CommandError

from oauth_m2m.management.granted_scopes import granted_scopes
from oauth_m2m.models import AuditEvent, Scope

pytestmark = pytest.mark.django_db


@pytest.fixture
def read() -> Scope:
    return Scope.objects.create(name="orders:read")


@pytest.fixture
def write() -> Scope:
    return Scope.objects.create(name="orders:write")


def test_scopes_come_with_whether_they_are_defaults(read, write, actor):
    granted = granted_scopes(["orders:write"], ["orders:read"], create=False, actor=actor)
    assert granted == {read: False, write: True}
    assert granted_scopes([], [], create=False, actor=actor) == {}


def test_scope_that_is_named_twice_in_one_list_is_granted_once(read, actor):
    granted = granted_scopes(["orders:read"] * 2, [], create=False, actor=actor)
    assert granted == {read: True}


def test_only_missing_scopes_are_created_and_audited(read, actor):
    granted = granted_scopes(["orders:read"], ["reports:read"], create=True, actor=actor)
    assert granted == {read: True, Scope.objects.get(name="reports:read"): False}
    event = AuditEvent.objects.get()
    assert (event.kind, event.detail) == ("scope.created", {"name": "reports:read"})


@pytest.mark.parametrize(
    "default, optional, create, message",
    [
        pytest.param(
            ["orders:read", "orders:write"],
            ["orders:write"],
            True,
            "--scope and --optional-scope both name orders:write. A scope is granted by default or"
            " when asked for: choose one.",
            id="in both lists",
        ),
        pytest.param(
            ["orders:raed", "a b"],
            [],
            False,
            'No scope is called "a b".\n'
            'No scope is called "orders:raed". Did you mean orders:read or orders:write?\n'
            "Give each scope its own --scope.\n"
            "The scopes are orders:read, orders:write.\n"
            "Create it in the admin first, or add --create-scopes. Nothing was changed.",
            id="unknown",
        ),
        pytest.param(
            ["a b"],
            [],
            True,
            'The scope "a b": A scope is one word of printable ASCII characters without spaces,'
            " quotes or backslashes, such as orders:read.\nNothing was changed.",
            id="cannot be created",
        ),
    ],
)
def test_bad_scope_is_refused_with_what_to_do(
    read, write, actor, default, optional, create, message
):
    with pytest.raises(CommandError) as caught:
        granted_scopes(default, optional, create=create, actor=actor)
    assert str(caught.value) == message
    assert Scope.objects.count() == 2
