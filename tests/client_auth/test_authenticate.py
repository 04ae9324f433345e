import pytest

from oauth_m2m.client_auth import authenticate_client
from oauth_m2m.errors import InvalidClient, InvalidRequest, Reason
from tests.client_auth.token_requests import basic, request

pytestmark = pytest.mark.django_db

BASIC, POST = "client_secret_basic", "client_secret_post"


@pytest.mark.parametrize("method", [BASIC, POST])
def test_the_method_that_was_presented_proves_the_client(registered, method):
    presented = {
        BASIC: lambda: request(basic(registered.client_id, registered.secret)),
        POST: lambda: request(**registered.credentials),
    }[method]()
    client = authenticate_client(presented)
    assert (client.client_id, client.method) == (registered.client_id, method)


@pytest.mark.parametrize("header", ["Basic YTpi", "Basic", "basic !!!"])
def test_two_methods_are_an_invalid_request(registered, header):
    with pytest.raises(InvalidRequest) as refused:
        authenticate_client(request(header, **registered.credentials))
    assert refused.value.reason is Reason.TWO_METHODS
    assert refused.value.client_id == registered.client_id


@pytest.mark.parametrize("header", ["Bearer x", "Basicx YTpi", "Basic\tYTpi", "Basic:YTpi", "x"])
@pytest.mark.parametrize("in_body", [True, False], ids=["good body", "nothing in the body"])
def test_an_unknown_scheme_ends_there(registered, header, in_body):
    body = registered.credentials if in_body else {"client_id": registered.client_id}
    with pytest.raises(InvalidClient) as refused:
        authenticate_client(request(header, **body))
    assert refused.value.reason is Reason.UNSUPPORTED_SCHEME
    assert refused.value.client_id == registered.client_id


@pytest.mark.parametrize("body", [{}, {"client_id": "job"}], ids=["nothing", "an id"])
def test_no_method_is_an_invalid_client(body):
    with pytest.raises(InvalidClient) as refused:
        authenticate_client(request(**body))
    assert refused.value.reason is Reason.NO_CREDENTIALS
    assert refused.value.client_id == body.get("client_id", "")


@pytest.mark.parametrize("switched_off", [BASIC, POST])
def test_a_method_that_is_switched_off_costs_no_query(
    registered, settings, switched_off, django_assert_num_queries
):
    settings.OAUTH_M2M = {"AUTH_METHODS": [POST if switched_off == BASIC else BASIC]}
    presented = {
        BASIC: request(
            basic(registered.client_id, registered.secret), client_id=registered.client_id
        ),
        POST: request(**registered.credentials),
    }
    with django_assert_num_queries(0), pytest.raises(InvalidClient) as refused:
        authenticate_client(presented.pop(switched_off))
    assert refused.value.reason is Reason.AUTH_METHOD_DISABLED
    assert refused.value.client_id == registered.client_id
    [still_on] = presented.values()
    assert authenticate_client(still_on).client_id == registered.client_id
