"""Certificates that prove nobody: each is an invalid client, and the audit trail says why."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from django.test import Client as HttpClient
from django.utils import timezone

from oauth_m2m.keys.pasted import read_pasted_keys
from oauth_m2m.models import AccessToken, Client, ClientKey
from oauth_m2m.operations.client_keys import add_client_keys
from tests.certificates import BEHIND_PROXY, DAY, HEADER, PROXY, VERIFY, Holder, make_certificate
from tests.conftest import FORM, TOKEN_URL
from tests.rfc.answers import assert_unauthenticated

pytestmark = [pytest.mark.django_db, pytest.mark.rfc("8705", "2")]

SUBJECT = "CN=orders,O=Example"
MINE, OTHER = make_certificate(SUBJECT), make_certificate(SUBJECT)
OVER = make_certificate(SUBJECT, begins=-2 * DAY, ends=-DAY)
LATER = make_certificate(SUBJECT, begins=DAY, ends=2 * DAY)
STRANGER = "198.51.100.7"


@pytest.fixture(autouse=True)
def _behind_proxy(settings):
    settings.OAUTH_M2M = {**settings.OAUTH_M2M, **BEHIND_PROXY}


@pytest.fixture
def by_authority(register) -> Client:
    fields = {"auth_methods": ["tls_client_auth"], "tls_subject": {"subject_dn": SUBJECT}}
    return register("orders:read", **fields).client


@pytest.fixture
def by_itself(register, actor) -> Client:
    client = register("orders:read", auth_methods=["self_signed_tls_client_auth"]).client
    add_client_keys(client, read_pasted_keys(MINE.pem), actor=actor)
    return client


@dataclass(frozen=True)
class Presented:
    """A header, from whom it comes, and what its sender says of the certificate's chain."""

    header: str
    reason: str
    verified: str = "SUCCESS"
    address: str = PROXY
    before: Callable[[], Any] = bool

    def send(self, client: Client):
        self.before()
        body = f"grant_type=client_credentials&client_id={client.client_id}"
        headers = {HEADER: self.header, VERIFY: self.verified}
        sent = {"headers": headers, "REMOTE_ADDR": self.address}
        return HttpClient().post(TOKEN_URL, body, content_type=FORM, **sent)


def of(holder: Holder, reason: str, **more: Any) -> Presented:
    return Presented(holder.escaped, reason, **more)


def revoke() -> None:
    ClientKey.objects.update(revoked_at=timezone.now())


def expire() -> None:
    ClientKey.objects.update(expires_at=timezone.now())


UNREADABLE = {
    "from a stranger": of(MINE, "certificate_from_stranger", address=STRANGER),
    "nonsense": Presented("nonsense", "malformed_certificate"),
    "malformed PEM": Presented(MINE.escaped.replace("MII", "AAA", 1), "malformed_certificate"),
    "half a PEM": Presented(MINE.escaped[:-60], "malformed_certificate"),
    "two certificates": Presented(MINE.escaped + OTHER.escaped, "malformed_certificate"),
    "one certificate twice": Presented(MINE.escaped * 2, "malformed_certificate"),
    "two elements of Envoy": Presented(f"{MINE.xfcc},{OTHER.xfcc}", "malformed_certificate"),
}
OF_AN_AUTHORITY = {
    **UNREADABLE,
    "of another name": of(make_certificate("CN=stock"), "certificate_of_another"),
    "verified by nobody": of(MINE, "certificate_not_verified", verified="NONE"),
    "revoked": of(MINE, "certificate_not_verified", verified="FAILED:certificate revoked"),
    "expired, the proxy says": of(
        OVER, "certificate_not_verified", verified="FAILED:certificate has expired"
    ),
    "expired, the proxy says nothing": of(OVER, "certificate_expired"),
    "not yet valid": of(LATER, "not_yet_valid"),
}
REGISTERED = {
    **UNREADABLE,
    "another of the same name": of(OTHER, "certificate_of_another"),
    "revoked": of(MINE, "key_revoked", before=revoke),
    "expired": of(MINE, "key_expired", before=expire),
}


def assert_refused(client: Client, presented: Presented) -> None:
    event = assert_unauthenticated(presented.send(client), reason=presented.reason)
    assert event.client_identifier == client.client_id
    assert not AccessToken.objects.exists()


@pytest.mark.parametrize("presented", OF_AN_AUTHORITY.values(), ids=list(OF_AN_AUTHORITY))
def test_certificate_of_an_authority_that_is_not_good_is_refused(by_authority, presented):
    assert_refused(by_authority, presented)


@pytest.mark.parametrize("presented", REGISTERED.values(), ids=list(REGISTERED))
def test_registered_certificate_that_is_not_good_is_refused(by_itself, presented):
    assert_refused(by_itself, presented)


def test_good_ones_are_not(by_authority, by_itself):
    for client in (by_authority, by_itself):
        assert of(MINE, "").send(client).status_code == 200
