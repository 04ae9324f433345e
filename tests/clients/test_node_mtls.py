"""Mutual TLS of openid-client and oauth4webapi, through the nginx of docs/guides/mtls.md."""

from dataclasses import dataclass

import pytest
from cryptography import x509

from oauth_m2m.keys.pasted import read_pasted_keys
from oauth_m2m.models import AuditEvent, Client
from oauth_m2m.operations.client_keys import add_client_keys
from tests.certificates import Holder, make_certificate
from tests.connections import needs_other_processes

pytestmark = [pytest.mark.django_db(transaction=True), needs_other_processes]

SUBJECT = {"san_uri": "spiffe://example.com/orders"}


def issued_by(authority: Holder | None, uri: str = SUBJECT["san_uri"]) -> Holder:
    names = [x509.UniformResourceIdentifier(uri)]
    return make_certificate("CN=orders", names, issuer=authority)


@dataclass(frozen=True)
class Machine:
    """A client whose tokens are bound, with its certificate and one that is not its own."""

    client_id: str
    mine: Holder
    other: Holder


@pytest.fixture(params=["tls_client_auth", "self_signed_tls_client_auth"])
def machine(request, register, actor, authority: Holder) -> Machine:
    fields = {"auth_methods": [request.param], "requires_certificate": True}
    if request.param == "tls_client_auth":
        client = register("orders:read", tls_subject=SUBJECT, **fields)
        other = issued_by(authority, "spiffe://example.com/stock")
        return Machine(client.client_id, issued_by(authority), other)
    client, mine = register("orders:read", **fields), issued_by(None)
    add_client_keys(client.client, read_pasted_keys(mine.pem), actor=actor)
    return Machine(client.client_id, mine, issued_by(None))


def held(holder: Holder) -> dict[str, str]:
    return {"certificate": holder.pem, "key": holder.key_pem}


@pytest.mark.parametrize("token_format", ["opaque", "jwt"])
def test_libraries_get_bound_tokens_and_only_their_certificate_use_them(
    node, mtls_site, machine, token_format
):
    Client.objects.update(token_format=token_format)
    seen = node(
        "mtls.mjs",
        issuer=mtls_site.url,
        authority=mtls_site.certificate.read_text(),
        client_id=machine.client_id,
        mine=held(machine.mine),
        other=held(machine.other),
    )
    expected = {
        "bound": True,
        "answer": {"token_type": "bearer", "expires_in": 3600, "scope": "orders:read"},
        "statuses": {"mine": 200, "other": 401, "none": 401},
        "asked_again": {"mine": "a token", "other": 401, "none": 401},
    }
    assert seen == {"openid_client": expected, "oauth4webapi": expected}
    refused = AuditEvent.objects.filter(kind="token.refused").order_by("pk")
    assert list(refused.values_list("reason", flat=True)) == [
        *("certificate_of_another", "no_credentials"),
        *("certificate_of_another", "no_credentials"),
    ]
