import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import ProtectedError

from oauth_m2m.models import TrustedIssuer, WorkloadIdentity

pytestmark = pytest.mark.django_db

GITHUB = "https://token.actions.githubusercontent.com"


@pytest.fixture
def issuer() -> TrustedIssuer:
    return TrustedIssuer.objects.create(
        name="GitHub", issuer=GITHUB, jwks_uri=f"{GITHUB}/.well-known/jwks"
    )


def test_issuer_is_valid_as_it_is_made(issuer):
    issuer.full_clean()
    assert issuer.algorithms == ["RS256", "ES256"]
    assert str(issuer) == "GitHub"
    assert str(TrustedIssuer(issuer=GITHUB)) == GITHUB


@pytest.mark.parametrize(
    "algorithms", [[], ["HS256"], ["RS256", "none"], "RS256", [["RS256"]], {"RS256": 1}], ids=repr
)
def test_algorithm_that_is_not_asymmetric_is_refused(issuer, algorithms):
    issuer.algorithms = algorithms
    with pytest.raises(ValidationError) as refused:
        issuer.full_clean()
    assert set(refused.value.message_dict) == {"algorithms"}


def test_keys_come_over_https(issuer):
    issuer.jwks_uri = "http://example.com/jwks"
    with pytest.raises(ValidationError) as refused:
        issuer.full_clean()
    assert set(refused.value.message_dict) == {"jwks_uri"}


@pytest.mark.parametrize(
    "conditions",
    [["a"], "a", {"": "a"}, {"a": None}, {"a": ["b"]}, {"a": {"b": 1}}, {"a": 1.5}],
    ids=repr,
)
def test_conditions_that_mean_nothing_are_refused(issuer, registered, conditions):
    identity = WorkloadIdentity(
        issuer=issuer, client=registered.client, subject="a", conditions=conditions
    )
    with pytest.raises(ValidationError) as refused:
        identity.full_clean()
    assert set(refused.value.message_dict) == {"conditions"}


def test_identity_is_valid_and_shows_whose_it_is(issuer, registered):
    identity = WorkloadIdentity(
        issuer=issuer,
        client=registered.client,
        subject="repo:acme/*",
        conditions={"a": "b", "c": 1, "d": True},
    )
    identity.full_clean()
    assert str(identity) == "GitHub: repo:acme/*"


def test_database_holds_what_must_be(issuer, registered):
    subject = {"issuer": issuer, "client": registered.client, "subject": "a"}
    WorkloadIdentity.objects.create(**subject)
    broken = [
        lambda: WorkloadIdentity.objects.create(**subject),
        lambda: WorkloadIdentity.objects.create(**{**subject, "subject": ""}),
        lambda: TrustedIssuer.objects.create(name="x", issuer="", jwks_uri=""),
        lambda: TrustedIssuer.objects.create(name="x", issuer=GITHUB, jwks_uri=""),
    ]
    for attempt in broken:
        with pytest.raises(IntegrityError), transaction.atomic():
            attempt()


def test_issuer_that_is_in_use_stays(issuer, registered):
    WorkloadIdentity.objects.create(issuer=issuer, client=registered.client, subject="a")
    with pytest.raises(ProtectedError):
        issuer.delete()
