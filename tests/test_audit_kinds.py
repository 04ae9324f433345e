"""docs/reference/audit-kinds.md explains each kind that the code writes, with its detail."""

import re
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlencode

import pytest
from django.utils import timezone

import oauth_m2m
from oauth_m2m.audit_kinds import AUDIT_KINDS
from oauth_m2m.keys.pasted import read_pasted_keys
from oauth_m2m.models import AuditEvent, ResourceServer, Scope, TrustedIssuer, WorkloadIdentity
from oauth_m2m.operations import (
    client_keys,
    clients,
    credentials,
    federation,
    leaks,
    resources,
    tokens,
)
from oauth_m2m.operations.audit_seals import clear_sealed_events, seal_events
from oauth_m2m.operations.hand_overs import (
    SecretTerms,
    claim_hand_over,
    offer_hand_over,
    withdraw_hand_over,
)
from oauth_m2m.operations.signing_keys import rotate_signing_keys
from oauth_m2m.refusals import flush
from tests.conftest import Registered
from tests.key_material import jwk_text

PACKAGE = Path(oauth_m2m.__file__).parent
PAGE = PACKAGE.parent / "docs" / "reference" / "audit-kinds.md"
ROW = re.compile(r"^\| `([a-z_.]+)` \| .+ \| (.*)\|$", re.MULTILINE)
# Their verb is put behind the subject when the row is written.
MADE_OF_TWO = {
    *(f"{row}.{verb}" for row in ("scope", "resource_server") for verb in ("created", "changed")),
    *(f"{row}.deleted" for row in ("scope", "resource_server")),
    *(
        f"{row}.{verb}"
        for row in ("trusted_issuer", "workload_identity")
        for verb in ("created", "changed")
    ),
}


def documented() -> dict[str, str]:
    return dict(ROW.findall(PAGE.read_text()))


def test_page_has_the_kinds_that_exist():
    assert sorted(documented()) == sorted(AUDIT_KINDS)


def test_every_kind_that_the_code_writes_is_listed():
    subjects = "|".join({kind.partition(".")[0] for kind in AUDIT_KINDS})
    kind = re.compile(rf'"((?:{subjects})\.[a-z_]+)"')
    lists = {"audit_kinds.py", "log_events.py"}  # log lines are named in the same way
    sources = [path for path in PACKAGE.rglob("*.py") if path.name not in lists]
    written = {found for path in sources for found in kind.findall(path.read_text())}
    assert sorted(written | MADE_OF_TWO) == sorted(AUDIT_KINDS)


@pytest.fixture
def written(registered: Registered, actor, get_token, http, settings) -> dict[str, set[str]]:
    """Do what leaves a row of each kind; return the keys of its detail."""
    client = registered.client
    token = get_token(registered)
    change_client(client, actor)
    credentials.import_secret(client, digest="0" * 64, algorithm="sha256", source="x", actor=actor)
    found = leaks.find_credential(registered.secret)
    leaks.report_leak(found, actor=actor, revoke=False, source="stdin")
    credentials.rotate_secret(client, actor=actor)
    [key] = client_keys.add_client_keys(client, read_pasted_keys(jwk_text()), actor=actor)
    client_keys.revoke_client_key(key, actor=actor)
    credentials.revoke_secret(client.secrets.first(), actor=actor)
    hand_over(client, actor)
    http.get("/oauth/hand-over/x")
    tokens.import_tokens(client, [], source="another server", actor=actor)
    tokens.revoke_token(client.access_tokens.get(), actor=actor)
    tokens.revoke_client_tokens(client, actor=actor)
    switched_on = {"SECRET_SCANNING": "notify", "CLIENT_ROTATION": "overlap"}
    settings.OAUTH_M2M = {**settings.OAUTH_M2M, **switched_on}
    propose_and_use(client, actor, http)
    for path in ("token", "introspect", "revoke", "secret-scanning", "rotate-secret"):
        http.post(f"/oauth/{path}")
    http.get("/api/orders/", headers={"Authorization": f"Bearer {token}"})
    flush()
    rotate_signing_keys(actor=actor, algorithm="ES256", announce=timedelta(0))
    change_resources(actor)
    change_federation(client, actor)
    clients.delete_client(client, actor=actor)
    events = list(AuditEvent.objects.order_by("pk"))
    list(seal_events())
    list(clear_sealed_events(before=timezone.now(), actor=actor))
    return {event.kind: set(event.detail) for event in (*events, AuditEvent.objects.get())}


def propose_and_use(client, actor, http) -> None:
    fields = {"client_id": client.client_id, "grant_type": "client_credentials"}
    fields["client_secret"] = credentials.add_secret(client, actor=actor).clear_secret
    for path in ("rotate-secret", "token"):
        form = "application/x-www-form-urlencoded"
        answer = http.post(f"/oauth/{path}", urlencode(fields), content_type=form).json()
        fields["client_secret"] = answer.get("client_secret", "")


def change_client(client, actor) -> None:
    client.name = "Another name"
    scopes = {grant.scope: grant.is_default for grant in client.scope_grants.all()}
    clients.update_client(client, scopes=scopes, groups=[], actor=actor)
    clients.disable_client(client, actor=actor)
    clients.enable_client(client, actor=actor)


def hand_over(client, actor) -> None:
    first, second = (offer_hand_over(client, SecretTerms(), actor=actor) for _ in range(2))
    claim_hand_over(first.url.rpartition("/")[2], address=None)
    withdraw_hand_over(client.hand_overs.get(pk=second.pk), actor=actor)


def change_resources(actor) -> None:
    for row, field, value in (
        (Scope(name="a"), "name", "b"),
        (
            ResourceServer(identifier="https://a.example.com", name="A"),
            "identifier",
            "https://b.io",
        ),
    ):
        resources.save_resource(row, actor=actor)
        setattr(row, field, value)
        resources.save_resource(row, actor=actor)
        resources.delete_resource(row, actor=actor)


def change_federation(client, actor) -> None:
    issuer = TrustedIssuer(
        name="GitHub", issuer="https://issuer.example.com", jwks_uri="https://issuer.example.com/k"
    )
    federation.save_trusted_issuer(issuer, actor=actor)
    federation.save_trusted_issuer(issuer, actor=actor)
    identity = WorkloadIdentity(issuer=issuer, client=client, subject="repo:acme/orders:x")
    federation.save_workload_identity(identity, actor=actor)
    federation.save_workload_identity(identity, actor=actor)
    federation.delete_workload_identity(identity, actor=actor)
    federation.delete_trusted_issuer(issuer, actor=actor)


@pytest.mark.django_db
def test_detail_of_each_kind_has_the_keys_on_the_page(written):
    assert written.keys() == set(AUDIT_KINDS)
    for kind, keys in written.items():
        always, _, sometimes = documented()[kind].partition("[")
        if kind == "client.changed":
            assert keys == {"name"}
            continue
        required, optional = (set(re.findall(r"`(\w+)`", part)) for part in (always, sometimes))
        assert required <= keys <= required | optional, kind
