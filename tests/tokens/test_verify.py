from datetime import timedelta

import pytest
from django.utils import timezone

from oauth_m2m.credential_format import generate_token
from oauth_m2m.errors import InvalidToken, Reason
from oauth_m2m.hashing import digest_credential
from oauth_m2m.models import AccessToken
from oauth_m2m.tokens.verify import prove_token, verify_token

pytestmark = pytest.mark.django_db


@pytest.fixture
def presented(register, get_token) -> str:
    return get_token(register("a"))


@pytest.mark.parametrize("token", ["", "abc", "m2ms_x", "eyJhbGciOiJub25lIn0.e30."])
def test_foreign_token_is_refused_without_a_query(token, django_assert_num_queries):
    for judged in (prove_token, lambda presented: verify_token(presented, "192.0.2.7")):
        with django_assert_num_queries(0), pytest.raises(InvalidToken) as refused:
            judged(token)
        assert refused.value.reason is Reason.FOREIGN_TOKEN


def test_good_token_is_returned(presented):
    assert prove_token(presented).scopes == ("a",)
    assert verify_token(presented, "192.0.2.7").scopes == ("a",)
    assert verify_token(presented, None).scopes == ("a",)


def test_refusal_of_the_format_passes_through():
    with pytest.raises(InvalidToken) as refused:
        verify_token(generate_token("m2mt_"), None)
    assert refused.value.reason is Reason.UNKNOWN_TOKEN


@pytest.mark.parametrize("address", ["198.51.100.7", "", None, "garbage"])
def test_token_is_refused_outside_its_clients_networks(register, get_token, address):
    client = register("a")
    token = get_token(client)
    client.client.allowed_networks = ["192.0.2.0/24"]
    client.client.save()
    assert verify_token(token, "192.0.2.7").client_id == client.client_id
    with pytest.raises(InvalidToken) as refused:
        verify_token(token, address)
    assert refused.value.reason is Reason.NETWORK_NOT_ALLOWED
    assert (refused.value.client_id, refused.value.client_pk) == (
        client.client_id,
        client.client.pk,
    )


@pytest.fixture
def imported(registered) -> str:
    """A token that another server issued to the client, and we imported."""
    now = timezone.now()
    AccessToken.objects.create(
        client=registered.client,
        token_hash=digest_credential("of-another-server"),
        scope="a",
        issued_at=now,
        expires_at=now + timedelta(hours=1),
    )
    return "of-another-server"


@pytest.fixture
def _accepting_imported(settings):
    settings.OAUTH_M2M = {**settings.OAUTH_M2M, "ACCEPT_IMPORTED_TOKENS": True}


def test_imported_token_is_somebody_elses_unless_the_setting_says_otherwise(
    imported, django_assert_num_queries
):
    with django_assert_num_queries(0), pytest.raises(InvalidToken) as refused:
        verify_token(imported, None)
    assert refused.value.reason is Reason.FOREIGN_TOKEN


@pytest.mark.usefixtures("_accepting_imported")
def test_imported_token_is_accepted_where_the_setting_says_so(
    registered, imported, django_assert_num_queries
):
    with django_assert_num_queries(1):
        token = verify_token(imported, None)
    assert (token.client_id, token.scopes) == (registered.client_id, ("a",))


@pytest.mark.usefixtures("_accepting_imported")
@pytest.mark.parametrize(
    "token, queries, reason",
    [
        ("of-a-third-server", 1, Reason.FOREIGN_TOKEN),
        ("eyJhbGciOiJub25lIn0.e30.", 0, Reason.FOREIGN_TOKEN),
        ("m2mt_x", 0, Reason.MALFORMED_TOKEN),
        (generate_token("m2mt_"), 1, Reason.UNKNOWN_TOKEN),
    ],
    ids=["unknown", "JWT", "damaged token of ours", "unknown token of ours"],
)
def test_other_tokens_are_what_they_were(
    imported, token, queries, reason, django_assert_num_queries
):
    with django_assert_num_queries(queries), pytest.raises(InvalidToken) as refused:
        verify_token(token, None)
    assert refused.value.reason is reason


@pytest.mark.usefixtures("_accepting_imported")
def test_revoked_imported_token_is_refused_and_not_left_to_others(imported):
    AccessToken.objects.update(revoked_at=timezone.now())
    with pytest.raises(InvalidToken) as refused:
        verify_token(imported, None)
    assert refused.value.reason is Reason.TOKEN_REVOKED
