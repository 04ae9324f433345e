"""Signed tokens without the wire: what is signed, and what of it is believed."""

import logging
import re
from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from oauth_m2m.errors import InvalidToken, Reason, TemporarilyUnavailable
from oauth_m2m.keys.signing import forget_ring, signing_handle, verification_key
from oauth_m2m.models import SigningKey
from oauth_m2m.tokens.signed_jwt import issue, prove, sign, verified_claims
from oauth_m2m.values import Grant
from tests.jose import CLIENT_ID, ISSUER, good_claims, our_header, parts, signed_by_us

pytestmark = pytest.mark.django_db

MOMENT = datetime(2030, 1, 2, 3, 4, 5, 999_999, tzinfo=UTC)
GRANT = Grant(
    client_pk=1,
    client_id=CLIENT_ID,
    secret_pk=None,
    key_pk=None,
    scopes=("orders:read", "orders:write"),
    audience=("https://api.example.com",),
    token_format="jwt",
    lifetime=timedelta(minutes=10),
)


def granted(**changes) -> Grant:
    fields = {name: getattr(GRANT, name) for name in Grant.__slots__}
    return Grant(**{**fields, **changes})


def test_token_says_what_was_granted_and_nothing_else():
    header, claims = parts(issue(GRANT, MOMENT))
    assert header == {"alg": "ES256", "typ": "at+jwt", "kid": signing_handle("ES256").kid}
    assert re.fullmatch(r"999999\.[A-Za-z0-9_-]{22}", claims.pop("jti"))
    assert claims == {
        "iss": ISSUER,
        "sub": CLIENT_ID,
        "aud": "https://api.example.com",
        "client_id": CLIENT_ID,
        "scope": "orders:read orders:write",
        "iat": int(MOMENT.timestamp()),
        "exp": int(MOMENT.timestamp()) + 600,
    }


@pytest.mark.parametrize(
    "audience, expected",
    [
        ((), ISSUER),
        (("https://a.example",), "https://a.example"),
        (("https://a.example", "https://b.example"), ["https://a.example", "https://b.example"]),
    ],
    ids=["none", "one", "two"],
)
def test_audience_is_a_string_or_a_list_and_the_issuer_when_nothing_is_said(audience, expected):
    assert parts(issue(granted(audience=audience), MOMENT))[1]["aud"] == expected


def test_bound_token_says_what_it_is_bound_to(register):
    register("orders:read", client_id=CLIENT_ID)
    presented = issue(granted(confirmation={"jkt": "a key"}), timezone.now())
    assert parts(presented)[1]["cnf"] == {"jkt": "a key"}
    assert prove(presented).confirmation == {"jkt": "a key"}
    assert prove(issue(GRANT, timezone.now())).confirmation is None


@pytest.mark.parametrize("cnf", ["jkt", ["jkt"], 1, True], ids=repr)
def test_binding_that_is_no_object_is_refused(cnf):
    with pytest.raises(InvalidToken) as refused:
        prove(signed_by_us(our_header(), good_claims(cnf=cnf)))
    assert refused.value.reason is Reason.MALFORMED_CLAIMS


def test_two_tokens_have_two_ids():
    assert len({parts(issue(GRANT, MOMENT))[1]["jti"] for _ in range(2)}) == 2


def test_token_is_never_issued_after_its_own_end():
    claims = parts(issue(granted(lifetime=timedelta(seconds=1)), MOMENT))[1]
    assert claims["exp"] - claims["iat"] == 1


def test_moment_of_issue_is_known_to_the_microsecond(register):
    register("orders:read", client_id=CLIENT_ID)
    now = timezone.now()
    assert prove(issue(GRANT, now)).issued_at == now


@pytest.mark.parametrize("jti", ["", "abc", "12345.a", "1234567.a", "12345x.a", "١٢٣٤٥٦.a"])
def test_token_id_of_another_form_leaves_the_whole_second(register, jti):
    register("orders:read", client_id=CLIENT_ID)
    claims = good_claims(jti=jti)
    token = prove(signed_by_us(our_header(), claims))
    assert token.issued_at == datetime.fromtimestamp(claims["iat"], UTC)


def test_without_an_issuer_nothing_is_signed(settings, caplog):
    settings.OAUTH_M2M = {**settings.OAUTH_M2M, "ISSUER": ""}
    with pytest.raises(TemporarilyUnavailable) as refused:
        sign({}, "at+jwt")
    assert refused.value.reason is Reason.ISSUER_MISSING
    assert caplog.messages == [
        "signed tokens need OAUTH_M2M['ISSUER']: set it to this server's public URL"
    ]
    assert not SigningKey.objects.exists()


