"""Statements for each request: docs/architecture.md promises them."""

import pytest
from django.contrib.auth.hashers import make_password

from oauth_m2m.operations.credentials import import_secret
from tests.assertions import register_signer
from tests.conftest import Registered

pytestmark = pytest.mark.django_db


def test_opaque_token_request_takes_one_select_and_one_insert(
    registered: Registered, post_token, django_assert_num_queries
):
    fields = {"grant_type": "client_credentials", **registered.credentials}
    with django_assert_num_queries(2):
        assert post_token(fields).status_code == 200


def test_many_secrets_and_scopes_take_no_more(
    register, post_token, actor, django_assert_num_queries
):
    from oauth_m2m.operations.credentials import add_secret  # noqa: PLC0415

    many = register(*(f"scope:{number}" for number in range(50)))
    for _ in range(20):
        add_secret(many.client, actor=actor)
    fields = {"grant_type": "client_credentials", **many.credentials}
    with django_assert_num_queries(2):
        assert post_token(fields).status_code == 200


@pytest.mark.django_db(transaction=True)
def test_token_request_with_an_assertion_takes_one_select_and_two_inserts(
    register, post_token, django_assert_num_queries
):
    signer = register_signer(register)
    # The client with its key, the use of the assertion, the token. Inside the transaction of
    # most tests the second one needs a savepoint.
    with django_assert_num_queries(3):
        assert post_token(signer.form()).status_code == 200


def test_api_request_takes_one_select_beside_the_views_own(
    registered: Registered, bearer, http, django_assert_num_queries
):
    headers = bearer(registered)
    with django_assert_num_queries(2):
        assert http.get("/api/orders/", headers=headers).status_code == 200


def test_signed_token_request_takes_one_select(register, post_token, django_assert_num_queries):
    registered = register("orders:read", token_format="jwt")
    fields = {"grant_type": "client_credentials", **registered.credentials}
    # The first one of a process makes or reads the keys.
    assert post_token(fields).status_code == 200
    with django_assert_num_queries(1):
        assert post_token(fields).status_code == 200


def test_api_request_with_a_signed_token_takes_none_beside_the_views_own(
    register, bearer, http, django_assert_num_queries
):
    headers = bearer(register("orders:read", token_format="jwt"))
    # The first one looks the client up; later ones know it.
    assert http.get("/api/orders/", headers=headers).status_code == 200
    with django_assert_num_queries(1):
        assert http.get("/api/orders/", headers=headers).status_code == 200


def test_imported_secret_takes_one_statement_more_the_first_time_only(
    register, post_token, actor, django_assert_num_queries
):
    client = register("orders:read").client
    stored = make_password("correct horse")
    import_secret(client, digest=stored, algorithm="django", source="elsewhere", actor=actor)
    fields = {"grant_type": "client_credentials", "client_id": client.client_id}
    for statements in (3, 2, 2):
        with django_assert_num_queries(statements):
            answer = post_token({**fields, "client_secret": "correct horse"})
        assert answer.status_code == 200
