import json
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from django.utils import timezone
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm

from oauth_m2m.keys.pasted import read_pasted_keys
from oauth_m2m.models import Client, ClientSecret, TrustedIssuer, WorkloadIdentity
from oauth_m2m.operations.client_keys import add_client_keys, revoke_client_key
from oauth_m2m.operations.client_readiness import strict_obstacles, what_is_missing
from oauth_m2m.operations.credentials import add_secret
from oauth_m2m.operations.hand_overs import (
    SecretTerms,
    offer_hand_over,
    withdraw_hand_over,
)
from tests.jose import private_key
from tests.key_material import certificate_pem, jwk_text

pytestmark = pytest.mark.django_db

SENTENCES = {
    "client_secret_basic": "It needs a secret: add one.",
    "client_secret_post": "It needs a secret: add one.",
    "private_key_jwt": "The method private_key_jwt needs a public key or a JWKS URI: add one.",
    "tls_client_auth": "The method tls_client_auth needs to know the certificate's subject.",
    "self_signed_tls_client_auth": (
        "The method self_signed_tls_client_auth needs the client's certificate: add it."
    ),
    "workload_identity": (
        "The method workload_identity needs a workload identity that names this client."
    ),
}


def make(*methods: str, **fields) -> Client:
    return Client.objects.create(name="A robot", auth_methods=list(methods), **fields)


@pytest.mark.parametrize("method", SENTENCES)
def test_method_without_what_it_needs_is_named(method: str):
    assert what_is_missing(make(method)) == [SENTENCES[method]]


def test_two_methods_that_need_a_secret_say_it_once():
    assert what_is_missing(make("client_secret_basic", "client_secret_post")) == [
        "It needs a secret: add one."
    ]


def test_secret_behind_a_link_is_on_its_way_until_the_link_is_over(actor):
    client = make("client_secret_basic")
    offer_hand_over(client, SecretTerms(), actor=actor)
    assert what_is_missing(client) == []
    withdraw_hand_over(client.hand_overs.get(), actor=actor)
    assert what_is_missing(client) == ["It needs a secret: add one."]


def test_client_with_all_that_its_methods_need_lacks_nothing(actor):
    client = make(*SENTENCES, tls_subject={"san_dns": "orders.example.com"})
    add_secret(client, actor=actor)
    add_client_keys(client, read_pasted_keys(certificate_pem()), actor=actor)
    issuer = TrustedIssuer.objects.create(issuer="https://a.example", jwks_uri="https://a.example")
    WorkloadIdentity.objects.create(issuer=issuer, client=client, subject="x")
    assert what_is_missing(client) == []


def test_address_of_keys_does_for_a_key():
    assert what_is_missing(make("private_key_jwt", jwks_uri="https://a.example/jwks")) == []


def test_bare_key_does_not_do_for_a_certificate(actor):
    client = make("private_key_jwt", "self_signed_tls_client_auth")
    add_client_keys(client, read_pasted_keys(jwk_text()), actor=actor)
    assert what_is_missing(client) == [SENTENCES["self_signed_tls_client_auth"]]


def test_what_is_over_does_not_count(actor):
    client = make("client_secret_basic", "private_key_jwt")
    add_secret(client, actor=actor)
    now = timezone.now()
    ClientSecret.objects.update(created_at=now - timedelta(days=1), expires_at=now)
    [key] = add_client_keys(client, read_pasted_keys(jwk_text()), actor=actor)
    revoke_client_key(key, actor=actor)
    assert what_is_missing(client) == [
        SENTENCES["client_secret_basic"],
        SENTENCES["private_key_jwt"],
    ]


def test_method_that_the_server_does_not_accept_is_named(settings):
    settings.OAUTH_M2M = {"AUTH_METHODS": ["client_secret_basic"]}
    assert what_is_missing(make("private_key_jwt")) == [
        "The setting AUTH_METHODS of this server does not allow private_key_jwt."
    ]