def add_claims(*, client_id, scopes, audience):
    return {"tenant": f"{client_id} {scopes} {audience}"}


def add_nothing(**_arguments):
    return None


def add_registered(**_arguments):
    return {**dict.fromkeys(["sub", "scope", "nbf", "cnf"], "a lie"), "tenant": "acme"}


def configure(settings, hook) -> None:
    settings.OAUTH_M2M = {**settings.OAUTH_M2M, "EXTRA_CLAIMS": hook}


def test_hook_is_told_the_grant_and_adds_claims(settings):
    configure(settings, f"{__name__}.add_claims")
    expected = f"{CLIENT_ID} {GRANT.scopes} {GRANT.audience}"
    assert parts(issue(GRANT, MOMENT))[1]["tenant"] == expected


def test_hook_may_add_nothing(settings):
    configure(settings, add_nothing)
    assert set(parts(issue(GRANT, MOMENT))[1]) == set(good_claims())


def test_registered_claims_of_the_hook_are_left_out_and_logged(settings, caplog):
    configure(settings, add_registered)
    claims = parts(issue(GRANT, MOMENT))[1]
    assert (claims["sub"], claims["scope"]) == (CLIENT_ID, "orders:read orders:write")
    assert not {"nbf", "cnf"} & claims.keys()
    assert claims["tenant"] == "acme"
    assert caplog.messages == ["EXTRA_CLAIMS may not set cnf, nbf, scope, sub: ignored"]


def test_proven_token_has_what_the_claims_say(register):
    client = register("orders:read", client_id=CLIENT_ID).client
    claims = good_claims(aud=["a", "b"], scope="x y")
    token = prove(signed_by_us(our_header(), claims))
    assert token.scopes == ("x", "y")
    assert token.audience == ("a", "b")
    assert token.issued_at == datetime.fromtimestamp(claims["iat"], UTC)
    assert token.expires_at == datetime.fromtimestamp(claims["exp"], UTC)
    assert token.claims == claims
    assert (token.client.pk, token.client.client_id) == (client.pk, CLIENT_ID)
    assert (token.is_revoked, token.row_pk) == (False, None)


def test_expired_token_is_proven_all_the_same(register):
    register("orders:read", client_id=CLIENT_ID)
    now = timezone.now()
    claims = good_claims(iat=0, exp=1)
    assert prove(signed_by_us(our_header(), claims)).expires_at < now


def test_token_without_a_scope_has_none(register):
    register("orders:read", client_id=CLIENT_ID)
    assert prove(signed_by_us(our_header(), good_claims(scope=None))).scopes == ()


def test_token_of_a_client_that_does_not_exist_is_refused():
    with pytest.raises(InvalidToken) as refused:
        prove(signed_by_us(our_header(), good_claims()))
    assert refused.value.reason is Reason.UNKNOWN_CLIENT
    assert refused.value.client_id == CLIENT_ID


def test_claims_of_another_issuer_are_refused_whatever_key_signed_them():
    presented = signed_by_us(our_header(), good_claims())
    assert verified_claims(presented, ISSUER, verification_key) == parts(presented)[1]
    with pytest.raises(InvalidToken) as refused:
        verified_claims(presented, "https://other.example.com", verification_key)
    assert refused.value.reason is Reason.MALFORMED_CLAIMS


@pytest.mark.parametrize("algorithm", ["ES256", "EdDSA", "RS256", "PS256"])
def test_token_of_each_algorithm_is_proven(register, settings, algorithm):
    register("orders:read", client_id=CLIENT_ID)
    settings.OAUTH_M2M = {**settings.OAUTH_M2M, "SIGNING_ALGORITHM": algorithm}
    forget_ring()
    presented = issue(GRANT, timezone.now())
    assert parts(presented)[0]["alg"] == algorithm
    assert prove(presented).scopes == GRANT.scopes


def test_key_and_token_are_not_logged(register, caplog):
    caplog.set_level(logging.DEBUG)
    register("orders:read", client_id=CLIENT_ID)
    presented = issue(GRANT, timezone.now())
    prove(presented)
    assert presented not in caplog.text
    assert presented.rpartition(".")[2] not in caplog.text
