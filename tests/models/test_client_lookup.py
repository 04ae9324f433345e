"""The compiled lookup against what plain ORM code answers, on the database at hand."""

from datetime import timedelta

import pytest
from django.contrib.auth import get_user_model
from django.db import connection
from django.utils import timezone

from oauth_m2m.models import Client, ClientKey, ClientScope, ClientSecret, ResourceServer, Scope
from oauth_m2m.models.client_lookup import (
    ClientRecord,
    GrantedScope,
    KeyRecord,
    SecretRecord,
    find_client,
)
from oauth_m2m.operations.credentials import add_secret

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)


def by_plain_orm(client_id: str, key_id: str, kid: str = "") -> ClientRecord | None:
    client = Client.objects.filter(client_id=client_id).first()
    if client is None:
        return None
    row = client.secrets.filter(key_id=key_id).first()
    key = client.keys.filter(kid=kid).first()
    grants = client.scope_grants.order_by("scope__name")
    return ClientRecord(
        pk=client.pk,
        client_id=client.client_id,
        is_active=client.is_active,
        auth_methods=tuple(client.auth_methods),
        token_format=client.token_format,
        token_lifetime=client.token_lifetime,
        allowed_networks=tuple(client.allowed_networks),
        jwks_uri=client.jwks_uri,
        tls_subject=client.tls_subject,
        requires_dpop=client.requires_dpop,
        requires_certificate=client.requires_certificate,
        profile=client.profile,
        secret=row
        and SecretRecord(
            row.pk,
            row.digest,
            row.algorithm,
            row.expires_at,
            row.revoked_at,
            row.retiring_since,
            row.unused_limit,
            row.latest_end_at,
            row.awaits_use,
        ),
        key=key
        and KeyRecord(
            key.pk,
            key.public_jwk,
            key.sha256_thumbprint,
            key.not_before,
            key.expires_at,
            key.revoked_at,
        ),
        scopes=tuple(_granted(grant) for grant in grants),
    )


def _granted(grant: ClientScope) -> GrantedScope:
    api = grant.scope.resource_server
    return GrantedScope(
        name=grant.scope.name,
        is_default=grant.is_default,
        resource=api and api.identifier,
        token_format=api and api.token_format,
        token_lifetime=api and api.token_lifetime,
    )


SHAPES = {
    "without scopes": {},
    "one default scope": {"scopes": ["a"]},
    "one scope on request": {"optional": ["x"]},
    "many scopes": {
        "scopes": [f"s{number:02}" for number in range(30)],
        "optional": [f"t{number:02}" for number in range(30)],
    },
    "odd scopes": {"scopes": ["https://x.example/'%s", "%", "A", "a"], "optional": ["b;--"]},
    "everything set": {
        "scopes": ["a"],
        "fields": {
            "auth_methods": ["client_secret_post"],
            "token_format": "opaque",
            "token_lifetime": 90,
            "allowed_networks": ["192.0.2.0/24", "2001:db8::/32"],
            "is_active": False,
            "jwks_uri": "https://job.example.com/jwks.json",
            "tls_subject": {"san_dns": "job.example.com"},
            "requires_dpop": True,
            "requires_certificate": True,
            "profile": "fapi2",
            "metadata": {"team": "ops"},
        },
    },
}


@pytest.mark.parametrize("shape", SHAPES.values(), ids=list(SHAPES))
@pytest.mark.parametrize("more_secrets", [0, 1, 3])
def test_answer_is_that_of_the_orm(register, actor, shape, more_secrets):
    other = register("a", "z")
    client = register(
        *shape.get("scopes", ()),
        optional=tuple(shape.get("optional", ())),
        **shape.get("fields", {}),
    )
    for _ in range(more_secrets):
        add_secret(client.client, actor=actor, lifetime=HOUR)
    now = timezone.now()
    ClientSecret.objects.filter(key_id=client.key_id).update(
        revoked_at=now,
        retiring_since=now - HOUR,
        unused_limit=HOUR * 36,
        expires_at=now + HOUR,
        latest_end_at=now + HOUR * 2,
        awaits_use=True,
    )
    own = list(client.client.secrets.values_list("key_id", flat=True))
    assert len(own) == more_secrets + 1
    for key_id in [*own, other.key_id, "unknown0", ""]:
        found = find_client(client.client_id, key_id)
        assert found == by_plain_orm(client.client_id, key_id)
        assert (found.secret is not None) is (key_id in own)


WANTED = {
    "one": ("a",),
    "some": ("a", "b;--", "x"),
    "of all there are": ("%", "A", "a", "b;--", "https://x.example/'%s", "x"),
    "unknown": ("nothing",),
    "unknown beside known": ("nothing", "x"),
    "of another client": ("z",),
    "like a placeholder": ("\x010\x01", "a"),
}


