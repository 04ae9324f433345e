"""The client's TLS certificate as its proof: by an authority's word, or registered itself."""

from datetime import timedelta
from urllib.parse import urlencode

import pytest
from django.test import RequestFactory
from django.utils import timezone

from oauth_m2m.client_auth import authenticate_client, tls_client_auth
from oauth_m2m.endpoint_request import EndpointRequest
from oauth_m2m.errors import InvalidClient, InvalidRequest, Reason
from oauth_m2m.keys.pasted import read_pasted_keys
from oauth_m2m.models import Client, ClientKey
from oauth_m2m.operations.client_keys import add_client_keys
from tests.certificates import BEHIND_PROXY, DAY, EVERY_NAME, HEADER, Holder, make_certificate
from tests.conftest import FORM

pytestmark = pytest.mark.django_db

HOLDER = make_certificate("CN=orders,O=Example", EVERY_NAME)
BOTH = ["tls_client_auth", "self_signed_tls_client_auth"]


@pytest.fixture(autouse=True)
def _behind_proxy(settings):
    settings.OAUTH_M2M = BEHIND_PROXY


@pytest.fixture
def by_authority(register) -> Client:
    """A client whose certificate an authority vouches for."""
    subject = {"subject_dn": "CN=orders,O=Example"}
    return register("a", auth_methods=["tls_client_auth"], tls_subject=subject).client


@pytest.fixture
def by_itself(register, actor) -> Client:
    """A client whose certificate is registered."""
    client = register("a", auth_methods=["self_signed_tls_client_auth"]).client
    add_client_keys(client, read_pasted_keys(HOLDER.pem), actor=actor)
    return client


def request(client_id: str = "", holder: Holder = HOLDER, verified: str = "SUCCESS", **body: str):
    form = urlencode(
        {
            "grant_type": "client_credentials",
            **body,
            **({"client_id": client_id} if client_id else {}),
        }
    )
    sent = RequestFactory().post("/", form, content_type=FORM, **holder.through_proxy(verified))
    return EndpointRequest.read(sent)


def refusal_of(asked: EndpointRequest) -> InvalidClient:
    with pytest.raises(InvalidClient) as refused:
        tls_client_auth.authenticate(asked)
    assert refused.value.client_id == asked.parameters["client_id"]
    return refused.value


def test_certificate_alone_is_an_attempt():
    assert tls_client_auth.presented_in(request("anyone"))
    assert tls_client_auth.presented_in(request())


@pytest.mark.parametrize(
    "body",
    [
        {"client_secret": "abc"},
        {"client_assertion": "abc"},
        {"client_assertion_type": "abc"},
    ],
    ids=lambda body: next(iter(body)),
)
def test_certificate_beside_another_proof_is_no_second_method(body):
    assert not tls_client_auth.presented_in(request("anyone", **body))


def test_certificate_beside_a_header_is_no_second_method():
    sent = HOLDER.through_proxy(Authorization="Basic YTpi")
    asked = RequestFactory().post("/", "a=b", content_type=FORM, **sent)
    assert not tls_client_auth.presented_in(EndpointRequest.read(asked))


def test_no_certificate_is_no_attempt():
    asked = RequestFactory().post("/", "client_id=a", content_type=FORM)
    assert not tls_client_auth.presented_in(EndpointRequest.read(asked))


@pytest.mark.parametrize(
    "address, reason",
    [
        ("198.51.100.7", Reason.CERTIFICATE_FROM_STRANGER),
        ("192.0.2.1", Reason.MALFORMED_CERTIFICATE),
    ],
    ids=["from a stranger", "malformed"],
)
def test_bad_certificate_is_an_attempt_that_fails(by_itself, address, reason):
    sent = {"REMOTE_ADDR": address, "headers": {HEADER: "nonsense"}}
    form = urlencode({"client_id": by_itself.client_id})
    asked = EndpointRequest.read(RequestFactory().post("/", form, content_type=FORM, **sent))
    assert tls_client_auth.presented_in(asked)
    assert refusal_of(asked).reason is reason


@pytest.mark.parametrize(
    "subject",
    [
        {"subject_dn": "CN=orders,O=Example"},
        {"san_dns": "orders.example.com"},
        {"san_uri": "spiffe://example.com/orders"},
        {"san_ip": "2001:db8::7"},
        {"san_email": "orders@example.com"},
    ],
    ids=lambda subject: next(iter(subject)),
)
def test_certificate_of_an_authority_is_known_by_one_name(by_authority, subject):
    Client.objects.update(tls_subject=subject)
    proven = tls_client_auth.authenticate(request(by_authority.client_id))
    assert (proven.client_id, proven.method) == (by_authority.client_id, "tls_client_auth")
    assert (proven.key_pk, proven.secret_pk) == (None, None)


@pytest.mark.parametrize(
    "subject",
    [
        {},
        {"subject_dn": "CN=orders"},
        {"san_dns": "example.com"},
        {"subject_dn": "CN=orders,O=Example", "san_dns": "orders.example.com"},
    ],
    ids=["none is registered", "part of the name", "parent domain", "two are registered"],
)
def test_certificate_with_another_name_is_refused(by_authority, subject):
    Client.objects.update(tls_subject=subject)
    refused = refusal_of(request(by_authority.client_id))
    assert refused.reason is Reason.CERTIFICATE_OF_ANOTHER
    assert refused.client_pk == by_authority.pk


