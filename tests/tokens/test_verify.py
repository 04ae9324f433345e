import pytest

from oauth_m2m.credential_format import generate_token
from oauth_m2m.errors import InvalidToken, Reason
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
