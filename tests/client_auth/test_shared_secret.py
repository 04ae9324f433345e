import hashlib
import hmac
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from django.contrib.auth.hashers import make_password
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from oauth_m2m.client_auth.shared_secret import prove_secret
from oauth_m2m.credential_format import generate_secret
from oauth_m2m.errors import InvalidClient, Reason
from oauth_m2m.hashing import DJANGO, SHA256, digest_credential
from oauth_m2m.models import Client, ClientSecret
from oauth_m2m.operations.credentials import add_secret, import_secret
from oauth_m2m.values import AuthenticatedClient
from tests.connections import needs_two_connections
from tests.error_ids import body_of
from tests.grants.clients import scope
from tests.toolkit import HASHERS, SECRET

pytestmark = pytest.mark.django_db

ADDRESS, METHOD = "192.0.2.7", "client_secret_basic"


def prove(client_id: str, secret: str) -> AuthenticatedClient:
    return prove_secret(client_id, secret, method=METHOD, address=ADDRESS)


def refusal(client_id: str, secret: str) -> InvalidClient:
    with pytest.raises(InvalidClient) as refused:
        prove(client_id, secret)
    return refused.value


def test_right_secret_proves_the_client(register):
    registered = register("a", optional=["x"], token_lifetime=90, token_format="opaque")
    assert prove(registered.client_id, registered.secret) == AuthenticatedClient(
        pk=registered.client.pk,
        client_id=registered.client_id,
        method=METHOD,
        secret_pk=ClientSecret.objects.get().pk,
        key_pk=None,
        scopes=(scope("a"), scope("x", is_default=False)),
        token_format="opaque",
        token_lifetime=timedelta(seconds=90),
        requires_dpop=False,
        requires_certificate=False,
        is_strict=False,
    )


def test_lifetime_is_left_open_where_the_client_has_none(registered):
    assert prove(registered.client_id, registered.secret).token_lifetime is None


