import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError
from oauth2_provider.models import get_application_model

from oauth_m2m.contrib.dot.applications import FINGERPRINT, Outcome
from oauth_m2m.contrib.dot.importing import PlannedImport, carry_out, plan_import
from oauth_m2m.hashing import DJANGO, digest_credential
from oauth_m2m.models import AccessToken, AuditEvent, Client, ClientSecret, Scope
from oauth_m2m.operations.tokens import revoke_token
from tests.toolkit import SECRET, make_application, make_token

pytestmark = pytest.mark.django_db

SOURCE = "django-oauth-toolkit"


@pytest.fixture
def import_all(actor):
    """Carry out the whole plan, and return it."""

    def import_all(*names: str, with_tokens: bool = True) -> list[PlannedImport]:
        plan = plan_import(scopes=names or None, with_tokens=with_tokens)
        wanted = {name for planned in plan for name in planned.scopes}
        scopes = {name: Scope.objects.get_or_create(name=name)[0] for name in wanted}
        carry_out(plan, scopes, actor=actor)
        return plan

    return import_all


def outcomes(plan: list[PlannedImport]) -> list[str]:
    return [planned.application.outcome.value for planned in plan]


def grants(client_id: str) -> dict[str, bool]:
    rows = Client.objects.get(client_id=client_id).scope_grants
    return dict(rows.values_list("scope__name", "is_default"))


def test_application_becomes_a_client(import_all, admin_user):
    application = make_application(client_id="job", user=admin_user)
    import_all("orders:write", "orders:read", "orders:read")
    client = Client.objects.get()
    assert (client.client_id, client.name, client.owner, client.description) == (
        "job",
        "Nightly",
        admin_user,
        "Imported from django-oauth-toolkit.",
    )
    assert (client.is_active, client.created_by, client.auth_methods) == (
        True,
        None,
        ["client_secret_basic", "client_secret_post"],
    )
    assert client.metadata == {FINGERPRINT: digest_credential(application.client_secret)}
    assert grants("job") == {"orders:read": True, "orders:write": True}
    secret = ClientSecret.objects.get()
    assert (secret.digest, secret.algorithm) == (application.client_secret, DJANGO)
    assert (secret.hint, secret.expires_at, secret.description) == (
        "",
        None,
        "imported from django-oauth-toolkit",
    )


def test_client_with_a_clear_secret_has_no_fingerprint(import_all):
    make_application(hash_client_secret=False)
    import_all("a")
    assert Client.objects.get().metadata == {}
    assert ClientSecret.objects.get().digest == digest_credential(SECRET)


def test_each_step_is_audited(import_all):
    make_token(make_application(client_id="job"), "a")
    import_all("a")
    events = AuditEvent.objects.order_by("pk")
    key_id = ClientSecret.objects.get().key_id
    assert list(events.values_list("kind", "actor_name", "client_identifier", "detail")) == [
        ("client.created", "the tests", "job", {"scopes": {"a": "default"}}),
        ("secret.imported", "the tests", "job", {"key_id": key_id, "source": SOURCE}),
        ("client.tokens_imported", "the tests", "job", {"tokens": 1, "source": SOURCE}),
    ]


def test_scopes_of_the_tokens_so_far_are_granted(import_all):
    make_token(make_application(client_id="one"), "a b")
    make_token(make_application(client_id="two"), "c")
    make_application(client_id="three")
    import_all()
    assert grants("one") == {"a": True, "b": True}
    assert grants("two") == {"c": True}
    assert grants("three") == {}


def test_plan_changes_nothing():
    make_token(make_application(), "a")
    [planned] = plan_import(scopes=None, with_tokens=True)
    assert (planned.scopes, len(planned.tokens.new)) == (("a",), 1)
    rows = (Client, ClientSecret, AccessToken, Scope, AuditEvent)
    assert not any(model.objects.exists() for model in rows)


def test_tokens_stay_out_unless_asked_for(import_all):
    make_token(make_application())
    import_all("a", with_tokens=False)
    assert not AccessToken.objects.exists()


def test_second_import_changes_nothing(import_all, actor):
    make_token(make_application())
    assert outcomes(import_all("a")) == ["new"]
    revoke_token(AccessToken.objects.get(), actor=actor)
    Client.objects.update(name="Renamed here")
    before = AuditEvent.objects.count()
    assert outcomes(import_all("b")) == ["known"]
    assert (Client.objects.get().name, AuditEvent.objects.count()) == ("Renamed here", before)
    assert grants(Client.objects.get().client_id) == {"a": True}
    assert AccessToken.objects.get().revoked_at is not None


def test_later_import_adds_new_applications_and_new_tokens(import_all):
    one = make_application(client_id="one")
    make_token(one)
    import_all("a")
    make_token(one)
    make_application(client_id="two")
    assert outcomes(import_all("a")) == ["known", "new"]
    assert AccessToken.objects.filter(client__client_id="one").count() == 2


def test_refused_and_changed_applications_bring_no_tokens(import_all):
    make_token(make_application(client_type="public"))
    changed = make_application(client_id="z")
    import_all("a")
    get_application_model().objects.filter(pk=changed.pk).update(client_type="public")
    make_token(changed)
    assert outcomes(import_all("a")) == ["refused", "changed"]
    assert not AccessToken.objects.exists()


def test_two_imports_at_once_are_one(actor):
    make_application()
    make_token(make_application())
    plan, same = (plan_import(scopes=["a"], with_tokens=True) for _ in range(2))
    scopes = {"a": Scope.objects.create(name="a")}
    carry_out(plan, scopes, actor=actor)
    before = AuditEvent.objects.count()
    with pytest.raises((IntegrityError, ValidationError)):
        carry_out(same, scopes, actor=actor)
    assert AuditEvent.objects.count() == before


def test_no_part_of_an_import_stays_when_another_fails(actor, register):
    make_application(client_id="a")
    make_application(client_id="b")
    plan = plan_import(scopes=["a"], with_tokens=False)
    register(client_id="b")
    scopes = {"a": Scope.objects.create(name="a")}
    with pytest.raises(ValidationError):
        carry_out(plan, scopes, actor=actor)
    assert list(Client.objects.values_list("client_id", flat=True)) == ["b"]


def test_only_new_applications_are_new():
    make_application()
    [planned] = plan_import(scopes=["a"], with_tokens=False)
    assert planned.is_new is (planned.application.outcome is Outcome.NEW) is True
