"""Tokens of Keycloak, Auth0 and Entra, with real keys over a real socket."""

import logging
from datetime import timedelta

import pytest
from django.contrib.auth.models import Group, Permission
from django.utils import timezone

from oauth_m2m.conf import m2m_settings
from oauth_m2m.errors import InvalidToken, Reason
from oauth_m2m.remote_issuers import remote_issuers
from oauth_m2m.resource_server.principal import principal_of
from oauth_m2m.resource_server.remote import remote_issuer_of, verify_remote
from oauth_m2m.resource_server.remote_claims import token_of
from oauth_m2m.values import VerifiedToken
from tests import remote_shapes as shapes
from tests.key_server import KeyServer, running_key_server
from tests.remote_shapes import (
    API,
    API_GUID,
    AUTH0,
    CLIENT_GUID,
    ENTRA_V1,
    ENTRA_V2,
    KEYCLOAK,
    token,
)

ROLES = ["resource_access", "orders-api", "roles"]
AUTH0_CLIENT = "K1AUPhZq8mRi0Q0pjhkfu1D7y6KjDQja"


@pytest.fixture
def server():
    with running_key_server() as server:
        server.publish(*shapes.key_set())
        yield server


@pytest.fixture(autouse=True)
def _listed(settings, server: KeyServer):
    kinds = {
        KEYCLOAK: {"kind": "keycloak", "audience": API, "scope_claims": ["scope", ROLES]},
        AUTH0: {"kind": "auth0", "audience": API},
        ENTRA_V1: {"kind": "entra", "audience": [API_GUID, f"api://{API_GUID}"]},
        ENTRA_V2: {"kind": "entra", "audience": API_GUID},
    }
    issuers = {issuer: {**entry, "jwks_uri": server.url} for issuer, entry in kinds.items()}
    issuers[KEYCLOAK]["groups"] = [
        {"clients": "order-robot", "groups": "Robots"},
        {"claim": ["realm_access", "roles"], "value": "warehouse", "groups": ["Stock", "Robots"]},
        {"clients": "another", "groups": "Others"},
        {"claim": "typ", "value": "DPoP", "groups": "Others"},
        {"claim": ["azp", "roles"], "value": "x", "groups": "Others"},
    ]
    settings.OAUTH_M2M = {**settings.OAUTH_M2M, "REMOTE_ISSUERS": issuers}


def verified(presented: str) -> VerifiedToken:
    issuer = remote_issuer_of(presented)
    assert issuer is not None
    return verify_remote(presented, issuer)


ACCEPTED = {
    "Keycloak": (
        shapes.keycloak,
        "JWT",
        f"{KEYCLOAK}#order-robot",
        ("profile", "email", "orders:list", "orders:read"),
    ),
    "Auth0": (shapes.auth0, "JWT", f"{AUTH0}#{AUTH0_CLIENT}", ("orders:read", "orders:list")),
    "Auth0 by RFC 9068": (
        shapes.auth0_rfc9068,
        "at+jwt",
        f"{AUTH0}#{AUTH0_CLIENT}",
        ("orders:read", "orders:list"),
    ),
    "Entra version 1": (shapes.entra_v1, "JWT", f"{ENTRA_V1}#{CLIENT_GUID}", ("Order.Reader",)),
    "Entra version 2": (shapes.entra_v2, "JWT", f"{ENTRA_V2}#{CLIENT_GUID}", ("Order.Reader",)),
}


@pytest.mark.parametrize("claims, typ, client_id, scopes", ACCEPTED.values(), ids=ACCEPTED)
def test_token_of_a_machine_is_accepted(claims, typ, client_id, scopes):
    made = claims()
    token_ = verified(token(made, typ))
    assert (token_.client_id, token_.scopes) == (client_id, scopes)
    assert (token_.issuer, token_.claims) == (made["iss"], made)
    assert token_.audience == ((made["aud"],) if isinstance(made["aud"], str) else (*made["aud"],))
    assert (token_.issued_at.timestamp(), token_.expires_at.timestamp()) == (
        made["iat"],
        made["exp"],
    )
    assert (token_.client_pk, token_.service_account, token_.rate_limit) == (None, None, "")