@pytest.fixture
def many(register):
    register("a", "z")
    odd = ("https://x.example/'%s", "%", "A", "a")
    return register(*odd, optional=("b;--", "x"))


@pytest.mark.parametrize("names", WANTED.values(), ids=list(WANTED))
def test_of_the_scopes_those_come_that_are_wanted(many, names):
    everything = by_plain_orm(many.client_id, many.key_id)
    for kid in ("", "k"):
        found = find_client(many.client_id, "" if kid else many.key_id, kid, names)
        wanted = tuple(scope for scope in everything.scopes if scope.name in names)
        assert found.scopes == wanted
        assert (found.secret is None) is bool(kid)


def test_the_default_ones_come_if_none_is_named(many):
    everything = by_plain_orm(many.client_id, many.key_id)
    found = find_client(many.client_id, many.key_id, wanted=())
    assert found.scopes == tuple(scope for scope in everything.scopes if scope.is_default)
    assert found.secret == everything.secret
    # For MariaDB two scopes whose names differ in case are one.
    assert len(found.scopes) == (3 if connection.vendor == "mysql" else 4)


def test_client_without_the_wanted_scopes_is_found_all_the_same(register):
    client = register(optional=["x"])
    for wanted in ((), ("a",)):
        found = find_client(client.client_id, client.key_id, wanted=wanted)
        assert found.scopes == ()
        assert found.secret is not None


def test_scopes_bring_what_their_resource_server_says(register):
    client = register("a", "b", "c")
    api = ResourceServer.objects.create(
        identifier="https://api.example.com", name="An API", token_format="jwt", token_lifetime=60
    )
    Scope.objects.filter(name__in="ab").update(resource_server=api)
    found = find_client(client.client_id)
    assert found == by_plain_orm(client.client_id, "")
    assert [scope.resource for scope in found.scopes] == [api.identifier, api.identifier, None]


@pytest.mark.parametrize("scopes", [0, 3])
def test_key_is_found_by_its_kid(register, scopes):
    client = register(*(f"s{number}" for number in range(scopes)))
    other = register("a")
    # MariaDB finds it by either; what its owner signed is asked next.
    known = {"one", "two", *(["ONE"] if connection.vendor == "mysql" else [])}
    now = timezone.now()
    for owner, kid in ((client, "one"), (client, "two"), (other, "one"), (other, "three")):
        ClientKey.objects.create(
            client=owner.client,
            kid=kid,
            public_jwk={"kty": "EC", "kid": kid, "of": owner.client_id},
            sha256_thumbprint=kid,
            not_before=now - HOUR,
            expires_at=now + HOUR,
            revoked_at=now,
        )
    for kid in ("one", "two", "three", "ONE", ""):
        found = find_client(client.client_id, kid=kid)
        assert found == by_plain_orm(client.client_id, "", kid)
        assert (found.key is not None) is (kid in known)
        assert found.secret is None


def test_client_without_a_secret_is_found():
    client = Client.objects.create(name="Nightly")
    found = find_client(client.client_id, "unknown0")
    assert found == by_plain_orm(client.client_id, "unknown0")
    assert (found.secret, found.key, found.scopes) == (None, None, ())


def test_a_service_account_changes_nothing(register):
    account = get_user_model().objects.create_user("robot")
    client = register("a", service_account=account)
    found = find_client(client.client_id, client.key_id)
    assert found == by_plain_orm(client.client_id, client.key_id)


@pytest.mark.parametrize(
    "client_id",
    ["", "nobody", "NIGHTLY", "nightly ", "night%", "' OR 1=1 --", "\x011\x01", "\x010\x01", "é"],
)
def test_unknown_client_is_none(register, client_id):
    client = register("a", client_id="nightly")
    assert find_client(client_id, client.key_id) is None


def test_key_id_that_reads_like_a_placeholder_is_a_value(register):
    client = register("a")
    assert find_client(client.client_id, "\x010\x01").secret is None


@pytest.mark.parametrize("scopes", [0, 1, 50])
@pytest.mark.parametrize("secrets", [1, 10])
def test_one_statement_whatever_there_is(
    register, actor, django_assert_num_queries, scopes, secrets
):
    client = register(*(f"s{number}" for number in range(scopes)))
    for _ in range(secrets - 1):
        add_secret(client.client, actor=actor)
    with django_assert_num_queries(1):
        assert find_client(client.client_id, client.key_id).secret is not None


def test_a_digest_shows_in_no_repr(registered):
    found = find_client(registered.client_id, registered.key_id)
    assert found.secret.digest not in repr(found)
    assert repr(found.secret) == f"SecretRecord(pk={found.secret.pk})"


class _Replica:
    def db_for_read(self, _model, **_hints):
        return "a replica that lags"


def test_read_goes_where_writes_go(registered, settings):
    settings.DATABASE_ROUTERS = [_Replica()]
    assert find_client(registered.client_id, registered.key_id).secret is not None
