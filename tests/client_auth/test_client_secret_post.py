import pytest

from oauth_m2m.client_auth.client_secret_post import authenticate, presented_in
from oauth_m2m.errors import InvalidRequest, Reason
from tests.client_auth.token_requests import request

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "body, presented",
    [
        ({"client_id": "a", "client_secret": "b"}, True),
        ({"client_secret": "b"}, True),
        ({"client_id": "a"}, False),
        ({"client_id": "a", "client_secret": ""}, False),
        ({}, False),
    ],
    ids=["both", "a secret alone", "an id alone", "an empty secret", "nothing"],
)
def test_a_secret_in_the_body_is_an_attempt(body, presented):
    assert presented_in(request(**body)) is presented


def test_client_is_proven(registered):
    client = authenticate(request(**registered.credentials))
    assert (client.pk, client.method) == (registered.client.pk, "client_secret_post")


def test_secret_without_an_id_costs_no_query(registered, django_assert_num_queries):
    with django_assert_num_queries(0), pytest.raises(InvalidRequest) as refused:
        authenticate(request(client_secret=registered.secret))
    assert refused.value.reason is Reason.MISSING_CLIENT_ID
