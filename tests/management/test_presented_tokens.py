import re
from io import BytesIO, StringIO, TextIOWrapper

import pytest
from django.core.management.base import CommandError, OutputWrapper

from oauth_m2m.credential_format import generate_secret, generate_token
from oauth_m2m.hashing import digest_credential
from oauth_m2m.keys.signing import forget_ring
from oauth_m2m.management.presented_tokens import read_token, recognised_token
from oauth_m2m.models import AccessToken, Client, SigningKey
from oauth_m2m.operations.tokens import revoke_proven_token
from oauth_m2m.tokens.proven import ProvenToken
from oauth_m2m.tokens.revocation import forget_facts
from tests.management.conftest import Terminal

FOREIGN_JWT = "eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJiaWxsaW5nIn0.c2lnbmF0dXJl"


def read(source) -> tuple[str, str]:
    prompt = StringIO()
    return read_token(source, OutputWrapper(prompt)), prompt.getvalue()


@pytest.mark.parametrize("text", ["m2mt_x", "m2mt_x\n", "  m2mt_x \r\n\n"])
def test_token_is_read_without_the_space_around_it(text):
    assert read(StringIO(text)) == ("m2mt_x", "")


def test_terminal_is_asked_and_read_to_the_end_of_the_line():
    source = Terminal("m2mt_x\nnext\n")
    assert read(source) == ("m2mt_x", "Paste the access token and press Enter.\n")
    assert source.read() == "next\n"


@pytest.mark.parametrize(
    "source",
    [
        pytest.param(StringIO(""), id="nothing"),
        pytest.param(StringIO(" \n"), id="blank"),
        pytest.param(StringIO("m2mt_x\nm2mt_y\n"), id="two tokens"),
        pytest.param(StringIO("Bearer m2mt_x"), id="a whole header"),
        pytest.param(TextIOWrapper(BytesIO(b"\xff\xfe"), encoding="utf-8"), id="bytes"),
    ],
)
def test_anything_but_one_token_is_refused(source):
    with pytest.raises(CommandError) as caught:
        read(source)
    assert str(caught.value) == (
        "Standard input must hold one access token and nothing else. Nothing was revoked."
    )


def test_token_of_ours_is_found(registered, get_token):
    get_token(registered)
    token = get_token(registered)
    assert recognised_token(token) == AccessToken.objects.get(token_hash=digest_credential(token))


def test_imported_token_of_another_form_is_found(registered, get_token):
    get_token(registered)
    AccessToken.objects.update(token_hash=digest_credential("from-another-server"))
    assert recognised_token("from-another-server") == AccessToken.objects.get()


@pytest.fixture
def signed(register, get_token):
    """Return a signed token of the client billing."""
    return get_token(register("orders:read", client_id="billing", token_format="jwt"))


def test_signed_token_of_ours_is_proven(signed):
    token = recognised_token(signed)
    assert isinstance(token, ProvenToken)
    assert (token.client.client_id, token.scopes) == ("billing", ("orders:read",))


def test_revoked_signed_token_is_found_by_its_row(signed, actor):
    revoke_proven_token(recognised_token(signed), signed, actor=actor)
    assert recognised_token(signed) == AccessToken.objects.get()


def without_key(token: str) -> str:
    SigningKey.objects.all().delete()
    forget_ring()
    return token


def without_client(token: str) -> str:
    Client.objects.all().delete()
    forget_facts()
    return token


def with_another_signature(token: str) -> str:
    head, _, signature = token.rpartition(".")
    return f"{head}.{signature[::-1]}"


DAMAGED = "This looks like a signed token (JWT) of this server, but it is damaged or forged;"


@pytest.mark.parametrize(
    "change, meaning",
    [
        pytest.param(
            without_key,
            "This signed token (JWT) names a key that this server does not have, or not any more;",
            id="its key is gone",
        ),
        pytest.param(
            without_client,
            "The client of this signed token (JWT) was deleted;",
            id="its client is gone",
        ),
        pytest.param(with_another_signature, DAMAGED, id="another signature"),
    ],
)
def test_signed_token_that_no_api_accepts_is_explained(signed, change, meaning):
    with pytest.raises(CommandError) as caught:
        recognised_token(change(signed))
    assert str(caught.value) == f"{meaning} no API of this server accepts it. Nothing was revoked."


@pytest.mark.django_db
@pytest.mark.parametrize(
    "presented, meaning",
    [
        pytest.param(
            generate_token("m2mt_"),
            "This token is not in the database: it expired and was cleared away, or another server"
            " issued it.",
            id="a token that is not stored",
        ),
        pytest.param(
            generate_token("m2mt_")[:-1],
            "This looks like a token of this server, but a part is missing or mistyped.",
            id="a damaged token",
        ),
        pytest.param(
            FOREIGN_JWT,
            "This is a signed token (JWT) of another issuer than the setting ISSUER names: revoke"
            " it where it was issued.",
            id="a foreign signed token",
        ),
        pytest.param(
            "m2ms_damaged",
            "This is a client secret, not an access token; end it with"
            ' "python manage.py m2m_revoke --secret KEY_ID".',
            id="a damaged secret",
        ),
        pytest.param("eyJ.x", "This is not an access token of this server.", id="half a JWT"),
        pytest.param("foreign", "This is not an access token of this server.", id="foreign"),
        pytest.param("\udcff", "This is not an access token of this server.", id="stray bytes"),
    ],
)
def test_what_is_no_stored_token_is_explained_and_not_repeated(presented, meaning):
    with pytest.raises(CommandError) as caught:
        recognised_token(presented)
    assert str(caught.value) == f"{meaning} Nothing was revoked."


@pytest.mark.django_db
def test_client_secret_is_explained_with_its_key_id():
    secret, key_id = generate_secret("m2ms_")
    with pytest.raises(CommandError) as caught:
        recognised_token(secret)
    message = str(caught.value)
    assert re.search(r'"python manage.py m2m_revoke --secret (\w+)"', message)[1] == key_id
    assert secret[14:] not in message
