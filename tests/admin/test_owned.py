import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import AnonymousUser, Permission
from django.test import Client as HttpClient

from oauth_m2m.admin.owned import is_limited, of_own_clients, own_clients
from oauth_m2m.models import AccessToken, AuditEvent, Client, TrustedIssuer, WorkloadIdentity
from tests.admin.every_page import APP, World, every_page, make_world
from tests.admin.pages import form_of, messages_of, secrets_in, url

pytestmark = pytest.mark.django_db

OWNED = ("accesstoken", "auditevent", "client", "workloadidentity")
SHARED = ("resourceserver", "scope", "signingkey", "trustedissuer")
OBJECT_PAGES = [
    name
    for name, arguments in every_page().items()
    if "object_id" in arguments and name.startswith(OWNED)
]
NOT_THEIRS = ("view_all_clients", "grant_scope")


@pytest.fixture(autouse=True)
def _setting(settings):
    settings.OAUTH_M2M = {**settings.OAUTH_M2M, "OWNERS_SEE_ONLY_THEIR_OWN": True}


@pytest.fixture
def owner(django_user_model):
    """A colleague with every permission but those that widen."""
    user = django_user_model.objects.create_user("grace", is_staff=True)
    found = Permission.objects.filter(content_type__app_label=APP)
    user.user_permissions.set(found.exclude(codename__in=NOT_THEIRS))
    return user


@pytest.fixture
def http(owner) -> HttpClient:
    http = HttpClient(REMOTE_ADDR="192.0.2.7")
    http.force_login(owner)
    return http


@pytest.fixture
def own(owner) -> World:
    return make_world("Mine", owner=owner, number=1, shared="Shared")


@pytest.fixture
def foreign() -> World:
    return make_world("Theirs", number=2, shared="Shared")


def allow(user, *codenames: str) -> None:
    user.user_permissions.add(*Permission.objects.filter(codename__in=codenames))


def rows_on(response) -> list[int]:
    return [row.pk for row in response.context["cl"].result_list]


def test_nobody_is_limited_without_the_setting(settings, owner, own, foreign):
    settings.OAUTH_M2M = {}
    assert not is_limited(owner)
    assert own_clients(owner).count() == 2


def test_superuser_and_who_may_see_all_are_not_limited(ada, owner, own, foreign):
    assert not is_limited(ada)
    allow(owner, "view_all_clients")
    assert not is_limited(type(owner).objects.get(pk=owner.pk))
    assert own_clients(ada).count() == 2


def test_owner_has_their_own_clients_and_what_belongs_to_them(owner, own, foreign):
    assert list(own_clients(owner)) == [own.rows["client"]]
    assert list(of_own_clients(owner, AccessToken.objects.all())) == [own.rows["accesstoken"]]
    assert not own_clients(AnonymousUser()).exists()


def test_client_without_an_owner_is_nobodys(owner, own):
    Client.objects.update(owner=None)
    assert not own_clients(owner).exists()
    assert not own_clients(AnonymousUser()).exists()


@pytest.mark.parametrize("model", OWNED)
def test_list_has_only_their_own(http: HttpClient, own, foreign, model: str):
    response = http.get(url(f"{model}_changelist"))
    assert rows_on(response) == [own.rows[model].pk]
    assert "Theirs" not in response.content.decode()


@pytest.mark.parametrize("model", OWNED)
def test_list_has_all_for_who_may_see_all(http: HttpClient, owner, own, foreign, model: str):
    allow(owner, "view_all_clients")
    assert len(rows_on(http.get(url(f"{model}_changelist")))) == 2


@pytest.mark.parametrize(
    "model,query",
    [
        ("client", {"q": "Theirs"}),
        ("client", {"client_id": "c2"}),
        ("client", {"scopes__id__exact": "2"}),
        ("accesstoken", {"q": "c2"}),
        ("auditevent", {"q": "Theirs"}),
        ("workloadidentity", {"q": "Theirs"}),
    ],
    ids=str,
)
def test_search_and_filters_find_nothing_of_others(http, own, foreign, model: str, query):
    response = http.get(url(f"{model}_changelist"), query)
    assert own.rows[model].pk not in rows_on(response)
    assert rows_on(response) == []


