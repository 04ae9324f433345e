"""Platforms that vouch for their workloads: a local issuer, its keys served over TLS."""

import pytest
from django.http import HttpResponse

from oauth_m2m.client_auth.workload_identity import subject_matches
from oauth_m2m.models import AccessToken, AuditEvent, TrustedIssuer
from tests.conftest import Registered
from tests.jose import assemble, private_key
from tests.platforms import BRANCH, GITHUB, KUBERNETES, POD
from tests.rfc.answers import assert_invalid_request, assert_unauthenticated

pytestmark = [pytest.mark.django_db, pytest.mark.rfc("7523", "3")]


def assert_token_of(response: HttpResponse, client: Registered) -> None:
    assert response.status_code == 200, response.content
    assert AccessToken.objects.latest("pk").client_id == client.client.pk


def test_pod_of_kubernetes_gets_a_token_as_often_as_it_asks(cluster, workload, present):
    cluster.vouch(workload, POD)
    token = cluster.token(POD, **{"kubernetes.io": {"namespace": "shop"}})
    for _ in range(2):
        assert_token_of(present(token), workload)
    assert_token_of(present(token, client_id=workload.client_id), workload)


def test_workflow_of_github_gets_a_token_if_the_conditions_hold(github, workload, present):
    github.vouch(workload, BRANCH, repository="acme/orders", run_attempt=1, private=True)
    claims = {"repository": "acme/orders", "run_attempt": 1, "private": True}
    assert_token_of(present(github.token(BRANCH, **claims)), workload)


@pytest.mark.parametrize(
    "claims",
    [
        pytest.param({}, id="missing"),
        pytest.param({"attempt": 2}, id="another value"),
        pytest.param({"attempt": "1"}, id="a string for a number"),
        pytest.param({"attempt": True}, id="truth for a number"),
        pytest.param({"attempt": 1.0}, id="a fraction for a number"),
        pytest.param({"attempt": [1]}, id="a list with it"),
    ],
)
def test_condition_that_does_not_hold_refuses(github, workload, present, claims):
    github.vouch(workload, BRANCH, attempt=1)
    assert_unauthenticated(present(github.token(BRANCH, **claims)), reason="unknown_workload")


def test_all_conditions_must_hold(github, workload, present):
    github.vouch(workload, BRANCH, a="1", b="2")
    assert_unauthenticated(present(github.token(BRANCH, a="1")), reason="unknown_workload")


@pytest.mark.parametrize(
    "pattern, subject, expected",
    [
        (POD, POD, True),
        (POD, POD + "x", False),
        (POD, POD.upper(), False),
        ("repo:acme/*:ref:refs/heads/main", BRANCH, True),
        ("repo:acme/*:ref:refs/heads/main", "repo:acme/:ref:refs/heads/main", True),
        ("repo:acme/*:ref:refs/heads/main", "repo:evil/orders:ref:refs/heads/main", False),
        ("repo:acme/*", BRANCH, False),
        ("repo:*/orders:ref:refs/heads/*", BRANCH, True),
        ("repo:*", "repo:acme/orders", False),
        ("repo:acme*:ref:refs/heads/main", BRANCH, False),
        ("*", "orders", True),
        ("*", "a:b", False),
        ("*", "a/b", False),
        ("*", "a\nb", True),
        ("or.ers", "orders", False),
        ("orders", "orders\n", False),
        ("[a-z]*", "orders", False),
    ],
)
def test_star_stands_for_one_part_of_a_name(pattern, subject, expected):
    assert subject_matches(pattern, subject) is expected


def test_star_in_the_presented_subject_is_a_star(cluster, workload, present):
    cluster.vouch(workload, POD)
    response = present(cluster.token("system:serviceaccount:shop:*"))
    assert_unauthenticated(response, reason="unknown_workload")


def test_pattern_lets_its_workloads_in(github, workload, present):
    github.vouch(workload, "repo:acme/*:ref:refs/heads/main")
    assert_token_of(present(github.token(BRANCH)), workload)


def test_two_clients_that_could_be_meant_are_none(github, register, workload, present):
    other = register("orders:read", auth_methods=["workload_identity"])
    github.vouch(workload, BRANCH)
    github.vouch(other, "repo:acme/*:ref:refs/heads/main")
    token = github.token(BRANCH)
    assert_unauthenticated(present(token), reason="ambiguous_workload")
    # Not even the one that it asks to be.
    AuditEvent.objects.all().delete()
    response = present(token, client_id=other.client_id)
    assert_unauthenticated(response, reason="ambiguous_workload")


def test_one_client_that_is_meant_twice_is_one(github, workload, present):
    github.vouch(workload, BRANCH)
    github.vouch(workload, "repo:acme/*:ref:refs/heads/main")
    assert_token_of(present(github.token(BRANCH)), workload)


def test_subject_of_one_issuer_is_nobody_at_another(trust, github, workload, present):
    other = trust(KUBERNETES)
    github.vouch(workload, BRANCH)
    assert_unauthenticated(present(other.token(BRANCH)), reason="unknown_workload")


