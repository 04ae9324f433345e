"""RFC 7523: a client proves itself with an assertion that it signed."""

import hashlib
import hmac
import json
from datetime import timedelta
from typing import Any

import pytest
from django.http import HttpResponse
from django.utils import timezone

from oauth_m2m.keys.pasted import read_pasted_keys
from oauth_m2m.models import AccessToken, Client, ClientKey, SeenAssertion
from oauth_m2m.operations.client_keys import add_client_keys
from oauth_m2m.protocol import JWT_BEARER
from tests.assertions import ACTOR, Signer, register_signer
from tests.certificates import make_certificate
from tests.endpoints import basic
from tests.jose import ISSUER, assemble, b64, private_key, with_member
from tests.key_server import jwk
from tests.rfc.answers import assert_invalid_request, assert_unauthenticated

pytestmark = pytest.mark.django_db

ENDPOINT = f"{ISSUER}/oauth/token"
HOUR, SECOND = timedelta(hours=1), timedelta(seconds=1)


@pytest.fixture
def signer(register) -> Signer:
    return register_signer(register)


def assert_token(response: HttpResponse) -> None:
    assert response.status_code == 200, response.content
    answer = response.json()
    assert AccessToken.objects.count() == 1
    assert {**answer, "access_token": ""} == {
        "access_token": "",
        "token_type": "Bearer",
        "expires_in": 3600,
        "scope": "orders:read",
    }


@pytest.mark.rfc("7523", "2.2")
@pytest.mark.parametrize("names_itself", [True, False])
def test_assertion_gets_a_token(signer, post_token, names_itself):
    more = {"client_id": signer.client_id} if names_itself else {}
    assert_token(post_token(signer.form(**more)))


@pytest.mark.rfc("7523", "3")
@pytest.mark.parametrize(
    "claims",
    [
        pytest.param({"aud": ENDPOINT}, id="token endpoint as audience"),
        pytest.param({"aud": [ISSUER]}, id="list of one audience"),
        pytest.param({"aud": ["https://other.example", ENDPOINT]}, id="one of two audiences"),
        pytest.param({"exp": 299 * SECOND}, id="five minutes"),
        pytest.param({"exp": -5 * SECOND}, id="just over"),
        pytest.param({"iat": None}, id="no iat"),
        pytest.param({"iat": 10 * SECOND}, id="clock ahead of ours"),
        pytest.param({"nbf": -60 * SECOND}, id="nbf in the past"),
        pytest.param({"more": {"a": [1]}}, id="a claim of its own"),
    ],
)
def test_good_assertion_is_accepted(signer, post_token, claims):
    assert_token(post_token(signer.form(signer.sign(**claims))))


@pytest.mark.rfc("7523", "3")
@pytest.mark.parametrize(
    "longest, ends_in, reason",
    [
        pytest.param(600, 599 * SECOND, None, id="longer, within"),
        pytest.param(600, 700 * SECOND, "assertion_too_long_lived", id="longer, over"),
        pytest.param(60, 59 * SECOND, None, id="shorter, within"),
        pytest.param(60, 120 * SECOND, "assertion_too_long_lived", id="shorter, over"),
    ],
)
def test_setting_says_how_long_an_assertion_may_live(
    signer, post_token, settings, longest, ends_in, reason
):
    settings.OAUTH_M2M = {**settings.OAUTH_M2M, "ASSERTION_MAX_LIFETIME": longest}
    form = signer.form(signer.sign(exp=ends_in))
    if reason is not None:
        assert_unauthenticated(post_token(form), reason=reason)
        return
    assert_token(post_token(form))
    assert_unauthenticated(post_token(form), reason="replayed")
    assert SeenAssertion.objects.get().expires_at > timezone.now() + ends_in


@pytest.mark.rfc("7523", "5")
@pytest.mark.parametrize("algorithm", ["EdDSA", "RS256", "PS256"])
def test_each_kind_of_key_signs(register, post_token, algorithm):
    assert_token(post_token(register_signer(register, algorithm).form()))


