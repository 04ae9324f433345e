import pytest

from oauth_m2m.client_auth.client_secret_basic import authenticate, claimed_client_id, presented_in
from oauth_m2m.errors import InvalidClient, InvalidRequest, Reason
from tests.client_auth.token_requests import basic, request

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "header, presented",
    [
        ("Basic YTpi", True),
        ("basic YTpi", True),
        ("BASIC", True),
        ("Basic  !!", True),
        ("", False),
        ("Bearer YTpi", False),
        ("Basics YTpi", False),
        ("Basic\tYTpi", False),
        ("xBasic YTpi", False),
    ],
)
def test_every_attempt_counts_however_bad(header, presented):
    assert presented_in(request(header)) is presented


def test_client_is_proven(registered):
    client = authenticate(request(basic(registered.client_id, registered.secret)))
    assert (client.pk, client.method) == (registered.client.pk, "client_secret_basic")


@pytest.mark.parametrize("beside", [{}, {"client_id": ""}, {"client_id": "nightly"}])
def test_the_same_id_in_the_body_is_fine(register, beside):
    registered = register("a", client_id="nightly")
    header = basic("nightly", registered.secret)
    assert authenticate(request(header, **beside)).client_id == "nightly"


def test_encoded_id_is_compared_decoded(register):
    registered = register("a", client_id="night-ly")
    header = basic("night%2Dly", registered.secret)
    assert authenticate(request(header, client_id="night-ly")).client_id == "night-ly"


def test_another_id_in_the_body_costs_no_query(registered, django_assert_num_queries):
    header = basic(registered.client_id, registered.secret)
    with django_assert_num_queries(0), pytest.raises(InvalidRequest) as refused:
        authenticate(request(header, client_id="other"))
    assert refused.value.reason is Reason.CLIENT_ID_MISMATCH
    assert refused.value.client_id == registered.client_id


@pytest.mark.parametrize(
    "header",
    [
        "Basic",
        "Basic !!",
        "Basic YTpi YTpi",
        "Basic YQ==",
        "Basic é",
        basic("%", "x"),
        basic("x", "%"),
    ],
    ids=["empty", "no base64", "two", "no colon", "beyond ASCII", "bad id", "bad secret"],
)
def test_malformed_header_costs_no_query(header, django_assert_num_queries):
    with django_assert_num_queries(0), pytest.raises(InvalidClient) as refused:
        authenticate(request(header))
    assert refused.value.reason is Reason.MALFORMED_BASIC


@pytest.mark.parametrize(
    "header, claimed",
    [("Basic bmlnaHRseTp4", "nightly"), ("Basic !", ""), ("Basic", "")],
    ids=["readable", "broken", "empty"],
)
def test_claimed_id_is_read_without_proof(header, claimed):
    assert claimed_client_id(request(header)) == claimed
