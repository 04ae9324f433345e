import json

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from oauth_m2m import protocol
from oauth_m2m.keys.pasted import read_pasted_keys
from oauth_m2m.models import Client, ResourceServer, Scope, TrustedIssuer, WorkloadIdentity
from oauth_m2m.operations.client_keys import add_client_keys
from oauth_m2m.operations.clients import create_client
from oauth_m2m.operations.credentials import add_secret
from oauth_m2m.operations.declarative.exporting import export_rows
from oauth_m2m.operations.declarative.planning import plan_document
from oauth_m2m.operations.declarative.toml_text import read_toml, write_toml
from oauth_m2m.operations.declarative.yaml_text import read_yaml, write_yaml
from oauth_m2m.values import Actor
from tests.key_material import certificate_pem, jwk_text

pytestmark = pytest.mark.django_db

CHARACTERS = st.characters(exclude_categories=["Cs"], exclude_characters="\x00")
TEXTS = st.text(CHARACTERS, max_size=20)
NUMBERS = st.integers(-(2**62), 2**62) | st.floats(-1e15, 1e15)
METADATA = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=6,
)
CLIENTS = st.builds(
    Client,
    name=st.text(CHARACTERS, min_size=1, max_size=20),
    description=TEXTS,
    metadata=METADATA.filter(lambda value: value is not None),
    is_active=st.booleans(),
    requires_dpop=st.booleans(),
    token_format=st.sampled_from(["", "opaque", "jwt"]),
    token_lifetime=st.none() | st.integers(1, 10_000),
    profile=st.sampled_from(["", "fapi2"]),
    auth_methods=st.lists(
        st.sampled_from([*protocol.SECRET_METHODS, protocol.WORKLOAD_IDENTITY]),
        min_size=1,
        unique=True,
    ),
    allowed_networks=st.lists(st.sampled_from(["10.0.0.0/8", "::1/128"]), unique=True),
    rate_limit=st.sampled_from(["", "5/s"]),
    tls_subject=st.sampled_from([{}, {"san_dns": "a.example.com"}]),
)


def nothing_to_do(content) -> bool:
    documents = [read_toml(write_toml(content)), read_yaml(write_yaml(content))]
    return all(plan_document(document).steps == () for document in documents)


@given(client=CLIENTS, secrets=st.integers(0, 2), scopes=st.dictionaries(TEXTS, st.booleans()))
@hypothesis_settings(
    max_examples=15,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_export_of_any_client_leaves_nothing_to_do(db, client, secrets: int, scopes):
    actor = Actor("the tests")
    granted = {
        Scope.objects.get_or_create(name=f"s{len(name)}")[0]: is_default
        for name, is_default in scopes.items()
    }
    Client.objects.bulk_create([client])
    for scope, is_default in granted.items():
        client.scope_grants.create(scope=scope, is_default=is_default)
    for _ in range(secrets):
        add_secret(client, actor=actor)
    assert nothing_to_do(export_rows([client.client_id]))


@pytest.fixture
def full(actor) -> Client:
    """A client that names one of everything, and a row that nobody names."""
    server = ResourceServer.objects.create(identifier="urn:r", name="R")
    scope = Scope.objects.create(name="a", resource_server=server)
    Scope.objects.create(name="unused")
    issuer = TrustedIssuer.objects.create(
        issuer="https://i", name="I", jwks_uri="https://i.example/k"
    )
    client = Client(client_id="x", name="x", metadata={"a": None})
    create_client(
        client, scopes={scope: True}, resource_servers=[server], introspects=[server], actor=actor
    )
    WorkloadIdentity.objects.create(issuer=issuer, client=client, subject="s")
    add_client_keys(client, read_pasted_keys(jwk_text(kid="k")), actor=actor)
    add_client_keys(client, read_pasted_keys(certificate_pem(number=1)), actor=actor)
    add_secret(client, actor=actor)
    add_secret(client, actor=actor)
    return client


def test_export_of_a_client_has_what_it_names(full):
    content = export_rows(["x"])
    [certificate] = full.keys.exclude(certificate="")
    keys = {certificate.certificate, json.dumps(full.keys.get(kid="k").public_jwk)}
    assert {*content["clients"]["x"].pop("keys")} == keys
    assert content == {
        "resource_servers": {"urn:r": {"name": "R"}},
        "scopes": {"a": {"resource_server": "urn:r"}},
        "trusted_issuers": {"https://i": {"name": "I", "jwks_uri": "https://i.example/k"}},
        "clients": {
            "x": {
                "scopes": ["a"],
                "secrets": 1,
                "workload_identities": [{"issuer": "https://i", "subject": "s"}],
                "resource_servers": ["urn:r"],
                "introspects": ["urn:r"],
                "metadata": '{"a": null}',
            }
        },
    }


def test_export_of_everything_leaves_nothing_to_do(full):
    content = export_rows()
    assert set(content["scopes"]) == {"a", "unused"}
    assert nothing_to_do(content)


def test_empty_server_exports_an_empty_file():
    assert export_rows() == {}
    assert (write_toml({}), write_yaml({})) == ("", "")


def test_scope_of_no_server_is_exported_with_its_client(register):
    register("a", client_id="x")
    assert export_rows(["x"])["scopes"] == {"a": {}}