@pytest.mark.rfc("7523", "3")
@pytest.mark.parametrize(
    "claims, reason",
    [
        pytest.param({"aud": "https://other.example"}, "wrong_audience", id="wrong aud"),
        pytest.param({"aud": ISSUER + "/"}, "wrong_audience", id="aud with a slash"),
        pytest.param({"aud": []}, "malformed_claims", id="empty list for aud"),
        pytest.param({"aud": None}, "malformed_claims", id="no aud"),
        pytest.param({"iss": "nobody", "sub": "nobody"}, "unknown_client", id="unknown client"),
        pytest.param({"iss": "other"}, "untrusted_issuer", id="wrong iss"),
        pytest.param({"sub": "other"}, "untrusted_issuer", id="wrong sub"),
        pytest.param({"iss": None}, "untrusted_issuer", id="no iss"),
        pytest.param({"iss": None, "sub": None}, "malformed_client_id", id="neither iss nor sub"),
        pytest.param({"iss": "a\0", "sub": "a\0"}, "malformed_client_id", id="NUL in iss and sub"),
        pytest.param({"exp": -40 * SECOND}, "assertion_expired", id="expired"),
        pytest.param({"exp": 400 * SECOND}, "assertion_too_long_lived", id="long-lived"),
        pytest.param({"exp": 253_402_300_799}, "assertion_too_long_lived", id="last moment"),
        pytest.param({"exp": None}, "malformed_claims", id="no exp"),
        pytest.param({"exp": "soon"}, "malformed_claims", id="exp is a string"),
        pytest.param({"jti": None}, "malformed_claims", id="no jti"),
        pytest.param({"jti": ""}, "malformed_claims", id="empty jti"),
        pytest.param({"jti": "\ud800"}, "malformed_token", id="jti is half a character"),
        pytest.param({"jti": 1}, "malformed_claims", id="jti is a number"),
        pytest.param({"nbf": 90 * SECOND}, "not_yet_valid", id="nbf in the future"),
        pytest.param({"iat": 90 * SECOND}, "not_yet_valid", id="iat in the future"),
    ],
)
def test_claims_that_are_not_right_are_refused(signer, post_token, claims, reason):
    assert_unauthenticated(post_token(signer.form(signer.sign(**claims))), reason=reason)
    assert not SeenAssertion.objects.exists()


def _hmac_with_public_key(signer: Signer) -> str:
    public = json.dumps(signer.row.public_jwk).encode()
    signed = assemble(signer.header(alg="HS256"), signer.claims(), signer.key).rpartition(".")[0]
    return f"{signed}.{b64(hmac.digest(public, signed.encode(), hashlib.sha256))}"


def _by_other(signer: Signer, **header: Any) -> str:
    return assemble(signer.header(**header), signer.claims(), private_key("ES256", 9))


FORGED = {
    "algorithm none": (
        lambda s: s.sign(s.header(alg="none")).rpartition(".")[0] + ".",
        "wrong_algorithm",
    ),
    "HMAC with the public key": (_hmac_with_public_key, "wrong_algorithm"),
    "another algorithm": (lambda s: s.sign(s.header(alg="ES384")), "wrong_algorithm"),
    "foreign key with our kid": (_by_other, "wrong_signature"),
    "foreign key without a kid": (lambda s: _by_other(s, kid=None), "unknown_key"),
    "unknown kid": (lambda s: s.sign(s.header(kid="other")), "unknown_key"),
    "NUL in the kid": (lambda s: _by_other(s, kid="a\0"), "unknown_key"),
    "embedded jwk": (lambda s: _by_other(s, jwk=jwk("ES256", 9)), "wrong_signature"),
    "embedded jwk alone": (lambda s: _by_other(s, kid=None, jwk=jwk(number=9)), "unknown_key"),
    "jku": (lambda s: _by_other(s, jku="https://evil.example/jwks"), "wrong_signature"),
    "x5u": (lambda s: _by_other(s, x5u="https://evil.example/cert"), "wrong_signature"),
    "x5c": (lambda s: _by_other(s, x5c=["AAAA"]), "wrong_signature"),
    "critical header": (lambda s: s.sign(s.header(crit=["b64"])), "critical_header"),
    "no JWT": (lambda _: "abc", "malformed_token"),
    "changed claims": (
        lambda s: s.sign().split(".")[0] + "." + ".".join(s.sign(more=1).split(".")[1:]) + "AAAA",
        "wrong_signature",
    ),
    "a claim twice": (
        lambda s: assemble(s.header(), with_member(s.claims(), f'"aud": "{ISSUER}"'), s.key),
        "malformed_token",
    ),
}


@pytest.mark.rfc("7523", "3")
@pytest.mark.rfc("8725", "3.1")
@pytest.mark.parametrize("forge, reason", FORGED.values(), ids=list(FORGED))
def test_forged_assertion_is_refused(signer, post_token, forge, reason):
    assert_unauthenticated(post_token(signer.form(forge(signer))), reason=reason)
    assert not SeenAssertion.objects.exists()
    assert_token(post_token(signer.form()))


@pytest.mark.rfc("7521", "4.2")
@pytest.mark.parametrize("missing", ["client_assertion", "client_assertion_type"])
def test_half_of_an_assertion_is_an_invalid_request(signer, post_token, missing):
    form = signer.form()
    del form[missing]
    assert_invalid_request(
        post_token(form),
        "client_assertion and client_assertion_type belong together.",
        reason="incomplete_assertion",
    )


@pytest.mark.rfc("7521", "4.2")
def test_another_kind_of_assertion_is_refused(signer, post_token):
    saml = JWT_BEARER.replace("jwt", "saml2")
    response = post_token(signer.form(client_assertion_type=saml))
    assert_unauthenticated(response, reason="unknown_assertion_type")