@pytest.mark.parametrize("word", ["FAILED:unable to verify the first certificate", "NONE", ""])
def test_name_in_a_certificate_that_nobody_verified_is_refused(by_authority, word):
    refused = refusal_of(request(by_authority.client_id, verified=word))
    assert refused.reason is Reason.CERTIFICATE_NOT_VERIFIED


def test_registered_certificate_needs_no_authority(by_itself):
    asked = request(by_itself.client_id, verified="FAILED:self-signed certificate")
    proven = tls_client_auth.authenticate(asked)
    assert proven.method == "self_signed_tls_client_auth"
    assert proven.key_pk == ClientKey.objects.get().pk


def test_other_certificate_of_the_same_name_is_refused(by_itself):
    other = make_certificate("CN=orders,O=Example", EVERY_NAME)
    refused = refusal_of(request(by_itself.client_id, other))
    assert refused.reason is Reason.CERTIFICATE_OF_ANOTHER


def test_registered_certificate_of_another_client_is_refused(by_itself, register):
    other = register("a", auth_methods=BOTH)
    assert refusal_of(request(other.client_id)).reason is Reason.CERTIFICATE_OF_ANOTHER


def test_bare_key_with_the_id_of_a_certificate_is_not_that_certificate(by_itself):
    ClientKey.objects.update(sha256_thumbprint="")
    assert refusal_of(request(by_itself.client_id)).reason is Reason.CERTIFICATE_OF_ANOTHER


@pytest.mark.parametrize(
    "changes, reason",
    [
        ({"revoked_at": timezone.now()}, Reason.KEY_REVOKED),
        ({"expires_at": timezone.now() - timedelta(seconds=1)}, Reason.KEY_EXPIRED),
    ],
    ids=["revoked", "expired"],
)
def test_registration_that_is_over_is_refused(by_itself, changes, reason):
    ClientKey.objects.update(**changes)
    assert refusal_of(request(by_itself.client_id)).reason is reason
    # Nor does an authority's word bring it back.
    Client.objects.update(auth_methods=BOTH, tls_subject={"san_dns": "orders.example.com"})
    assert refusal_of(request(by_itself.client_id)).reason is reason


@pytest.mark.parametrize(
    "begins, ends, reason",
    [
        (-2 * DAY, -DAY, Reason.CERTIFICATE_EXPIRED),
        (DAY, 2 * DAY, Reason.NOT_YET_VALID),
    ],
    ids=["expired", "not yet valid"],
)
def test_certificate_out_of_its_time_is_refused(by_authority, begins, ends, reason):
    holder = make_certificate(begins=begins, ends=ends)
    assert refusal_of(request(by_authority.client_id, holder)).reason is reason


@pytest.mark.parametrize(
    "client_id, reason",
    [("nobody", Reason.UNKNOWN_CLIENT), ("\u00fc", Reason.MALFORMED_CLIENT_ID)],
    ids=["unknown", "malformed"],
)
def test_unknown_client_is_refused(by_authority, client_id, reason):
    assert refusal_of(request(client_id)).reason is reason


def test_client_id_is_required(by_authority):
    with pytest.raises(InvalidRequest) as refused:
        tls_client_auth.authenticate(request())
    assert refused.value.reason is Reason.MISSING_CLIENT_ID


def test_method_that_the_client_may_not_use_is_refused(by_authority, by_itself):
    Client.objects.filter(pk=by_authority.pk).update(auth_methods=["private_key_jwt"])
    Client.objects.filter(pk=by_itself.pk).update(auth_methods=["tls_client_auth"])
    for client in (by_authority, by_itself):
        refused = refusal_of(request(client.client_id))
        assert refused.reason is Reason.AUTH_METHOD_NOT_ALLOWED


@pytest.mark.parametrize(
    "allowed, accepted, method",
    [
        (BOTH, BOTH, "self_signed_tls_client_auth"),
        (BOTH[:1], BOTH, "tls_client_auth"),
        (BOTH, BOTH[:1], "tls_client_auth"),
    ],
    ids=["both", "client takes authorities only", "server takes authorities only"],
)
def test_registered_certificate_of_an_authority_proves_by_what_is_allowed(
    by_itself, settings, allowed, accepted, method
):
    settings.OAUTH_M2M = {**BEHIND_PROXY, "AUTH_METHODS": accepted}
    subject = {"san_dns": "orders.example.com"}
    Client.objects.update(auth_methods=allowed, tls_subject=subject)
    assert tls_client_auth.authenticate(request(by_itself.client_id)).method == method


def test_method_that_shares_its_proof_with_an_enabled_one_is_still_off(by_itself, settings):
    settings.OAUTH_M2M = {**BEHIND_PROXY, "AUTH_METHODS": ["tls_client_auth"]}
    with pytest.raises(InvalidClient) as refused:
        authenticate_client(request(by_itself.client_id))
    assert refused.value.reason is Reason.AUTH_METHOD_DISABLED
