"""The client's own signature as its proof."""

import json

import pytest
from django.utils import timezone

from oauth_m2m.client_auth import private_key_jwt
from oauth_m2m.errors import InvalidClient, InvalidRequest, Reason
from oauth_m2m.keys.pasted import read_pasted_keys
from oauth_m2m.models import Client, SeenAssertion
from oauth_m2m.operations.client_keys import add_client_keys
from oauth_m2m.protocol import JWT_BEARER
from tests.assertions import ACTOR, Signer, register_signer
from tests.certificates import make_certificate
from tests.client_auth.token_requests import request
from tests.conftest import Registered
from tests.jose import assemble, private_key
from tests.key_server import KeyServer, jwk


@pytest.fixture
def signer(register) -> Signer:
    return register_signer(register)


def asked(assertion: str, **more: str):
    return request(client_assertion_type=JWT_BEARER, client_assertion=assertion, **more)


def refusal_of(sent) -> InvalidClient:
    with pytest.raises(InvalidClient) as refused:
        private_key_jwt.authenticate(sent)
    return refused.value


def signed_with(**claims: str) -> str:
    return assemble({"alg": "ES256"}, claims, private_key("ES256"))


@pytest.mark.parametrize(
    "assertion, own",
    [
        (signed_with(iss="a", sub="a"), True),
        (signed_with(iss="https://platform.example", sub="a"), False),
        (signed_with(sub="a"), False),
        (signed_with(), True),
        ("abc", True),
    ],
    ids=["own", "a platform's", "no iss", "neither iss nor sub", "no JWT"],
)
def test_only_what_a_client_says_of_itself_is_an_attempt(assertion, own):
    assert private_key_jwt.presented_in(asked(assertion)) is own


@pytest.mark.parametrize(
    "body",
    [
        {"client_assertion": signed_with(iss="https://platform.example", sub="a")},
        {"client_assertion_type": JWT_BEARER},
        {"client_assertion_type": "urn:other", "client_assertion": "a.b.c"},
    ],
    ids=["no type", "no assertion", "another type"],
)
def test_what_cannot_be_read_is_an_attempt(body):
    assert private_key_jwt.presented_in(request(**body))


def test_no_assertion_is_no_attempt():
    assert not private_key_jwt.presented_in(request(client_id="a", client_secret="b"))


@pytest.mark.django_db
@pytest.mark.parametrize("kid", [None, "", "its own"], ids=["no kid", "empty kid", "by its kid"])
def test_client_is_proven_by_the_key_that_signed(signer, kid):
    other = json.dumps({**jwk(number=1), "kid": "newer"})
    add_client_keys(signer.client, read_pasted_keys(other), actor=ACTOR)
    header = signer.header(kid=signer.kid if kid == "its own" else kid)
    proven = private_key_jwt.authenticate(asked(signer.sign(header)))
    assert (proven.pk, proven.client_id) == (signer.client.pk, signer.client_id)
    assert (proven.method, proven.key_pk, proven.secret_pk) == (
        "private_key_jwt",
        signer.row.pk,
        None,
    )


@pytest.mark.django_db
def test_key_at_the_clients_address_is_no_row_of_ours(register, secure_key_server: KeyServer):
    secure_key_server.publish(jwk())
    registered: Registered = register(
        "a", auth_methods=["private_key_jwt"], jwks_uri=secure_key_server.url
    )
    signer = Signer(registered, private_key("ES256"), kid=jwk()["kid"])
    assert private_key_jwt.authenticate(asked(signer.sign())).key_pk is None


@pytest.mark.django_db
@pytest.mark.parametrize("padding", ["", "="], ids=["as the RFC says", "padded"])
def test_certificate_is_named_by_its_thumbprint(register, padding):
    holder = make_certificate()
    registered = register("a", auth_methods=["private_key_jwt"])
    [row] = add_client_keys(registered.client, read_pasted_keys(holder.pem), actor=ACTOR)
    signer = Signer(registered, holder.key)
    header = {"alg": "ES256", "x5t#S256": holder.thumbprint + padding}
    assert private_key_jwt.authenticate(asked(signer.sign(header))).key_pk == row.pk


@pytest.mark.django_db
def test_trial_ends_after_ten_keys(signer):
    for number in range(1, 11):
        text = json.dumps({**jwk(number=number), "kid": str(number)})
        add_client_keys(signer.client, read_pasted_keys(text), actor=ACTOR)
    refused = refusal_of(asked(signer.sign(signer.header(kid=None))))
    assert refused.reason is Reason.UNKNOWN_KEY
    signer.client.keys.filter(kid="10").update(revoked_at=timezone.now())
    proven = private_key_jwt.authenticate(asked(signer.sign(signer.header(kid=None))))
    assert proven.key_pk == signer.row.pk


@pytest.mark.django_db
def test_refusal_names_the_client_row_as_soon_as_there_is_one(signer):
    signer.registered.client.keys.update(revoked_at=timezone.now())
    refused = refusal_of(asked(signer.sign()))
    assert (refused.reason, refused.client_id, refused.client_pk) == (
        Reason.KEY_REVOKED,
        signer.client_id,
        signer.client.pk,
    )
    refused = refusal_of(asked(signer.sign(iss="nobody", sub="nobody")))
    assert (refused.reason, refused.client_id, refused.client_pk) == (
        Reason.UNKNOWN_CLIENT,
        "nobody",
        None,
    )


@pytest.mark.django_db
def test_refusal_for_another_client_id_names_the_one_in_the_assertion(signer):
    with pytest.raises(InvalidRequest) as refused:
        private_key_jwt.authenticate(asked(signer.sign(), client_id="other"))
    assert refused.value.reason is Reason.ASSERTION_OF_ANOTHER_CLIENT
    assert refused.value.client_id == signer.client_id


@pytest.mark.django_db
def test_standing_of_a_client_is_told_only_to_its_own_key(signer):
    Client.objects.update(is_active=False)
    forged = assemble(signer.header(), signer.claims(), private_key("ES256", 9))
    assert refusal_of(asked(forged)).reason is Reason.WRONG_SIGNATURE
    assert refusal_of(asked(signer.sign(aud="other"))).reason is Reason.CLIENT_DISABLED
    assert not SeenAssertion.objects.exists()