@pytest.mark.parametrize("name", OBJECT_PAGES)
def test_page_of_anothers_row_is_that_of_a_row_that_is_not_there(http, own, foreign, name: str):
    arguments = every_page()[name]
    address = foreign.address(name, arguments)
    # Its own parts may be anything, so the row itself is what is not there.
    pk = foreign.rows[name.split("_", maxsplit=1)[0]].pk
    missing = address.replace(f"/{pk}/", "/999999/", 1)
    before = list(Client.objects.values()), AuditEvent.objects.count(), LogEntry.objects.count()
    for method in ("get", "post"):
        answer, other = (
            getattr(http, method)(place, {"post": "yes"} if method == "post" else {})
            for place in (address, missing)
        )
        assert answer.status_code == other.status_code
        assert answer.status_code in {302, 403, 404}
        assert "Theirs" not in answer.content.decode()
        said = [message.replace(f"“{pk}”", "“999999”") for message in messages_of(answer)]
        assert said[-1:] == messages_of(other)[-1:]
    after = list(Client.objects.values()), AuditEvent.objects.count(), LogEntry.objects.count()
    assert after == before


@pytest.mark.parametrize("name", [name for name in OBJECT_PAGES if name.startswith("client_")])
def test_page_of_their_own_client_is_open(http: HttpClient, own: World, name: str):
    status = http.get(own.address(name, every_page()[name])).status_code
    # To enable a client takes one of the permissions that this owner does not have.
    assert status in ({403} if name == "client_enable" else {200, 405})


def test_owner_rotates_and_ends_what_is_theirs(http: HttpClient, own: World):
    client = own.rows["client"]
    address = url("client_rotate_secret", client.pk)
    assert len(secrets_in(http.post(address, form_of(http.get(address))))) == 1
    assert http.post(url("accesstoken_revoke", own.rows["accesstoken"].pk)).status_code == 302
    assert http.post(url("client_disable", client.pk)).status_code == 302
    assert AccessToken.objects.get().state == "revoked"
    client.refresh_from_db()
    assert not client.is_active


def test_secret_of_anothers_client_is_not_found_under_their_own(http, own, foreign):
    for name, key in (("client_revoke_secret", "secret_pk"), ("client_revoke_key", "key_pk")):
        address = url(name, own.rows["client"].pk, foreign.others[key].pk)
        assert http.post(address).status_code == 404
        foreign.others[key].refresh_from_db()
        assert foreign.others[key].revoked_at is None


def test_action_reaches_their_own_tokens_only(http: HttpClient, own, foreign):
    pks = [world.rows["accesstoken"].pk for world in (own, foreign)]
    for extra in ({}, {"select_across": "1"}):
        fields = {"action": "revoke_selected", "_selected_action": pks, **extra}
        http.post(url("accesstoken_changelist"), fields)
    states = {token.pk: token.state for token in AccessToken.objects.all()}
    assert states == {pks[0]: "revoked", pks[1]: "active"}


def test_autocomplete_offers_their_own_clients_only(http: HttpClient, own, foreign):
    fields = {"app_label": APP, "model_name": "resourceserver", "term": ""}
    response = http.get("/admin/autocomplete/", {**fields, "field_name": "introspecting_clients"})
    assert [row["text"] for row in response.json()["results"]] == ["Mine1"]


def test_deleted_client_is_their_own_only(http: HttpClient, own, foreign):
    for world in (own, foreign):
        http.post(url("client_delete", world.rows["client"].pk), {"post": "yes"})
    assert list(Client.objects.all()) == [foreign.rows["client"]]


def identity(http: HttpClient, issuer: TrustedIssuer, client: object, subject: str):
    address = url("workloadidentity_add")
    fields = {"issuer": issuer.pk, "client": client, "subject": subject, "conditions": ""}
    return http.post(address, fields)


