import pytest
from django.contrib.auth.hashers import make_password
from oauth2_provider.models import get_application_model

from oauth_m2m.contrib.dot.applications import (
    FINGERPRINT,
    JudgedApplication,
    Outcome,
    judged_applications,
)
from oauth_m2m.contrib.dot.stored_secrets import StoredSecret
from oauth_m2m.hashing import DJANGO, SHA256, digest_credential
from oauth_m2m.models import Client
from oauth_m2m.operations.credentials import import_secret
from tests.toolkit import SECRET, make_application

pytestmark = pytest.mark.django_db

CHANGED_SECRET = "its secret is another one now"


def judged() -> JudgedApplication:
    [application] = judged_applications()
    return application


@pytest.fixture
def imported(actor) -> Client:
    """A client that was imported from the application "job", whose secret was in clear."""
    make_application(client_id="job", hash_client_secret=False)
    client = Client.objects.create(client_id="job", name="Job")
    digest = digest_credential(SECRET)
    import_secret(client, digest=digest, algorithm=SHA256, source="elsewhere", actor=actor)
    return client


def test_machine_application_is_new_and_keeps_what_it_has(admin_user):
    application = make_application(client_id="job", user=admin_user)
    assert judged() == JudgedApplication(
        pk=application.pk,
        client_id="job",
        name="Nightly",
        owner_pk=admin_user.pk,
        outcome=Outcome.NEW,
        secret=StoredSecret(application.client_secret, DJANGO),
    )


def test_secret_in_clear_is_seen_as_one():
    make_application(hash_client_secret=False)
    assert judged().secret == StoredSecret(digest_credential(SECRET), SHA256)


@pytest.mark.parametrize(
    "name, expected", [("", "job"), ("x" * 255, "x" * 200)], ids=["none", "long"]
)
def test_name_is_one_that_we_can_keep(name, expected):
    make_application(client_id="job", name=name)
    assert judged().name == expected


def test_applications_come_by_client_id():
    for client_id in ("b", "c", "a"):
        make_application(client_id=client_id)
    assert [row.client_id for row in judged_applications()] == ["a", "b", "c"]


@pytest.mark.parametrize(
    "fields, why",
    [
        (
            {"authorization_grant_type": "authorization-code"},
            "its grant is authorization-code, not client-credentials",
        ),
        ({"client_type": "public"}, "it is a public client"),
        ({"client_id": "a b"}, "its client id has more than letters, digits, '.', '-', '_'"),
        ({"client_secret": "", "hash_client_secret": False}, "it has no secret"),
        ({"client_secret": ""}, "its secret is empty"),
    ],
    ids=["grant", "public", "client id", "no secret", "empty secret"],
)
def test_unsuitable_application_is_refused_with_its_reason(fields, why):
    make_application(**fields)
    assert (judged().outcome, judged().why, judged().secret) == (Outcome.REFUSED, why, None)


def test_client_id_that_is_too_long_is_refused(monkeypatch):
    # The toolkit's own column is as long as ours; a model of the project's own may have more.
    too_long = property(lambda _: "a" * 256, lambda *_: None)
    monkeypatch.setattr(type(make_application()), "client_id", too_long)
    assert judged().why == "its client id is longer than 255 characters"


def test_client_id_of_a_client_of_ours_is_refused(register):
    register(client_id="job")
    make_application(client_id="job")
    assert judged().outcome is Outcome.REFUSED
    assert judged().why == "another client has its client id already"
    assert judged().client is None


def test_unsuitable_application_says_so_first_when_its_client_id_is_taken(register):
    register(client_id="job")
    make_application(client_id="job", client_type="public")
    assert judged().why == "it is a public client"


@pytest.mark.parametrize(
    "is_usable",
    [lambda *_: False, lambda _, request: request.user.is_active],
    ids=["says no", "looks at the request"],
)
def test_application_that_its_model_switched_off_is_refused(is_usable, monkeypatch):
    make_application()
    monkeypatch.setattr(get_application_model(), "is_usable", is_usable)
    assert (judged().outcome, judged().why) == (
        Outcome.REFUSED,
        "its own model says that it is not usable",
    )


def test_application_with_several_grants_is_new_if_ours_is_one_of_them(monkeypatch):
    make_application(authorization_grant_type="authorization-code")
    several = {"authorization-code", "client-credentials"}
    monkeypatch.setattr(
        get_application_model(), "allows_grant_type", lambda _, *types: bool(several & {*types})
    )
    assert judged().outcome is Outcome.NEW


def test_application_that_was_imported_is_known(imported):
    assert (judged().outcome, judged().why, judged().client) == (Outcome.KNOWN, "", imported)


def test_note_of_the_imported_hash_is_read(imported):
    stored = make_password(SECRET, hasher="md5")
    get_application_model().objects.update(client_secret=stored, hash_client_secret=True)
    assert (judged().outcome, judged().why) == (Outcome.CHANGED, CHANGED_SECRET)
    imported.metadata = {FINGERPRINT: digest_credential(stored)}
    imported.save()
    assert judged().outcome is Outcome.KNOWN


@pytest.mark.parametrize(
    "change, why",
    [
        ({"client_secret": "another"}, CHANGED_SECRET),
        ({"client_secret": ""}, "it has no secret"),
        ({"client_type": "public"}, "it is a public client"),
        (
            {"authorization_grant_type": "password"},
            "its grant is password, not client-credentials",
        ),
    ],
    ids=["another secret", "no secret", "public", "grant"],
)
def test_change_since_the_import_is_told(imported, change, why):
    get_application_model().objects.update(**change)
    assert (judged().outcome, judged().why, judged().client) == (Outcome.CHANGED, why, imported)


def test_revoked_secret_was_imported_all_the_same(imported):
    imported.secrets.update(revoked_at=imported.created_at)
    assert judged().outcome is Outcome.KNOWN