def test_audience_of_the_issuer_replaces_ours(trust, workload, present):
    entra = trust(GITHUB, audience="api://AzureADTokenExchange")
    entra.vouch(workload, BRANCH)
    assert_unauthenticated(present(entra.token(BRANCH)), reason="wrong_audience")
    assert_token_of(present(entra.token(BRANCH, aud="api://AzureADTokenExchange")), workload)


REFUSED = {
    "wrong aud": ({"aud": ["https://other.example"]}, "wrong_audience"),
    "no aud": ({"aud": None}, "malformed_claims"),
    "expired": ({"exp": 1}, "assertion_expired"),
    "no exp": ({"exp": None}, "malformed_claims"),
    "last moment that there is": ({"exp": 253_402_300_799, "aud": "x"}, "wrong_audience"),
    "not yet valid": ({"nbf": 9_999_999_999}, "not_yet_valid"),
    "another issuer": ({"iss": "https://other.example"}, "untrusted_issuer"),
    "issuer with a slash": ({"iss": KUBERNETES + "/"}, "untrusted_issuer"),
    "issuer in capitals": ({"iss": KUBERNETES.upper()}, "untrusted_issuer"),
    "NUL in the issuer": ({"iss": "a\0"}, "untrusted_issuer"),
    "no issuer": ({"iss": None}, "untrusted_issuer"),
    "another subject": ({"sub": POD + "2"}, "unknown_workload"),
    "NUL in the subject": ({"sub": POD + "\0"}, "unknown_workload"),
    "no subject": ({"sub": None}, "malformed_claims"),
}


@pytest.mark.parametrize("claims, reason", REFUSED.values(), ids=list(REFUSED))
def test_claims_that_are_not_right_are_refused(cluster, workload, present, claims, reason):
    cluster.vouch(workload, POD)
    assert_unauthenticated(present(cluster.token(**{"subject": POD, **claims})), reason=reason)


def test_token_may_live_as_long_as_its_platform_likes(cluster, workload, present):
    cluster.vouch(workload, POD)
    assert_token_of(present(cluster.token(POD, exp=253_402_300_799)), workload)


@pytest.mark.parametrize(
    "header, reason",
    [
        ({"kid": "other"}, "unknown_key"),
        ({"kid": None}, "unknown_key"),
        ({"kid": 1}, "unknown_key"),
        ({"alg": "PS256"}, "wrong_algorithm"),
        ({"alg": "HS256"}, "wrong_algorithm"),
        ({"alg": "none"}, "wrong_algorithm"),
        ({"alg": None}, "wrong_algorithm"),
        ({"alg": ["RS256"]}, "wrong_algorithm"),
    ],
    ids=repr,
)
def test_header_that_is_not_right_is_refused(cluster, workload, present, header, reason):
    cluster.vouch(workload, POD)
    assert_unauthenticated(present(cluster.token(POD, header)), reason=reason)


def test_algorithms_are_the_issuers(cluster, workload, present):
    cluster.vouch(workload, POD)
    TrustedIssuer.objects.update(algorithms=["ES256"])
    assert_unauthenticated(present(cluster.token(POD)), reason="wrong_algorithm")


def test_foreign_key_with_the_platforms_kid_is_refused(cluster, workload, present):
    cluster.vouch(workload, POD)
    signed = cluster.token(POD).rpartition(".")[0]
    other = assemble({"alg": "RS256"}, {}, private_key("RS256", 9), "RS256").rpartition(".")[2]
    assert_unauthenticated(present(f"{signed}.{other}"), reason="wrong_signature")


def test_inactive_issuer_is_not_trusted(cluster, workload, present, secure_key_server):
    cluster.vouch(workload, POD)
    TrustedIssuer.objects.update(is_active=False)
    assert_unauthenticated(present(cluster.token(POD)), reason="untrusted_issuer")
    assert secure_key_server.asked == 0


def test_another_client_id_is_an_invalid_request(cluster, workload, present):
    cluster.vouch(workload, POD)
    assert_invalid_request(
        present(cluster.token(POD), client_id="other"),
        "The client_id in the body is not the one in the assertion.",
        reason="assertion_of_another_client",
    )


def test_workload_beside_a_secret_is_an_invalid_request(cluster, workload, present):
    cluster.vouch(workload, POD)
    assert_invalid_request(
        present(cluster.token(POD), **workload.credentials),
        "Use one client authentication method, not two.",
        reason="two_methods",
    )


@pytest.mark.parametrize(
    "changes, reason",
    [
        ({"is_active": False}, "client_disabled"),
        ({"auth_methods": ["private_key_jwt"]}, "auth_method_not_allowed"),
    ],
    ids=["disabled", "another method"],
)
def test_client_that_may_not_is_refused(cluster, workload, present, changes, reason):
    cluster.vouch(workload, POD)
    type(workload.client).objects.update(**changes)
    event = assert_unauthenticated(present(cluster.token(POD)), reason=reason)
    assert event.client_id == workload.client.pk
