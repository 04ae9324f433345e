import json
from datetime import timedelta

import pytest
from django.utils import timezone

from oauth_m2m.keys.pasted import read_pasted_keys
from oauth_m2m.operations.client_keys import add_client_keys, revoke_client_key
from oauth_m2m.operations.declarative.declared_keys import new_keys
from oauth_m2m.operations.declarative.document import Document
from tests.key_material import (
    PRIVATE_KEY_SENTENCE,
    certificate_pem,
    jwk_text,
    jwks_text,
    private_pem_text,
    public_pem,
)

PLACE = ("clients", "x")


def told(texts: list[str], client=None) -> tuple[list[str], list[tuple[str, str]]]:
    keys, faults = new_keys(Document({}), PLACE, texts, client)
    return [key.kid for key in keys], [(fault.where, fault.message) for fault in faults]


@pytest.fixture
def holder(register, actor):
    """A client that has the key "a"."""
    client = register().client
    add_client_keys(client, read_pasted_keys(jwk_text(0, kid="a")), actor=actor)
    return client


def test_each_text_may_have_several_keys_and_none_counts_twice():
    texts = [jwks_text("a", "b"), jwk_text(0, kid="a"), jwk_text(2, kid="c")]
    assert told(texts) == (["a", "b", "c"], [])


def test_key_that_the_client_has_is_not_new(holder):
    assert told([jwk_text(0, kid="a"), jwk_text(1, kid="b")], holder) == (["b"], [])


def test_key_that_ended_by_itself_is_no_fault(holder):
    holder.keys.update(expires_at=timezone.now() - timedelta(days=1))
    assert told([jwk_text(0, kid="a")], holder) == ([], [])


def test_revoked_key_is_not_brought_back(holder, actor):
    revoke_client_key(holder.keys.get(), actor=actor)
    message = "The key a was revoked: take it out of the file."
    assert told([jwk_text(0, kid="a")], holder) == ([], [("clients.x.keys[0]", message)])


def test_two_keys_of_one_id_are_refused(holder):
    message = "Another key of this client has the id a."
    fault = ("clients.x.keys[1]", message)
    assert told([jwk_text(0, kid="a"), jwk_text(1, kid="a")]) == (["a"], [fault])
    assert told([jwk_text(2, kid="b"), jwk_text(1, kid="a")], holder) == (["b"], [fault])


@pytest.mark.parametrize(
    "text, message",
    [
        pytest.param(
            "x", "Paste a JWK, a JWK Set, a PEM public key, or a PEM certificate.", id="x"
        ),
        pytest.param(json.dumps({"kty": "EC", "d": "x"}), PRIVATE_KEY_SENTENCE, id="private JWK"),
        pytest.param("{", "That is not valid JSON.", id="broken JSON"),
    ],
)
def test_text_without_a_public_key_is_refused(text: str, message: str):
    assert told([public_pem(), text])[1] == [("clients.x.keys[1]", message)]


def test_private_key_is_refused():
    assert told([private_pem_text()]) == ([], [("clients.x.keys[0]", PRIVATE_KEY_SENTENCE)])


def test_certificate_that_is_over_is_refused():
    begins = timezone.now() - timedelta(days=2)
    text = certificate_pem(days=1, begins=begins)
    assert told([text]) == ([], [("clients.x.keys[0]", "The certificate has expired.")])
