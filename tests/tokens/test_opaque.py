from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.utils import timezone

from oauth_m2m.credential_format import generate_token
from oauth_m2m.errors import InvalidToken, Reason
from oauth_m2m.hashing import digest_credential
from oauth_m2m.models import AccessToken, Client
from oauth_m2m.models.client_facts import find_client_facts
from oauth_m2m.tokens import opaque
from oauth_m2m.tokens.proven import ProvenToken
from oauth_m2m.values import Grant

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)


@pytest.fixture
def client():
    return Client.objects.create(
        name="Nightly",
        client_id="nightly",
        rate_limit="10/s",
        allowed_networks=["192.0.2.0/24"],
    )


def issue(client: Client, *scopes: str, **changes: Any) -> str:
    fields = {"audience": (), "token_format": "opaque", "lifetime": HOUR, **changes}
    grant = Grant(client.pk, client.client_id, secret_pk=None, key_pk=None, scopes=scopes, **fields)
    return opaque.issue(grant, timezone.now())


@pytest.fixture
def issued(client) -> str:
    return issue(client, "a", "b")


def reason_of(presented: str) -> InvalidToken:
    with pytest.raises(InvalidToken) as refused:
        opaque.prove(presented)
    return refused.value


def test_issued_token_is_verified(client, issued):
    row = AccessToken.objects.get()
    assert opaque.prove(issued) == ProvenToken(
        scopes=("a", "b"),
        audience=(),
        issued_at=row.issued_at,
        expires_at=row.expires_at,
        claims={
            "sub": "nightly",
            "client_id": "nightly",
            "scope": "a b",
            "iat": int(row.issued_at.timestamp()),
            "exp": int(row.expires_at.timestamp()),
        },
        client=find_client_facts("nightly"),
        is_revoked=False,
        row_pk=row.pk,
        confirmation=None,
    )


def test_audience_is_a_claim_when_there_is_one(client):
    token = opaque.prove(issue(client, audience=("https://a.example", "urn:b:c")))
    assert token.audience == ("https://a.example", "urn:b:c")
    assert token.claims["aud"] == ["https://a.example", "urn:b:c"]


def test_binding_is_a_claim_when_there_is_one(client):
    token = opaque.prove(issue(client, confirmation={"jkt": "a key"}))
    assert token.confirmation == token.claims["cnf"] == {"jkt": "a key"}


def test_service_account_travels_with_the_token(issued):
    account = get_user_model().objects.create_user("robot")
    Client.objects.update(service_account=account)
    assert opaque.prove(issued).client.service_account == account


def test_row_keeps_the_digest_only(issued):
    row = AccessToken.objects.get()
    assert row.token_hash == digest_credential(issued)
    assert issued not in repr(vars(row))


def test_prefix_is_the_settings(client, settings):
    settings.OAUTH_M2M = {"TOKEN_PREFIX": "acme_"}
    token = issue(client)
    assert token.startswith("acme_")
    assert opaque.looks_like_ours(token)
    assert opaque.prove(token).scopes == ()


@pytest.mark.parametrize(
    "presented, ours",
    [("m2mt_", True), ("m2mt_x", True), ("M2MT_x", False), ("", False), ("m2ms_x", False)],
)
def test_prefix_says_whose_it_is_without_a_query(presented, ours, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert opaque.looks_like_ours(presented) is ours


@pytest.mark.parametrize(
    "spoil",
    [
        lambda _: "",
        lambda _: "m2mt_",
        lambda token: token[:-1],
        lambda token: f"{token}a",
        lambda token: token[:-1] + ("a" if token[-1] != "a" else "b"),
        lambda token: f"{token}\x00",
        lambda token: f"{token}\n",
        lambda token: f"{token[:-1]}é",
    ],
    ids=["empty", "prefix", "cut", "longer", "typo", "NUL", "line break", "beyond ASCII"],
)
def test_typo_costs_no_query(issued, spoil, django_assert_num_queries):
    with django_assert_num_queries(0):
        refused = reason_of(spoil(issued))
    assert refused.reason is Reason.MALFORMED_TOKEN
    assert (refused.client_id, refused.client_pk) == ("", None)


def test_unknown_token_is_refused_after_one_query(django_assert_num_queries):
    with django_assert_num_queries(1):
        refused = reason_of(generate_token("m2mt_"))
    assert refused.reason is Reason.UNKNOWN_TOKEN
    assert (refused.client_id, refused.client_pk) == ("", None)


@pytest.mark.parametrize("revoked", [True, False])
def test_token_is_proven_whatever_became_of_it(client, issued, revoked):
    now = timezone.now()
    Client.objects.update(is_active=False, tokens_valid_after=now)
    AccessToken.objects.update(
        issued_at=now - 2 * HOUR, expires_at=now - HOUR, revoked_at=now if revoked else None
    )
    token = opaque.prove(issued)
    assert token.is_revoked is revoked
    assert token.expires_at == now - HOUR
    assert (token.client.is_active, token.client.tokens_valid_after) == (False, now)


def test_verification_is_one_statement(issued, django_assert_num_queries):
    Client.objects.update(service_account=get_user_model().objects.create_user("robot"))
    with django_assert_num_queries(1):
        assert opaque.prove(issued).client.service_account.username == "robot"


IMPORTED = "an-imported.token"


@pytest.fixture
def imported(client) -> AccessToken:
    now = timezone.now()
    return AccessToken.objects.create(
        client=client,
        token_hash=digest_credential(IMPORTED),
        scope="a",
        issued_at=now,
        expires_at=now + HOUR,
    )


def test_imported_token_is_proven_in_one_query(imported, django_assert_num_queries):
    with django_assert_num_queries(1):
        token = opaque.prove_imported(IMPORTED)
    assert (token.scopes, token.row_pk) == (("a",), imported.pk)
    assert token.client.client_id == "nightly"


def test_token_that_was_not_imported_is_somebody_elses(imported):
    with pytest.raises(InvalidToken) as refused:
        opaque.prove_imported(f"{IMPORTED}x")
    assert refused.value.reason is Reason.FOREIGN_TOKEN