def test_algorithm_that_is_not_ruled_out_is_accepted():
    assert verified(shapes.token_by_ps256(shapes.keycloak())).issuer == KEYCLOAK


def test_permissions_count_where_auth0_writes_no_scope():
    assert verified(token(shapes.auth0(scope=None))).scopes == ("orders:read", "orders:list")


def test_application_id_uri_and_guid_are_both_an_audience():
    assert verified(token(shapes.entra_v1(aud=API_GUID))).audience == (API_GUID,)


def person_of_auth0(**changes):
    return shapes.auth0(**{"sub": "auth0|6553da60a54af58e29493993", "gty": None, **changes})


NOT_ACCEPTED = {
    "Keycloak: a person": (lambda: token(shapes.keycloak(client_id=None)), "malformed_claims"),
    "Keycloak: an ID token": (lambda: token(shapes.keycloak(typ="ID")), "claims_not_accepted"),
    "Keycloak: no type": (lambda: token(shapes.keycloak(typ=None)), "claims_not_accepted"),
    "Keycloak: roles are a dict": (
        lambda: token(shapes.keycloak(resource_access={"orders-api": {"roles": {"a": 1}}})),
        "malformed_claims",
    ),
    "Keycloak: role is a number": (
        lambda: token(shapes.keycloak(resource_access={"orders-api": {"roles": [1]}})),
        "malformed_claims",
    ),
    "Keycloak: no audience": (lambda: token(shapes.keycloak(aud=None)), "malformed_claims"),
    "Keycloak: for another API": (lambda: token(shapes.keycloak(aud="account")), "wrong_audience"),
    "Keycloak: expired": (
        lambda: token(shapes.keycloak(exp=shapes.keycloak()["iat"])),
        "token_expired",
    ),
    "Keycloak: without an end": (lambda: token(shapes.keycloak(exp=None)), "malformed_claims"),
    "Keycloak: key to encrypt with": (
        lambda: token(shapes.keycloak(), kid=shapes.key_set()[0]["kid"]),
        "unknown_key",
    ),
    "Auth0: a person": (lambda: token(person_of_auth0()), "claims_not_accepted"),
    "Auth0: a person who chose a name": (
        lambda: token(person_of_auth0(sub="auth0|robot@clients")),
        "claims_not_accepted",
    ),
    "Auth0: another client's subject": (
        lambda: token(shapes.auth0(azp="another")),
        "claims_not_accepted",
    ),
    "Auth0: no subject": (lambda: token(shapes.auth0(sub=None)), "claims_not_accepted"),
    "Auth0: no client": (lambda: token(shapes.auth0(azp=None)), "malformed_claims"),
    "Auth0: client has a line break": (
        lambda: token(shapes.auth0(azp="a\nb", sub="a\nb@clients")),
        "malformed_claims",
    ),
    "Auth0: client is a number": (lambda: token(shapes.auth0(azp=1)), "malformed_claims"),
    "Auth0: client is very long": (
        lambda: token(shapes.auth0(azp="a" * 256, sub=f"{'a' * 256}@clients")),
        "malformed_claims",
    ),
    "Auth0: another algorithm of a good key": (
        lambda: shapes.token_by_ps256(shapes.auth0()),
        "wrong_algorithm",
    ),
    "Auth0: binding is a text": (lambda: token(shapes.auth0(cnf="x")), "malformed_claims"),
    "Entra 1: a person": (
        lambda: token(shapes.entra_v1(scp="user_impersonation")),
        "claims_not_accepted",
    ),
    "Entra 2: a person": (lambda: token(shapes.entra_v2(scp="Order.Read")), "claims_not_accepted"),
    "Entra 2: not begun": (
        lambda: token(shapes.entra_v2(nbf=shapes.entra_v2()["iat"] + 600)),
        "not_yet_valid",
    ),
    "Entra 2: for Microsoft Graph": (
        lambda: token(shapes.entra_v2(aud="00000003-0000-0000-c000-000000000000")),
        "wrong_audience",
    ),
    "Entra 2: type of RFC 9068": (lambda: token(shapes.entra_v2(), "at+jwt"), "wrong_type"),
    "Entra: another tenant": (
        lambda: token(shapes.entra_v2(iss=ENTRA_V2.replace("8a6c", "ffff"))),
        "foreign_token",
    ),
}


