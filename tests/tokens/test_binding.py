"""What a token is bound to, and whether a request proves it."""

from datetime import timedelta

import pytest
from django.test import RequestFactory
from django.utils import timezone

from oauth_m2m.errors import InvalidClient, InvalidDPoPProof, InvalidToken, Reason
from oauth_m2m.tokens.binding import check_binding, confirmation_for
from oauth_m2m.values import AuthenticatedClient, VerifiedToken
from tests.certificates import BEHIND_PROXY, HEADER, make_certificate
from tests.proofs import jkt, proof, proof_for

pytestmark = pytest.mark.django_db

HOLDER = make_certificate()
CERTIFICATE, KEY = {"x5t#S256": HOLDER.thumbprint}, {"jkt": jkt()}


@pytest.fixture(autouse=True)
def _behind_proxy(settings):
    settings.OAUTH_M2M = {**settings.OAUTH_M2M, **BEHIND_PROXY}


def client(**changes: bool) -> AuthenticatedClient:
    wants = {"requires_dpop": False, "requires_certificate": False, "is_strict": False, **changes}
    return AuthenticatedClient(
        pk=7,
        client_id="billing",
        method="private_key_jwt",
        secret_pk=None,
        key_pk=None,
        scopes=(),
        token_format="",
        token_lifetime=None,
        **wants,
    )


def token(confirmation: dict | None) -> VerifiedToken:
    now = timezone.now()
    return VerifiedToken(
        client_id="billing",
        scopes=(),
        audience=(),
        issued_at=now,
        expires_at=now + timedelta(hours=1),
        confirmation=confirmation,
        client_pk=7,
    )


@pytest.mark.parametrize(
    "wants, with_proof, with_certificate, bound",
    [
        ({}, False, True, None),
        ({}, True, True, KEY),
        ({"requires_certificate": True}, False, True, CERTIFICATE),
        ({"requires_certificate": True}, False, False, None),
        ({"requires_certificate": True}, True, True, {**KEY, **CERTIFICATE}),
        ({"is_strict": True}, False, True, CERTIFICATE),
        ({"is_strict": True}, True, True, KEY),
        ({"is_strict": True}, False, False, None),
    ],
)
def test_token_is_bound_to_what_was_proven(wants, with_proof, with_certificate, bound):
    more = {"DPoP": proof()} if with_proof else {}
    sent = HOLDER.through_proxy(**more) if with_certificate else {"headers": more}
    assert confirmation_for(RequestFactory().post("/oauth/token", **sent), client(**wants)) == bound


def test_certificate_that_is_not_believed_binds_nothing():
    request = RequestFactory().post("/oauth/token", headers={HEADER: HOLDER.escaped})
    with pytest.raises(InvalidClient) as refused:
        confirmation_for(request, client(requires_certificate=True))
    assert refused.value.reason is Reason.CERTIFICATE_FROM_STRANGER
    assert (refused.value.client_id, refused.value.client_pk) == ("billing", 7)


def test_bad_proof_is_its_senders():
    request = RequestFactory().post("/oauth/token", headers={"DPoP": "nonsense"})
    with pytest.raises(InvalidDPoPProof) as refused:
        confirmation_for(request, client())
    assert (refused.value.client_id, refused.value.client_pk) == ("billing", 7)


@pytest.mark.parametrize(
    "confirmation, sent, is_dpop",
    [
        (None, {}, False),
        ({}, {}, False),
        (CERTIFICATE, HOLDER.through_proxy("NONE"), False),
    ],
    ids=["not bound", "bound to nothing", "certificate"],
)
def test_request_that_proves_it_passes(confirmation, sent, is_dpop):
    request = RequestFactory().get("/api/orders/", **sent)
    check_binding(token(confirmation), request, presented="abc", is_dpop=is_dpop)


def test_proof_of_the_key_passes():
    request = RequestFactory().get("/api/orders/", headers={"DPoP": proof_for("abc")})
    check_binding(token(KEY), request, presented="abc", is_dpop=True)


@pytest.mark.parametrize(
    "confirmation, is_dpop, reason",
    [
        (None, True, Reason.TOKEN_NOT_BOUND),
        (CERTIFICATE, True, Reason.TOKEN_NOT_BOUND),
        (CERTIFICATE, False, Reason.CERTIFICATE_MISSING),
        (KEY, False, Reason.PROOF_MISSING),
        (KEY, True, Reason.PROOF_MISSING),
        ({"jkt": "another"}, False, Reason.PROOF_MISSING),
        ({"x5u": "https://example.com"}, False, Reason.UNKNOWN_BINDING),
    ],
)
def test_request_that_proves_nothing_is_refused(confirmation, is_dpop, reason):
    request = RequestFactory().get("/api/orders/")
    with pytest.raises(InvalidToken) as refused:
        check_binding(token(confirmation), request, presented="abc", is_dpop=is_dpop)
    assert refused.value.reason is reason
    assert (refused.value.client_id, refused.value.client_pk) == ("billing", 7)


def test_proof_by_another_key_is_refused():
    request = RequestFactory().get("/api/orders/", headers={"DPoP": proof_for("abc", number=1)})
    with pytest.raises(InvalidToken) as refused:
        check_binding(token(KEY), request, presented="abc", is_dpop=True)
    assert refused.value.reason is Reason.PROOF_OF_ANOTHER


@pytest.mark.parametrize(
    "holder, verified", [(make_certificate(), "SUCCESS")], ids=["another certificate"]
)
def test_another_certificate_is_refused(holder, verified):
    request = RequestFactory().get("/api/orders/", **holder.through_proxy(verified))
    with pytest.raises(InvalidToken) as refused:
        check_binding(token(CERTIFICATE), request, presented="abc", is_dpop=False)
    assert refused.value.reason is Reason.CERTIFICATE_OF_ANOTHER


@pytest.mark.parametrize(
    "confirmation, address, reason",
    [
        (None, "198.51.100.7", Reason.CERTIFICATE_FROM_STRANGER),
        (CERTIFICATE, "198.51.100.7", Reason.CERTIFICATE_FROM_STRANGER),
        (CERTIFICATE, "192.0.2.1", Reason.MALFORMED_CERTIFICATE),
    ],
    ids=["stranger", "stranger with a bound token", "malformed"],
)
def test_certificate_that_is_not_believed_is_refused(confirmation, address, reason):
    headers = {HEADER: "nonsense"}
    request = RequestFactory().get("/api/orders/", headers=headers, REMOTE_ADDR=address)
    with pytest.raises(InvalidToken) as refused:
        check_binding(token(confirmation), request, presented="abc", is_dpop=False)
    assert refused.value.reason is reason