def test_identity_is_added_to_their_own_client(http: HttpClient, own: World):
    issuer, client = own.rows["trustedissuer"], own.rows["client"]
    assert identity(http, issuer, client.pk, "repo:mine").status_code == 302
    assert WorkloadIdentity.objects.filter(subject="repo:mine", client=client).exists()


@pytest.mark.parametrize("typed", ["pk", "999999", "x", "9" * 30], ids=str)
def test_identity_is_not_added_to_anothers_client_nor_is_that_named(http, own, foreign, typed):
    pk = foreign.rows["client"].pk if typed == "pk" else typed
    response = identity(http, own.rows["trustedissuer"], pk, "repo:mine")
    assert list(response.context["adminform"].form.errors) == ["client"]
    assert "Theirs2" not in response.content.decode()
    assert WorkloadIdentity.objects.count() == 2


def test_identity_is_not_moved_to_anothers_client(http: HttpClient, own, foreign):
    row = own.rows["workloadidentity"]
    address = url("workloadidentity_change", row.pk)
    pk = foreign.rows["client"].pk
    response = http.post(address, {**form_of(http.get(address)), "client": pk})
    assert list(response.context["adminform"].form.errors) == ["client"]
    row.refresh_from_db()
    assert row.client == own.rows["client"]


def test_page_names_the_chosen_client_of_their_own(http: HttpClient, own: World):
    page = http.get(url("workloadidentity_change", own.rows["workloadidentity"].pk))
    assert f'href="{url("client_change", own.rows["client"].pk)}"' in page.content.decode()


def test_identity_that_would_stop_anothers_client_is_refused(http: HttpClient, own, foreign):
    # A token that is two clients is refused, so who claims a subject takes it from the other.
    other = foreign.rows["workloadidentity"]
    response = identity(http, other.issuer, own.rows["client"].pk, other.subject)
    (message,) = messages_of(response)
    assert message == (
        "Nothing was changed. Its subject overlaps with one of a client that is not yours. Choose"
        " another, or ask an administrator."
    )
    assert WorkloadIdentity.objects.count() == 2


def test_administrator_is_warned_of_an_overlap_and_may_do_it(boss: HttpClient, own, foreign):
    other = foreign.rows["workloadidentity"]
    response = identity(boss, other.issuer, own.rows["client"].pk, other.subject)
    assert "Theirs2 has the subject Theirs2." in messages_of(response)[0]
    assert WorkloadIdentity.objects.count() == 3


@pytest.mark.parametrize("model", SHARED)
def test_what_all_clients_share_is_for_looking_only(http: HttpClient, own, foreign, model: str):
    row = own.rows[model]
    before = list(type(row)._default_manager.values())
    page = http.get(url(f"{model}_change", row.pk))
    assert page.status_code == 200
    assert 'name="_save"' not in page.content.decode()
    for name, *arguments in (("add",), ("change", row.pk), ("delete", row.pk)):
        address = url(f"{model}_{name}", *arguments)
        assert http.post(address, {"post": "yes", "name": "x"}).status_code == 403
    assert list(type(row)._default_manager.values()) == before


def test_signing_keys_are_not_rotated_by_owners(http: HttpClient, own):
    assert url("signingkey_rotate") not in http.get(url("signingkey_changelist")).content.decode()
    assert http.post(url("signingkey_rotate"), {"announce_days": "0"}).status_code == 403


def test_page_of_a_resource_server_names_no_client_of_others(http: HttpClient, boss, own, foreign):
    server = own.rows["resourceserver"]
    server.introspecting_clients.add(foreign.rows["client"])
    address = url("resourceserver_change", server.pk)
    assert "Theirs2" not in http.get(address).content.decode()
    assert "Theirs2" in boss.get(address).content.decode()


def test_events_of_no_client_are_not_shown(http: HttpClient, own):
    AuditEvent.objects.update(client=None)
    assert rows_on(http.get(url("auditevent_changelist"))) == []
