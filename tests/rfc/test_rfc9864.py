"""RFC 9864: EdDSA under the name of its curve, as newer libraries write it."""

import json

import pytest

from oauth_m2m.keys.pasted import read_pasted_keys
from oauth_m2m.operations.client_keys import add_client_keys
from tests.assertions import ACTOR, Signer
from tests.jose import assemble, private_key
from tests.key_server import jwk
from tests.rfc.answers import assert_unauthenticated

pytestmark = [pytest.mark.django_db, pytest.mark.rfc("9864", "2.2")]

KEY = {**jwk("EdDSA"), "alg": "Ed25519"}


@pytest.fixture(params=["pasted", "at jwks_uri"])
def signer(request, register, secure_key_server) -> Signer:
    client = register("orders:read", auth_methods=["private_key_jwt"])
    if request.param == "pasted":
        add_client_keys(client.client, read_pasted_keys(json.dumps(KEY)), actor=ACTOR)
    else:
        secure_key_server.publish(KEY)
        type(client.client).objects.update(jwks_uri=secure_key_server.url)
    return Signer(client, private_key("EdDSA"), kid=KEY["kid"])


@pytest.mark.parametrize("name", ["Ed25519", "EdDSA"])
def test_assertion_may_call_the_algorithm_by_either_name(signer, post_token, name):
    assertion = assemble(signer.header(alg=name), signer.claims(), signer.key, "EdDSA")
    response = post_token(signer.form(assertion))
    assert response.status_code == 200, response.content


@pytest.mark.parametrize("name", ["Ed448", "ed25519"])
def test_other_name_is_refused(signer, post_token, name):
    assertion = assemble(signer.header(alg=name), signer.claims(), signer.key, "EdDSA")
    assert_unauthenticated(post_token(signer.form(assertion)), reason="wrong_algorithm")


def test_other_key_under_the_newer_name_is_refused(signer, post_token):
    other = private_key("EdDSA", 9)
    assertion = assemble(signer.header(alg="Ed25519"), signer.claims(), other, "EdDSA")
    assert_unauthenticated(post_token(signer.form(assertion)), reason="wrong_signature")