@pytest.mark.parametrize("where", ["client", "setting"])
def test_strict_client_with_secrets_only_is_told_so(actor, settings, where: str):
    profile = {"profile": "fapi2"} if where == "client" else {}
    settings.OAUTH_M2M = {} if where == "client" else {"PROFILE": "fapi2"}
    client = make("client_secret_basic", **profile)
    add_secret(client, actor=actor)
    assert what_is_missing(client) == [
        "The profile FAPI 2.0 refuses secrets: choose another method."
    ]


SECRETS_ONLY = "it has only methods with a shared secret"
UNBOUND = "it need not bind its tokens, by DPoP or by a certificate"


@pytest.mark.parametrize(
    "methods, fields, obstacles",
    [
        (["client_secret_basic"], {}, [SECRETS_ONLY, UNBOUND]),
        (["client_secret_post"], {"requires_dpop": True}, [SECRETS_ONLY]),
        (["private_key_jwt"], {}, [UNBOUND]),
        (["private_key_jwt"], {"requires_dpop": True}, []),
        (["client_secret_basic", "private_key_jwt"], {"requires_certificate": True}, []),
    ],
    ids=["secrets", "bound secrets", "unbound key", "DPoP", "certificate beside a secret"],
)
def test_obstacles_to_the_strict_profile(methods, fields, obstacles):
    assert strict_obstacles(make(*methods, **fields)) == obstacles


OTHER_KEYS = "none of its keys signs with PS256, ES256, EdDSA"


@pytest.mark.parametrize(
    "keys, fields, obstacles",
    [
        ([(ec.SECP384R1, {})], {}, [OTHER_KEYS]),
        ([(ec.SECP384R1, {}), (ec.SECP521R1, {})], {}, [OTHER_KEYS]),
        ([(ec.SECP384R1, {}), (ec.SECP256R1, {})], {}, []),
        ([("RS256", {"alg": "RS256"})], {}, [OTHER_KEYS]),
        ([("RS256", {})], {}, []),
        ([("EdDSA", {"alg": "Ed25519"})], {}, []),
        ([(ec.SECP384R1, {})], {"jwks_uri": "https://a.example/jwks"}, []),
        ([(ec.SECP384R1, {})], {"auth_methods": ["private_key_jwt", "tls_client_auth"]}, []),
        ([], {}, []),
    ],
    ids=[
        "P-384",
        "P-384 and P-521",
        "P-256 beside it",
        "RSA for RS256",
        "RSA for any",
        "Ed25519",
        "others may be at its address",
        "it has a certificate too",
        "no key yet",
    ],
)
def test_keys_for_other_algorithms_are_an_obstacle(actor, keys, fields, obstacles):
    fields = {"auth_methods": ["client_secret_basic", "private_key_jwt"], **fields}
    client = make(*fields.pop("auth_methods"), requires_dpop=True, **fields)
    for number, (kind, members) in enumerate(keys):
        key = private_key(kind) if isinstance(kind, str) else ec.generate_private_key(kind())
        encoder = {"RS256": RSAAlgorithm, "EdDSA": OKPAlgorithm}.get(kind, ECAlgorithm)
        jwk = {**encoder.to_jwk(key.public_key(), as_dict=True), "kid": str(number), **members}
        add_client_keys(client, read_pasted_keys(json.dumps(jwk)), actor=actor)
    assert strict_obstacles(client) == obstacles


def test_key_that_is_over_does_not_help_a_strict_client(actor):
    client = make("private_key_jwt", requires_dpop=True)
    [over] = add_client_keys(client, read_pasted_keys(jwk_text()), actor=actor)
    other = ec.generate_private_key(ec.SECP384R1()).public_key()
    text = json.dumps(ECAlgorithm.to_jwk(other, as_dict=True))
    add_client_keys(client, read_pasted_keys(text), actor=actor)
    assert strict_obstacles(client) == []
    revoke_client_key(over, actor=actor)
    assert strict_obstacles(client) == [OTHER_KEYS]
