import pytest
from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict

from oauth_m2m.admin.scope_grants import MANY, ScopeGrantsField, choices_of
from oauth_m2m.models import ResourceServer, Scope

pytestmark = pytest.mark.django_db


class GrantsForm(forms.Form):
    granted = ScopeGrantsField()


@pytest.fixture
def read() -> Scope:
    return Scope.objects.create(name="orders:read", description="See <b>orders</b>")


@pytest.fixture
def write() -> Scope:
    return Scope.objects.create(name="orders:write")


def form_with(text: str) -> GrantsForm:
    return GrantsForm(QueryDict(text))


def test_chosen_scopes_become_a_mapping(read: Scope, write: Scope):
    unwanted = Scope.objects.create(name="orders:delete")
    form = form_with(
        f"granted-{read.pk}=default&granted-{write.pk}=asked&granted-{unwanted.pk}=no&other-1=x"
    )
    assert form.is_valid()
    assert form.cleaned_data["granted"] == {read: True, write: False}


def test_nothing_sent_is_no_scopes(read: Scope):
    form = form_with("")
    assert form.is_valid()
    assert form.cleaned_data["granted"] == {}


@pytest.mark.parametrize(
    "text,code",
    [
        ("granted-{pk}=yes", "unknown_choice"),
        ("granted-{pk}=", "unknown_choice"),
        ("granted-999999=default", "unknown_scope"),
        ("granted-999999=no", "unknown_scope"),
        ("granted-=default", "unknown_scope"),
        ("granted-orders%3Aread=default", "unknown_scope"),
        ("granted-99999999999999999999999999=default", "unknown_scope"),
        ("granted-%00=default", "unknown_scope"),
    ],
    ids=[
        "unknown choice",
        "empty choice",
        "scope that was deleted",
        "deleted and not wanted",
        "no key",
        "name for a key",
        "key that no column holds",
        "NUL for a key",
    ],
)
def test_what_the_table_never_sends_is_refused(read: Scope, text: str, code: str):
    form = form_with(text.format(pk=read.pk))
    assert [error.code for error in form.errors.as_data()["granted"]] == [code]


def test_refusal_is_a_sentence(read: Scope):
    with pytest.raises(ValidationError, match="A scope was deleted since you opened the page"):
        ScopeGrantsField().clean({"999999": "default"})


def test_refused_form_keeps_the_choices(read: Scope):
    page = form_with(f"granted-{read.pk}=asked&granted-999999=no").as_p()
    assert f'<input type="radio" name="granted-{read.pk}" value="asked" checked>' in page
    assert page.count("checked") == 1


def test_choices_of_a_client_are_those_it_has(register):
    client = register("orders:read", optional=("orders:write",)).client
    pks = dict(Scope.objects.values_list("name", "pk"))
    assert choices_of(client) == {
        str(pks["orders:read"]): "default",
        str(pks["orders:write"]): "asked",
    }


def test_table_shows_what_the_client_has(read: Scope, write: Scope):
    page = GrantsForm(initial={"granted": {str(write.pk): "default"}}).as_p()
    assert f'name="granted-{read.pk}" value="no" checked>' in page
    assert f'name="granted-{write.pk}" value="default" checked>' in page
    assert page.count("checked") == 2
    assert page.count('type="radio"') == 6


def groups_of_the_table() -> list[tuple[str, list[str]]]:
    context = GrantsForm()["granted"].field.widget.get_context("granted", None, {})
    return [
        ("" if server is None else server.identifier, [row["scope"].name for row in rows])
        for server, rows in context["widget"]["groups"]
    ]


def test_scopes_of_a_resource_server_stand_together(read: Scope, write: Scope):
    for name in ("Zoo", "Billing"):
        server = ResourceServer.objects.create(identifier=f"urn:{name}", name=name)
        Scope.objects.create(name=f"{name}:all", resource_server=server)
    assert groups_of_the_table() == [
        ("", ["orders:read", "orders:write"]),
        ("urn:Billing", ["Billing:all"]),
        ("urn:Zoo", ["Zoo:all"]),
    ]
    page = GrantsForm().as_p()
    assert "Of no API in particular" in page
    assert 'Zoo <span class="m2m-identifier">urn:Zoo</span>' in page


def test_servers_of_one_name_are_kept_apart():
    for identifier in ("urn:b", "urn:a"):
        server = ResourceServer.objects.create(identifier=identifier, name="Stock")
        Scope.objects.create(name=f"{identifier}:x", resource_server=server)
        Scope.objects.create(name=f"{identifier}:a", resource_server=server)
    assert groups_of_the_table() == [
        ("urn:a", ["urn:a:a", "urn:a:x"]),
        ("urn:b", ["urn:b:a", "urn:b:x"]),
    ]


def test_scopes_of_no_server_need_no_heading_among_themselves(read: Scope):
    assert "Of no API in particular" not in GrantsForm().as_p()


@pytest.mark.parametrize("count,are_many", [(MANY, False), (MANY + 1, True)])
def test_long_table_has_a_filter_and_scrolls(count: int, are_many):
    Scope.objects.bulk_create(Scope(name=f"s{number}") for number in range(count))
    page = GrantsForm().as_p()
    assert ('data-m2m-filter="id_granted_table" hidden' in page) is are_many
    assert ('class="m2m-scroll"' in page) is are_many
    assert page.count("data-m2m-row") == count


def test_each_row_of_buttons_is_named_by_its_scope(read: Scope):
    page = GrantsForm().as_p()
    assert f'<th scope="row" id="id_granted-{read.pk}_name"><code>orders:read</code>' in page
    assert f'<div role="radiogroup" aria-labelledby="id_granted-{read.pk}_name">' in page


def test_description_is_escaped(read: Scope):
    page = GrantsForm().as_p()
    assert "See &lt;b&gt;orders&lt;/b&gt;" in page
    assert "<b>" not in page


def test_table_says_when_there_are_no_scopes():
    assert "There are no scopes yet." in GrantsForm().as_p()


@pytest.mark.parametrize(
    "initial,data,changed",
    [
        (None, {}, False),
        (None, {"1": "no"}, False),
        ({"1": "default"}, {"1": "default", "2": "no"}, False),
        ({"1": "default"}, {"1": "asked"}, True),
        ({"1": "default"}, {"1": "no"}, True),
        (None, {"1": "default"}, True),
    ],
    ids=["nothing", "still no", "same", "other kind", "taken away", "given"],
)
def test_change_is_a_change_of_what_is_granted(initial, data, changed):
    assert ScopeGrantsField().has_changed(initial, data) is changed
