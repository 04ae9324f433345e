"""MachineTokenMiddleware beside people, CSRF checks, required logins, decorators and DRF."""

import pytest
from django.contrib.auth import get_user_model
from django.test import Client as HttpClient

from oauth_m2m.models import UsageCount
from oauth_m2m.usage import flush
from tests.challenges import BEARER
from tests.host import settings_guarded
from tests.proofs import proof, proof_for
from tests.resource_server.guarded_site import (
    NO_TOKEN,
    VIEWS,
    assert_refused,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("guarded")]


@pytest.mark.parametrize("path", VIEWS)
def test_session_lets_nobody_in(site, path, person):
    site.log_in(person)
    assert_refused(site.send("GET", path), 401, NO_TOKEN, BEARER)


@pytest.mark.parametrize("path", ["/site/people", "/site/people/async"])
def test_people_pass_where_they_may(site, path, person, reader, register, bearer):
    assert_refused(site.send("GET", path), 401, NO_TOKEN, BEARER)
    basic = {"Authorization": "Basic YTpi"}
    assert_refused(site.send("GET", path, **basic), 401, NO_TOKEN, BEARER)
    site.log_in(person)
    for headers in ({}, basic):
        response = site.send("GET", path, **headers)
        assert response.json() == {"user": "ann", "token_of": None}
    machine = {"user": reader.client_id, "token_of": reader.client_id}
    assert site.send("GET", path, **bearer(reader)).json() == machine
    assert site.send("GET", path, **bearer(register("orders:read"))).status_code == 403


def test_people_do_not_pass_by_a_path_that_is_read_in_two_ways(site, person):
    site.log_in(person)
    for path in ("/site/people/../class", "/site/people.json", "/site/class/../people"):
        assert_refused(site.send("GET", path), 401, NO_TOKEN, BEARER)


def test_person_who_is_no_longer_active_does_not_pass(site, person):
    site.log_in(person)
    get_user_model().objects.update(is_active=False)
    assert_refused(site.send("GET", "/site/people"), 401, NO_TOKEN, BEARER)


def test_people_do_not_pass_where_nobody_can_log_in(settings, person):
    settings.MIDDLEWARE = ["oauth_m2m.resource_server.MachineTokenMiddleware"]
    assert HttpClient().get("/site/people").status_code == 401


def test_machine_passes_where_nobody_can_log_in(site, settings, reader, bearer):
    settings.MIDDLEWARE = ["oauth_m2m.resource_server.MachineTokenMiddleware"]
    assert site.send("GET", "/site/class-async", **bearer(reader)).status_code == 200


def test_only_requests_with_a_token_are_exempt_from_csrf_checks(site, person, reader, bearer):
    machine = {"user": reader.client_id, "token_of": reader.client_id}
    for path in ("/site/class", "/site/class-async", "/site/people"):
        assert site.send("POST", path, **bearer(reader)).json() == machine
    site.log_in(person)
    refused = site.send("POST", "/site/people")
    assert (refused.status_code, "CSRF" in refused.content.decode()) == (403, True)
    # A person's cookie beside a token says nothing: the machine is asked for.
    assert site.send("POST", "/site/people", **bearer(reader)).json() == machine


@pytest.mark.parametrize("path", VIEWS)
def test_site_that_requires_login_lets_machines_in(site, settings, path, reader, bearer):
    required = "django.contrib.auth.middleware.LoginRequiredMiddleware"
    settings.MIDDLEWARE = [*settings_guarded.MIDDLEWARE, required]
    assert site.send("GET", path, **bearer(reader)).status_code == 200
    assert_refused(site.send("GET", path), 401, NO_TOKEN, BEARER)
    assert site.send("GET", "/sites", **bearer(reader)).status_code == 302


@pytest.mark.parametrize("token_format, queries", [("opaque", 1), ("jwt", 0)])
@pytest.mark.parametrize("path", ["/host/plain/async", "/host/plain/class", "/site/class"])
def test_middleware_and_decorator_prove_a_token_once(
    site, path, token_format, queries, register, bearer, django_assert_num_queries
):
    machine = register("site:read", "orders:read", token_format=token_format)
    headers = bearer(machine)
    assert site.send("GET", path, **headers).status_code == 200
    with django_assert_num_queries(queries):
        assert site.send("GET", path, **headers).status_code == 200
    flush()
    assert UsageCount.objects.get(kind="api_call").count == 2


def test_proof_serves_middleware_and_decorator_and_no_second_request(site, register, post_token):
    machine = register("site:read", "orders:read", requires_dpop=True)
    fields = {"grant_type": "client_credentials", **machine.credentials}
    token = post_token(fields, DPoP=proof()).json()["access_token"]
    url = "https://auth.example.com/host/plain/class"
    headers = {"Authorization": f"DPoP {token}", "DPoP": proof_for(token, htu=url)}
    assert site.send("GET", "/host/plain/class", **headers).status_code == 200
    assert site.send("GET", "/host/plain/class", **headers).status_code == 401


def test_middleware_asks_for_our_nonce(site, settings, register, post_token):
    machine = register("site:read", requires_dpop=True)
    fields = {"grant_type": "client_credentials", **machine.credentials}
    token = post_token(fields, DPoP=proof()).json()["access_token"]
    settings.OAUTH_M2M = {**settings.OAUTH_M2M, "DPOP_REQUIRE_NONCE": True}
    url = "https://auth.example.com/site/class"
    headers = {"Authorization": f"DPoP {token}", "DPoP": proof_for(token, htu=url)}
    nonce = site.send("GET", "/site/class", **headers)["DPoP-Nonce"]
    headers["DPoP"] = proof_for(token, htu=url, nonce=nonce)
    assert site.send("GET", "/site/class", **headers).status_code == 200


def test_middleware_and_view_each_want_their_scope(site, register, bearer):
    for scopes in (["site:read"], ["orders:read"]):
        response = site.send("GET", "/host/plain/class", **bearer(register(*scopes)))
        assert response.status_code == 403


@pytest.mark.parametrize("path", ["/host/machines-or-people", "/host/session-first"])
def test_drf_view_does_not_take_the_machine_for_a_person(path, register, bearer):
    strict = HttpClient(enforce_csrf_checks=True)
    # SessionAuthentication sees the machine as request.user, logged in and without a token.
    assert strict.get(path, headers=bearer(register("site:read"))).status_code == 403
    both = bearer(register("site:read", "orders:read"))
    assert strict.get(path, headers=both).status_code == 200
    assert strict.post(path, headers=both).status_code == 200


def test_drf_view_without_tokens_of_its_own_serves_the_machine(reader, bearer):
    strict = HttpClient(enforce_csrf_checks=True)
    assert strict.get("/host/people-only").status_code == 401
    response = strict.get("/host/people-only", headers=bearer(reader))
    assert response.json()["user"] == reader.client_id
    assert strict.post("/host/people-only", headers=bearer(reader)).status_code == 200


def test_drf_throttle_knows_the_machine_that_the_session_took(register, bearer):
    limited = register("site:read", "orders:read", rate_limit="2/day")
    statuses = [
        HttpClient().get("/host/session-first/own-rate", headers=bearer(limited)).status_code
        for _ in range(3)
    ]
    assert statuses == [200, 200, 429]
