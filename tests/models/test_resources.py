import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError
from django.db.models import ProtectedError

from oauth_m2m.models import ResourceServer, Scope

pytestmark = pytest.mark.django_db


def codes(row) -> list[str]:
    with pytest.raises(ValidationError) as refused:
        row.full_clean()
    return [error.code for errors in refused.value.error_dict.values() for error in errors]


@pytest.mark.parametrize(
    "fields, constraint",
    [
        ({"identifier": ""}, "m2m_resource_has_identifier"),
        ({"token_lifetime": 0}, "m2m_resource_lifetime_positive"),
        ({"identifier": "https://taken.example"}, "identifier"),
    ],
    ids=["no identifier", "lifetime of zero", "identifier taken"],
)
def test_database_refuses_a_resource_server(fields, constraint):
    ResourceServer.objects.create(identifier="https://taken.example", name="First")
    with pytest.raises(IntegrityError, match=constraint):
        ResourceServer.objects.create(
            **{"identifier": "https://api.example", "name": "Second", **fields}
        )


@pytest.mark.parametrize(
    "name, constraint",
    [
        ("", "m2m_scope_name_is_a_word"),
        (" ", "m2m_scope_name_is_a_word"),
        ("a b", "m2m_scope_name_is_a_word"),
        ("taken", "name"),
    ],
    ids=["empty", "a space", "two words", "taken"],
)
def test_database_refuses_a_scope(name, constraint):
    Scope.objects.create(name="taken")
    with pytest.raises(IntegrityError, match=constraint):
        Scope.objects.create(name=name)


@pytest.mark.rfc("8707", "2")
@pytest.mark.parametrize(
    "identifier",
    [
        "https://api.example.com",
        "https://api.example.com/orders?v=1",
        "urn:example:orders",
        "spiffe://example.org/orders",
        "api:orders",
        "com.example+api:x",
    ],
)
def test_identifier_is_an_absolute_uri(identifier):
    ResourceServer(identifier=identifier, name="Orders").full_clean()


@pytest.mark.rfc("8707", "2")
@pytest.mark.parametrize(
    "identifier",
    [
        "orders",
        "/orders",
        "https:",
        ":orders",
        "1api:orders",
        "https://api.example.com#part",
        "https://api.example.com/a b",
        'https://api.example.com/"',
        "https://api.example.com/é",
        "é:orders",
        "https://api.example.com\n",
    ],
)
def test_identifier_that_is_none_is_refused(identifier):
    assert codes(ResourceServer(identifier=identifier, name="Orders")) == ["invalid_identifier"]


@pytest.mark.rfc("6749", "A.4")
@pytest.mark.parametrize("name", ["orders:read", "a", "https://api.example/read", "!#[]~"])
def test_scope_is_one_word_of_printable_ascii(name):
    Scope(name=name).full_clean()


@pytest.mark.rfc("6749", "A.4")
@pytest.mark.parametrize("name", ["a b", 'a"', "a\\", "é", "a\n", "a\t", " a"])
def test_scope_that_is_none_is_refused(name):
    assert codes(Scope(name=name)) == ["invalid_scope_name"]


def test_text_of_a_resource_server_is_its_name_or_else_its_identifier():
    assert str(ResourceServer(name="Orders", identifier="urn:x:y")) == "Orders"
    assert str(ResourceServer(identifier="urn:x:y")) == "urn:x:y"


def test_text_of_a_scope_is_its_name():
    assert str(Scope(name="orders:read")) == "orders:read"


def test_resource_server_with_scopes_cannot_be_deleted():
    server = ResourceServer.objects.create(identifier="urn:x:y", name="Orders")
    Scope.objects.create(name="orders:read", resource_server=server)
    with pytest.raises(ProtectedError):
        server.delete()
