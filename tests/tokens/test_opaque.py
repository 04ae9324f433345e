from datetime import timedelta

import pytest
from django.contrib.auth import get_user_model
from django.utils import timezone

from oauth_m2m.credential_format import generate_token
from oauth_m2m.errors import InvalidToken, Reason
from oauth_m2m.hashing import digest_credential
from oauth_m2m.models import AccessToken, Client
from oauth_m2m.tokens import opaque
from oauth_m2m.values import Grant, VerifiedToken

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


@pytest.fixture
def issued(client) -> str:
    grant = Grant(client.pk, client.client_id, None, ("a", "b"), HOUR)
    return opaque.issue(grant, timezone.now())


def reason_of(presented: str) -> InvalidToken:
    with pytest.raises(InvalidToken) as refused:
        opaque.verify(presented)
    return refused.value


def test_issued_token_is_verified(client, issued):
    row = AccessToken.objects.get()
    token, networks = opaque.verify(issued)
    assert token == VerifiedToken(
        client_id="nightly",
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
        client_name="Nightly",
        rate_limit="10/s",
        client_pk=client.pk,
        service_account=None,
    )
    assert networks == ("192.0.2.0/24",)


def test_audience_is_a_claim_when_there_is_one(issued):
    AccessToken.objects.update(audience=["https://a.example", "urn:b:c"])
    token, _ = opaque.verify(issued)
    assert token.audience == ("https://a.example", "urn:b:c")
    assert token.claims["aud"] == ["https://a.example", "urn:b:c"]


def test_service_account_travels_with_the_token(issued):
    account = get_user_model().objects.create_user("robot")
    Client.objects.update(service_account=account)
    token, _ = opaque.verify(issued)
    assert token.service_account == account


def test_row_keeps_the_digest_only(issued):
    row = AccessToken.objects.get()
    assert row.token_hash == digest_credential(issued)
    assert issued not in repr(vars(row))


def test_prefix_is_the_settings(client, settings):
    settings.OAUTH_M2M = {"TOKEN_PREFIX": "acme_"}
    token = opaque.issue(Grant(client.pk, "nightly", None, (), HOUR), timezone.now())
    assert token.startswith("acme_")
    assert opaque.looks_like_ours(token)
    assert opaque.verify(token)[0].scopes == ()


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


def _revoke(client, token):
    token.update(revoked_at=timezone.now())


def _cut(client, token):
    client.update(tokens_valid_after=token.get().issued_at)


def _expire(client, token):
    now = timezone.now()
    token.update(issued_at=now - HOUR, expires_at=now)


def _disable(client, token):
    client.update(is_active=False)


def _deactivate_account(client, token):
    client.update(service_account=get_user_model().objects.create_user("r", is_active=False))


REFUSALS = {
    "revoked": (_revoke, Reason.TOKEN_REVOKED),
    "issued before the cut": (_cut, Reason.TOKEN_REVOKED),
    "expired": (_expire, Reason.TOKEN_EXPIRED),
    "client disabled": (_disable, Reason.CLIENT_DISABLED),
    "service account inactive": (_deactivate_account, Reason.SERVICE_ACCOUNT_INACTIVE),
}


@pytest.mark.parametrize("spoil, reason", REFUSALS.values(), ids=list(REFUSALS))
def test_refusal_has_its_reason_and_its_client(client, issued, spoil, reason):
    spoil(Client.objects.all(), AccessToken.objects.all())
    refused = reason_of(issued)
    assert refused.reason is reason
    assert (refused.client_id, refused.client_pk) == ("nightly", client.pk)
    assert refused.description == "The access token is not valid."


def test_first_reason_is_the_one_that_is_noted(client, issued):
    for spoil, _ in reversed(REFUSALS.values()):
        spoil(Client.objects.all(), AccessToken.objects.all())
    assert reason_of(issued).reason is Reason.TOKEN_REVOKED


@pytest.mark.parametrize(
    "of_client, of_token",
    [
        ({"tokens_valid_after": timezone.now() - 24 * HOUR}, {}),
        ({"is_active": True}, {"expires_at": timezone.now() + timedelta(minutes=1)}),
    ],
    ids=["cut before it was issued", "a minute left"],
)
def test_what_almost_refuses_does_not(issued, of_client, of_token):
    Client.objects.update(**of_client)
    AccessToken.objects.update(issued_at=timezone.now() - HOUR, **of_token)
    assert opaque.verify(issued)[0].client_id == "nightly"


def test_verification_is_one_statement(issued, django_assert_num_queries):
    Client.objects.update(service_account=get_user_model().objects.create_user("robot"))
    with django_assert_num_queries(1):
        assert opaque.verify(issued)[0].service_account.username == "robot"
