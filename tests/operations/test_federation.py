import pytest
from django.core.exceptions import ValidationError
from django.db.models import ProtectedError

from oauth_m2m.models import TrustedIssuer, WorkloadIdentity
from oauth_m2m.operations.federation import (
    delete_trusted_issuer,
    delete_workload_identity,
    save_trusted_issuer,
    save_workload_identity,
)
from tests.conftest import Registered

pytestmark = pytest.mark.django_db

ISSUER = "https://token.actions.githubusercontent.com"
KEYS = f"{ISSUER}/.well-known/jwks"
SUBJECT = "repo:acme/orders:ref:refs/heads/main"


@pytest.fixture
def github(actor, trail) -> TrustedIssuer:
    issuer = TrustedIssuer(name="GitHub", issuer=ISSUER, jwks_uri=KEYS)
    save_trusted_issuer(issuer, actor=actor)
    return issuer


@pytest.fixture
def identity(github, registered: Registered, actor) -> WorkloadIdentity:
    identity = WorkloadIdentity(issuer=github, client=registered.client, subject=SUBJECT)
    save_workload_identity(identity, actor=actor)
    return identity


def test_new_issuer_is_audited_with_all_that_is_believed(github, trail):
    values = {
        "name": "GitHub",
        "issuer": ISSUER,
        "jwks_uri": KEYS,
        "algorithms": ["RS256", "ES256"],
        "audience": "",
        "is_active": True,
    }
    changes = {name: {"before": None, "after": value} for name, value in values.items()}
    detail = {"issuer": ISSUER, "changes": changes}
    assert trail() == [("trusted_issuer.created", "the tests", "", "", detail)]


def test_changed_issuer_is_audited_with_both_values(github, actor, trail):
    github.jwks_uri = "https://keys.example.com/"
    save_trusted_issuer(github, actor=actor)
    github.refresh_from_db()
    assert github.jwks_uri == "https://keys.example.com/"
    changes = {"jwks_uri": {"before": KEYS, "after": "https://keys.example.com/"}}
    detail = {"issuer": ISSUER, "changes": changes}
    assert trail(after=1) == [("trusted_issuer.changed", "the tests", "", "", detail)]


@pytest.mark.parametrize(
    "fields, field",
    [
        pytest.param({"jwks_uri": "http://keys.example.com/"}, "jwks_uri", id="keys over http"),
        pytest.param({"jwks_uri": ""}, "jwks_uri", id="no address of keys"),
        pytest.param({"issuer": ""}, "issuer", id="no issuer"),
        pytest.param({"algorithms": ["HS256"]}, "algorithms", id="HMAC"),
        pytest.param({"algorithms": []}, "algorithms", id="no algorithm"),
    ],
)
def test_issuer_that_cannot_be_trusted_is_not_saved(actor, trail, fields, field):
    issuer = TrustedIssuer(**{"name": "x", "issuer": ISSUER, "jwks_uri": KEYS, **fields})
    with pytest.raises(ValidationError) as caught:
        save_trusted_issuer(issuer, actor=actor)
    assert list(caught.value.message_dict) == [field]
    assert not TrustedIssuer.objects.exists()
    assert trail() == []


def test_deleted_issuer_is_audited(github, actor, trail):
    delete_trusted_issuer(github, actor=actor)
    assert not TrustedIssuer.objects.exists()
    assert trail(after=1) == [("trusted_issuer.deleted", "the tests", "", "", {"issuer": ISSUER})]


def test_issuer_with_identities_is_kept_and_nothing_is_audited(identity, actor, trail):
    before = len(trail())
    with pytest.raises(ProtectedError):
        delete_trusted_issuer(identity.issuer, actor=actor)
    assert TrustedIssuer.objects.exists()
    assert trail(after=before) == []


def test_new_and_changed_identity_are_audited_at_the_client(
    identity, registered: Registered, actor, trail
):
    identity.conditions = {"environment": "production"}
    save_workload_identity(identity, actor=actor)
    named = {"issuer": ISSUER, "subject": SUBJECT}
    created = {
        "issuer": {"before": None, "after": identity.issuer.pk},
        "client": {"before": None, "after": registered.client.pk},
        "subject": {"before": None, "after": SUBJECT},
        "conditions": {"before": None, "after": {}},
    }
    changed = {"conditions": {"before": {}, "after": {"environment": "production"}}}
    who = ("the tests", registered.client_id, "")
    assert trail()[-2:] == [
        ("workload_identity.created", *who, {**named, "changes": created}),
        ("workload_identity.changed", *who, {**named, "changes": changed}),
    ]


def test_unacceptable_identity_is_not_saved(github, registered: Registered, actor, trail):
    before = len(trail())
    identity = WorkloadIdentity(
        issuer=github, client=registered.client, subject=SUBJECT, conditions=["a list"]
    )
    with pytest.raises(ValidationError):
        save_workload_identity(identity, actor=actor)
    assert not WorkloadIdentity.objects.exists()
    assert trail(after=before) == []


def test_deleted_identity_is_audited_at_the_client(identity, registered: Registered, actor, trail):
    delete_workload_identity(identity, actor=actor)
    assert not WorkloadIdentity.objects.exists()
    detail = {"issuer": ISSUER, "subject": SUBJECT}
    assert trail()[-1] == (
        "workload_identity.deleted",
        "the tests",
        registered.client_id,
        "",
        detail,
    )