@pytest.mark.parametrize("make, reason", NOT_ACCEPTED.values(), ids=NOT_ACCEPTED)
def test_other_tokens_are_refused(http, db, caplog, make, reason):
    caplog.set_level(logging.DEBUG, "oauth_m2m.resource_server")
    for path in ("/api/orders/", "/reports/daily"):
        caplog.clear()
        response = http.get(path, headers={"Authorization": f"Bearer {make()}"})
        assert response.status_code == 401
        assert 'error="invalid_token"' in response.headers["WWW-Authenticate"]
        assert f"reason={reason}" in caplog.text


def test_role_with_a_space_is_no_scope():
    scopes = verified(token(shapes.keycloak())).scopes
    assert {"order reader", "order", "reader", ""}.isdisjoint(scopes)


def test_groups_come_from_the_rules_that_apply():
    assert verified(token(shapes.keycloak())).group_names == ("Robots", "Stock")
    other = shapes.keycloak(client_id="b", realm_access={"roles": "warehouse"})
    assert verified(token(other)).group_names == ("Stock", "Robots")
    assert verified(token(shapes.keycloak(client_id="b", realm_access=7))).group_names == ()
    assert verified(token(shapes.auth0())).group_names == ()


def test_both_conditions_of_a_rule_must_hold(settings):
    rule = {"clients": "order-robot", "claim": "acr", "value": "2", "groups": "A"}
    settings.OAUTH_M2M["REMOTE_ISSUERS"][KEYCLOAK]["groups"] = [rule]
    issuers = remote_issuers(dict(settings.OAUTH_M2M["REMOTE_ISSUERS"]))
    assert token_of(shapes.keycloak(), issuers[KEYCLOAK]).group_names == ()
    assert token_of(shapes.keycloak(acr="2"), issuers[KEYCLOAK]).group_names == ("A",)


@pytest.fixture
def readers(db) -> Group:
    group = Group.objects.create(name="Stock")
    group.permissions.add(Permission.objects.get(codename="view_order"))
    return group


def test_permissions_work_through_the_groups_of_the_rules(http, readers):
    headers = {"Authorization": f"Bearer {token(shapes.keycloak())}"}
    assert http.get("/host/group-permissions", headers=headers).status_code == 200
    response = http.post("/host/group-permissions", {"article": "tea"}, headers=headers)
    assert response.status_code == 403


def test_foreign_client_is_no_local_client_of_that_name(register, readers):
    register("orders:read", client_id="order-robot", groups=[readers], rate_limit="1/d")
    # Nobody can register this one; a row may still have been written by other means.
    row = register("orders:read", groups=[readers]).client
    row.client_id = f"{AUTH0}#{AUTH0_CLIENT}"
    row.save()
    foreign = principal_of(verified(token(shapes.auth0())))
    assert foreign.pk == f"m2m:{AUTH0}#{AUTH0_CLIENT}"
    assert foreign.get_all_permissions() == set()
    assert list(foreign.groups) == []


def test_rules_are_asked_at_each_request(settings, readers):
    claims = shapes.keycloak()
    assert principal_of(verified(token(claims))).has_perm("example_project.view_order") is True
    issuers = {**settings.OAUTH_M2M["REMOTE_ISSUERS"]}
    issuers[KEYCLOAK] = {**issuers[KEYCLOAK], "groups": []}
    settings.OAUTH_M2M = {**settings.OAUTH_M2M, "REMOTE_ISSUERS": issuers}
    assert principal_of(verified(token(claims))).has_perm("example_project.view_order") is False


def test_moment_of_issue_is_now_where_nobody_says_it():
    issuer = m2m_settings.REMOTE_ISSUERS[AUTH0]
    issued_at = token_of(shapes.auth0(iat=None), issuer).issued_at
    assert abs(timezone.now() - issued_at) < timedelta(minutes=1)


def test_refusal_names_the_client():
    presented = token(shapes.auth0(aud="urn:x"))
    with pytest.raises(InvalidToken) as refused:
        verified(presented)
    assert refused.value.reason is Reason.WRONG_AUDIENCE
    assert refused.value.client_id == f"{AUTH0}#{AUTH0_CLIENT}"