@pytest.mark.rfc("6749", "2.3")
@pytest.mark.parametrize("where", ["header", "body"])
def test_assertion_beside_a_secret_is_an_invalid_request(signer, post_token, where):
    registered = signer.registered
    response = (
        post_token(signer.form(), **basic(registered))
        if where == "header"
        else post_token(signer.form(**registered.credentials))
    )
    assert_invalid_request(
        response, "Use one client authentication method, not two.", reason="two_methods"
    )


@pytest.mark.rfc("7521", "4.2")
def test_another_client_id_is_an_invalid_request(signer, post_token):
    assert_invalid_request(
        post_token(signer.form(client_id="other")),
        "The client_id in the body is not the one in the assertion.",
        reason="assertion_of_another_client",
    )


@pytest.mark.parametrize(
    "changes, reason",
    [
        ({"revoked_at": timezone.now()}, "key_revoked"),
        ({"expires_at": timezone.now() - HOUR}, "key_expired"),
        ({"not_before": timezone.now() + HOUR}, "key_not_yet_valid"),
    ],
    ids=["revoked", "expired", "not yet valid"],
)
@pytest.mark.parametrize("named", [True, False], ids=["by its kid", "by trial"])
def test_key_that_does_not_work_now_is_refused(signer, post_token, changes, reason, named):
    ClientKey.objects.update(**changes)
    header = signer.header() if named else signer.header(kid=None)
    event = assert_unauthenticated(
        post_token(signer.form(signer.sign(header))), reason=reason if named else "unknown_key"
    )
    assert event.client_id == signer.client.pk


@pytest.mark.parametrize(
    "changes, reason",
    [
        ({"is_active": False}, "client_disabled"),
        ({"auth_methods": ["client_secret_basic"]}, "auth_method_not_allowed"),
        ({"allowed_networks": ["192.0.2.0/24"]}, "network_not_allowed"),
    ],
    ids=["disabled", "another method", "another network"],
)
def test_client_that_may_not_is_refused_and_its_assertion_is_not_used_up(
    signer, post_token, changes, reason
):
    before = Client.objects.values(*changes).get()
    assertion = signer.sign()
    Client.objects.update(**changes)
    event = assert_unauthenticated(post_token(signer.form(assertion)), reason=reason)
    assert event.client_id == signer.client.pk
    Client.objects.update(**before)
    assert_token(post_token(signer.form(assertion)))


def test_method_that_is_switched_off_is_refused(signer, post_token, settings):
    settings.OAUTH_M2M = {**settings.OAUTH_M2M, "AUTH_METHODS": ["client_secret_basic"]}
    assert_unauthenticated(post_token(signer.form()), reason="auth_method_disabled")


def test_without_an_issuer_there_is_no_audience(signer, post_token, settings):
    settings.OAUTH_M2M = {**settings.OAUTH_M2M, "ISSUER": ""}
    response = post_token(signer.form(signer.sign(aud="/oauth/token")))
    assert_unauthenticated(response, reason="wrong_audience")


@pytest.mark.rfc("7523", "3")
def test_assertion_works_once(signer, post_token):
    form = signer.form()
    assert_token(post_token(form))
    assert_unauthenticated(post_token(form), reason="replayed")
    seen = SeenAssertion.objects.get()
    assert seen.expires_at > timezone.now() + timedelta(seconds=60)


def test_two_clients_may_use_the_same_id(register, signer, post_token):
    other = register_signer(register)
    for one in (signer, other):
        assert post_token(one.form(one.sign(jti="1"))).status_code == 200


def test_key_is_found_by_trial_among_several(signer, post_token):
    for number in (1, 2):
        text = json.dumps(jwk("EdDSA" if number == 1 else "ES256", number))
        add_client_keys(signer.client, read_pasted_keys(text), actor=ACTOR)
    assert_token(post_token(signer.form(signer.sign(signer.header(kid=None)))))


def test_trial_tells_a_fault_that_no_other_key_can_mend(signer, post_token):
    assertion = signer.sign(signer.header(kid=None), exp=None)
    assert_unauthenticated(post_token(signer.form(assertion)), reason="malformed_claims")


@pytest.mark.rfc("7523", "3")
def test_certificate_is_found_by_its_thumbprint(register, post_token):
    holder = make_certificate()
    client = register("orders:read", auth_methods=["private_key_jwt"])
    add_client_keys(client.client, read_pasted_keys(holder.pem), actor=ACTOR)
    signer = Signer(client, holder.key)
    header = {"alg": "ES256", "x5t#S256": holder.thumbprint, "x5c": ["ignored"]}
    assert_token(post_token(signer.form(signer.sign(header))))
    header["x5t#S256"] = make_certificate().thumbprint
    assert_unauthenticated(post_token(signer.form(signer.sign(header))), reason="unknown_key")
