from dataclasses import replace

import pytest
from django.db import IntegrityError, connection, transaction

from oauth_m2m.client_auth.shared_secret import prove_secret
from oauth_m2m.errors import Reason, UnauthorizedClient
from oauth_m2m.models import ClientSecret
from oauth_m2m.operations.credentials import revoke_secret
from oauth_m2m.operations.proposals import propose_secret
from oauth_m2m.values import AuthenticatedClient

pytestmark = pytest.mark.django_db


@pytest.fixture
def proven(registered) -> AuthenticatedClient:
    return prove_secret(
        registered.client_id, registered.secret, method="client_secret_basic", address=None
    )


def refusal(proven: AuthenticatedClient, actor) -> Reason:
    with pytest.raises(UnauthorizedClient) as caught:
        propose_secret(proven, actor=actor)
    assert (caught.value.client_id, caught.value.client_pk) == (proven.client_id, proven.pk)
    return caught.value.reason


def test_proposal_waits_for_its_first_use(registered, proven, actor, trail):
    secret = propose_secret(proven, actor=actor)
    row = ClientSecret.objects.get(pk=secret.pk)
    assert (row.awaits_use, row.replaces.key_id) == (True, registered.key_id)
    assert [kind for kind, *_ in trail()][-1] == "secret.proposed"


def test_one_proposal_waits_for_each_secret(registered, proven, actor):
    first, second = (propose_secret(proven, actor=actor) for _ in range(2))
    waiting = ClientSecret.objects.filter(awaits_use=True)
    assert [row.pk for row in waiting] == [second.pk]
    assert not ClientSecret.objects.filter(pk=first.pk).exists()


@pytest.mark.skipif(
    not connection.features.supports_partial_indexes, reason="MariaDB has no partial indexes"
)
def test_database_lets_no_second_one_wait(registered, proven, actor):
    row = ClientSecret.objects.get(pk=propose_secret(proven, actor=actor).pk)
    row.pk, row.key_id = None, "another0"
    with transaction.atomic(), pytest.raises(IntegrityError):
        row.save(force_insert=True)


def test_secret_that_was_revoked_meanwhile_proposes_nothing(proven, actor):
    revoke_secret(ClientSecret.objects.get(), actor=actor)
    assert refusal(proven, actor) is Reason.NO_SECRET_TO_ROTATE


def test_client_that_proved_itself_by_a_key_proposes_nothing(proven, actor):
    assert refusal(replace(proven, secret_pk=None), actor) is Reason.NO_SECRET_TO_ROTATE