@pytest.mark.parametrize(
    "client_id, reason",
    [
        ("", Reason.MALFORMED_CLIENT_ID),
        ("\x00", Reason.MALFORMED_CLIENT_ID),
        ("é", Reason.MALFORMED_CLIENT_ID),
        ("a" * 256, Reason.MALFORMED_CLIENT_ID),
        ("a\n", Reason.MALFORMED_CLIENT_ID),
    ],
)
def test_impossible_id_costs_no_query(registered, client_id, reason, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert refusal(client_id, registered.secret).reason is reason


@pytest.mark.parametrize(
    "secret",
    ["", "m2ms_", "m2ms_x", "m2ms_" + "a" * 58, "\x00", "a\x00", "a\n", "a\x7f", "a" * 256],
    ids=["empty", "prefix", "cut", "no checksum", "NUL", "NUL after", "line break", "DEL", "long"],
)
def test_impossible_secret_costs_no_query(registered, secret, django_assert_num_queries):
    with django_assert_num_queries(0):
        error = refusal(registered.client_id, secret)
    assert error.reason is Reason.MALFORMED_SECRET
    assert (error.client_id, error.client_pk) == (registered.client_id, None)


@pytest.mark.parametrize("secret", ["x", "m2mt_x", "é", "correct horse"])
def test_secret_of_another_form_costs_the_one_query(registered, secret, django_assert_num_queries):
    with django_assert_num_queries(1):
        error = refusal(registered.client_id, secret)
    assert error.reason is Reason.MALFORMED_SECRET
    assert (error.client_id, error.client_pk) == (registered.client_id, registered.client.pk)


def _wrong(client, secret):
    secret.update(digest="f" * 64)


def _revoked(client, secret):
    secret.update(revoked_at=timezone.now())


def _expired(client, secret):
    now = timezone.now()
    secret.update(created_at=now - timedelta(days=1), expires_at=now)


def _disabled(client, secret):
    client.update(is_active=False)


def _method(client, secret):
    client.update(auth_methods=["client_secret_post"])


def _network(client, secret):
    client.update(allowed_networks=["198.51.100.0/24"])


REFUSALS = {
    "wrong": (_wrong, Reason.WRONG_SECRET),
    "revoked": (_revoked, Reason.SECRET_REVOKED),
    "expired": (_expired, Reason.SECRET_EXPIRED),
    "disabled": (_disabled, Reason.CLIENT_DISABLED),
    "method not allowed": (_method, Reason.AUTH_METHOD_NOT_ALLOWED),
    "network not allowed": (_network, Reason.NETWORK_NOT_ALLOWED),
}


@pytest.mark.parametrize("spoil, reason", REFUSALS.values(), ids=list(REFUSALS))
def test_refusal_of_a_known_client_has_its_reason(registered, spoil, reason):
    spoil(Client.objects.all(), ClientSecret.objects.all())
    error = refusal(registered.client_id, registered.secret)
    assert error.reason is reason
    assert (error.client_id, error.client_pk) == (registered.client_id, registered.client.pk)
    assert error.description == "Client authentication failed."


def test_a_wrong_secret_is_told_before_all_else(registered):
    for spoil, _ in REFUSALS.values():
        spoil(Client.objects.all(), ClientSecret.objects.all())
    assert refusal(registered.client_id, registered.secret).reason is Reason.WRONG_SECRET


def test_unknown_client_and_unknown_secret_are_told_apart_in_private(registered):
    unknown_client = refusal("nobody", registered.secret)
    unknown_secret = refusal(registered.client_id, generate_secret("m2ms_")[0])
    assert (unknown_client.reason, unknown_client.client_pk) == (Reason.UNKNOWN_CLIENT, None)
    assert unknown_secret.reason is Reason.UNKNOWN_SECRET
    assert unknown_secret.client_pk == registered.client.pk
    assert unknown_client.description == unknown_secret.description


def test_another_clients_secret_is_unknown(register):
    one, two = register("a"), register("a")
    assert refusal(one.client_id, two.secret).reason is Reason.UNKNOWN_SECRET


@pytest.fixture
def work(monkeypatch):
    """Return the statements of an attempt and the digests that it compared."""
    compared: list[tuple[str, str]] = []
    real = hmac.compare_digest

    def counted(one: str, two: str) -> bool:
        compared.append((one, two))
        return real(one, two)

    monkeypatch.setattr(hmac, "compare_digest", counted)

    def work(client_id: str, secret: str) -> tuple[list[str], int]:
        compared.clear()
        with CaptureQueriesContext(
            connection,
        ) as captured:
            refusal(client_id, secret)
        assert all(len(one) == len(two) == 64 for one, two in compared)
        statements = [query["sql"] for query in captured]
        return [
            sql.replace(client_id, "ID").replace(secret[5:13], "KEY") for sql in statements
        ], len(compared)

    return work


def test_unknown_client_and_wrong_secret_do_the_same_work(registered, work):
    unknown_client = work("nobody", registered.secret)
    unknown_secret = work(registered.client_id, generate_secret("m2ms_")[0])
    ClientSecret.objects.update(digest="f" * 64)
    wrong_secret = work(registered.client_id, registered.secret)
    assert unknown_client == unknown_secret == wrong_secret
    statements, comparisons = wrong_secret
    assert (len(statements), comparisons) == (1, 1)


def test_unknown_client_and_wrong_secret_get_the_same_answer_after_as_many_statements(
    registered, post_token
):
    def ask(client_id: str) -> tuple[int, int, dict[str, str], dict[str, str]]:
        fields = {"grant_type": "client_credentials", "client_id": client_id}
        secret = generate_secret("m2ms_")[0]
        with CaptureQueriesContext(connection) as captured:
            response = post_token({**fields, "client_secret": secret})
        headers = dict(response.headers)
        return len(captured), response.status_code, body_of(response), headers

    assert ask("nobody") == ask(registered.client_id)
    assert ask("nobody")[:2] == (2, 401)


@pytest.fixture
def imported(register, actor, settings) -> Client:
    """A client whose one secret, SECRET, came as Django's own hash of it."""
    settings.PASSWORD_HASHERS = HASHERS
    client = register("a").client
    ClientSecret.objects.all().delete()
    stored = make_password(SECRET)
    import_secret(client, digest=stored, algorithm=DJANGO, source="elsewhere", actor=actor)
    return client


def digests() -> list[tuple[str, str]]:
    return list(ClientSecret.objects.values_list("digest", "algorithm"))


def test_imported_hash_is_replaced_at_its_first_use_and_fast_after_it(
    imported, django_assert_num_queries
):
    [(slow, _)] = digests()
    with django_assert_num_queries(2):
        proven = prove(imported.client_id, SECRET)
    assert proven.secret_pk == ClientSecret.objects.get().pk
    assert digests() == [(digest_credential(SECRET), SHA256)]
    assert slow not in str(digests())
    with django_assert_num_queries(1):
        assert prove(imported.client_id, SECRET).pk == imported.pk


@pytest.mark.parametrize(
    "secret, reason",
    [
        (f"{SECRET}x", Reason.WRONG_SECRET),
        (SECRET[:-1], Reason.WRONG_SECRET),
        (f"{SECRET}\x00", Reason.MALFORMED_SECRET),
        (f"{SECRET}\x00\x00", Reason.MALFORMED_SECRET),
        ("", Reason.MALFORMED_SECRET),
    ],
    ids=["longer", "shorter", "NUL", "NULs", "blank"],
)
def test_wrong_imported_secret_is_refused_and_replaces_nothing(imported, secret, reason):
    before = digests()
    error = refusal(imported.client_id, secret)
    assert (error.reason, error.description) == (reason, "Client authentication failed.")
    assert digests() == before


def test_hash_itself_is_no_secret(imported):
    for digest, _ in digests():
        assert refusal(imported.client_id, digest).reason is Reason.WRONG_SECRET


def test_fast_digest_itself_is_no_secret(imported):
    prove(imported.client_id, SECRET)
    digest = digest_credential(SECRET)
    assert refusal(imported.client_id, digest).reason is Reason.WRONG_SECRET


@pytest.mark.parametrize("spoil, reason", list(REFUSALS.values())[1:3], ids=["revoked", "expired"])
def test_ended_imported_hash_is_refused_without_the_slow_work(imported, spoil, reason, monkeypatch):
    spoil(Client.objects.all(), ClientSecret.objects.all())
    monkeypatch.setattr(hashlib, "pbkdf2_hmac", None)
    for secret in (SECRET, "wrong"):
        assert refusal(imported.client_id, secret).reason is reason


@pytest.mark.parametrize("spoil, reason", list(REFUSALS.values())[1:3], ids=["revoked", "expired"])
def test_ended_imported_secret_is_told_after_a_wrong_one_once_it_is_fast(imported, spoil, reason):
    prove(imported.client_id, SECRET)
    spoil(Client.objects.all(), ClientSecret.objects.all())
    assert refusal(imported.client_id, SECRET).reason is reason
    assert refusal(imported.client_id, "wrong").reason is Reason.WRONG_SECRET


@pytest.mark.parametrize("spoil, reason", list(REFUSALS.values())[3:], ids=list(REFUSALS)[3:])
def test_client_that_may_not_get_in_keeps_its_slow_hash(imported, spoil, reason):
    spoil(Client.objects.all(), ClientSecret.objects.all())
    before = digests()
    assert refusal(imported.client_id, SECRET).reason is reason
    assert digests() == before


def test_secret_of_ours_works_beside_the_imported_one(imported, actor):
    added = add_secret(imported, actor=actor)
    assert prove(imported.client_id, added.clear_secret).secret_pk == added.pk
    assert prove(imported.client_id, SECRET).secret_pk != added.pk


def test_imported_secret_is_its_own_clients_only(imported, register):
    assert refusal(register("a").client_id, SECRET).reason is Reason.MALFORMED_SECRET
    assert refusal("nobody", SECRET).reason is Reason.UNKNOWN_CLIENT


@pytest.mark.django_db(transaction=True)
@needs_two_connections
def test_first_use_in_two_threads_at_once_works_in_both(imported):
    ready = Barrier(2)

    def use(_number: int) -> int:
        ready.wait()
        try:
            return prove(imported.client_id, SECRET).pk
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as threads:
        assert list(threads.map(use, range(2))) == [imported.pk] * 2
    assert digests() == [(digest_credential(SECRET), SHA256)]
