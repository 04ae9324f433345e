"""The client's own limit, the project's default, and buckets that never meet."""

import pytest
from django.contrib.auth import get_user_model
from django.http import HttpResponse
from django.test import RequestFactory

from oauth_m2m.models import AuditEvent
from oauth_m2m.refusals import ROWS_IN_FULL
from oauth_m2m.rest_framework import ClientRateThrottle
from tests.host.views import OwnRate

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("stopped_clock")]


@pytest.fixture
def statuses(http):
    """Call a view some times and return the statuses of the answers."""

    def statuses(path: str, times: int, headers: dict[str, str] | None = None) -> list[int]:
        return [http.get(path, headers=headers).status_code for _ in range(times)]

    return statuses


def test_client_is_held_to_its_own_rate(register, bearer, http, statuses):
    headers = bearer(register("orders:read", rate_limit="2/hour"))
    assert statuses("/host/own-rate", 2, headers) == [200, 200]
    response = http.get("/host/own-rate", headers=headers)
    assert response.status_code == 429
    assert response.json()["detail"].startswith("Request was throttled. Expected available in")
    assert 0 < int(response["Retry-After"]) <= 3600


def test_refused_call_is_found_by_its_error_id(register, bearer, http, statuses):
    registered = register("orders:read", rate_limit="1/day")
    headers = bearer(registered)
    assert "Error-Id" not in http.get("/host/own-rate", headers=headers).headers
    response = http.get("/host/own-rate", headers=headers)
    event = AuditEvent.objects.get(error_id=response["Error-Id"])
    assert (event.kind, event.reason) == ("api.refused", "too_many_calls")
    assert (event.client, event.address) == (registered.client, "127.0.0.1")


def test_flood_of_refused_calls_is_counted(register, bearer, http):
    headers = bearer(register("orders:read", rate_limit="1/day"))
    ids = {http.get("/host/own-rate", headers=headers).headers.get("Error-Id") for _ in range(60)}
    assert len(ids - {None}) == ROWS_IN_FULL + 1


def test_tokens_of_one_client_share_its_bucket(register, bearer, statuses):
    registered = register("orders:read", rate_limit="1/day")
    assert statuses("/host/own-rate", 1, bearer(registered)) == [200]
    assert statuses("/host/own-rate", 1, bearer(registered)) == [429]


def test_clients_have_buckets_of_their_own(register, bearer, statuses):
    for _ in range(2):
        headers = bearer(register("orders:read", rate_limit="1/day"))
        assert statuses("/host/own-rate", 2, headers) == [200, 429]


def test_client_without_a_rate_is_not_limited_where_there_is_no_default(register, bearer, statuses):
    assert statuses("/host/own-rate", 5, bearer(register("orders:read"))) == [200] * 5


def test_client_without_a_rate_gets_the_default(register, bearer, statuses):
    assert statuses("/host/default-rate", 2, bearer(register("orders:read"))) == [200, 429]


def test_clients_own_rate_goes_before_the_default(register, bearer, statuses):
    headers = bearer(register("orders:read", rate_limit="3/day"))
    assert statuses("/host/default-rate", 4, headers) == [200, 200, 200, 429]


def test_people_are_not_counted(http, admin_user, statuses):
    http.force_login(admin_user)
    assert statuses("/host/default-rate", 3) == [200] * 3


def test_refused_requests_are_not_counted(register, bearer, statuses):
    headers = bearer(register("reports:read", "orders:read", rate_limit="1/day"))
    assert statuses("/host/own-rate", 2, {"Authorization": "Bearer m2mt_bad"}) == [401, 401]
    assert statuses("/host/own-rate", 1, headers) == [200]


@pytest.mark.parametrize(
    "client_id", [pytest.param("a" * 255, id="longer than a cache key"), "with.dots-and_lines"]
)
def test_any_client_id_makes_a_cache_key(client_id: str, register, bearer, statuses):
    headers = bearer(register("orders:read", client_id=client_id, rate_limit="1/day"))
    assert statuses("/host/own-rate", 2, headers) == [200, 429]


def test_client_named_like_a_users_key_does_not_use_up_the_users_rate(
    register, bearer, http, statuses
):
    user = get_user_model().objects.create_user("person")
    machine = bearer(register("orders:read", client_id=str(user.pk)))
    assert statuses("/host/user-rate", 2, machine) == [200, 429]
    http.force_login(user)
    assert statuses("/host/user-rate", 2) == [200, 429]


def test_answers_say_how_many_calls_are_left(register, bearer, http):
    headers = bearer(register("orders:read", rate_limit="2/h"))
    answers = [http.get("/host/own-rate", headers=headers) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert {answer["RateLimit-Policy"] for answer in answers} == {'"client";q=2;w=3600'}
    waits = {int(answer["RateLimit"].rpartition("=")[2]) for answer in answers}
    [wait] = waits
    assert [answer["RateLimit"] for answer in answers] == [
        f'"client";r={left};t={wait}' for left in (1, 0, 0)
    ]
    assert int(answers[2]["Retry-After"]) == wait


def test_answers_without_a_limit_say_nothing(register, bearer, http):
    response = http.get("/host/own-rate", headers=bearer(register("orders:read")))
    assert response.headers.keys().isdisjoint({"RateLimit", "RateLimit-Policy"})


def test_next_window_lets_the_client_in_again(register, bearer, http, statuses, stopped_clock):
    headers = bearer(register("orders:read", rate_limit="1/h"))
    statuses("/host/own-rate", 1, headers)
    wait = int(http.get("/host/own-rate", headers=headers)["Retry-After"])
    stopped_clock.now += wait
    assert statuses("/host/own-rate", 2, headers) == [200, 429]


def call(view_class, request_headers) -> HttpResponse:
    return view_class.as_view()(RequestFactory().get("/", headers=request_headers))


def test_view_has_the_rate_of_its_scope_beside_the_clients_own(register, bearer, settings):
    class Exports(OwnRate):
        throttle_scope = "exports"

    settings.REST_FRAMEWORK = {"DEFAULT_THROTTLE_RATES": {"exports": "1/hours"}}
    headers = bearer(register("orders:read", rate_limit="2/day"))
    answers = [call(view, headers) for view in (Exports, Exports, OwnRate, OwnRate)]
    assert [answer.status_code for answer in answers] == [200, 429, 200, 429]
    assert answers[0]["RateLimit-Policy"] == '"exports";q=1;w=3600, "client";q=2;w=86400'


def test_view_whose_scope_has_no_rate_has_the_clients_alone(register, bearer):
    class Exports(OwnRate):
        throttle_scope = "exports"

    response = call(Exports, bearer(register("orders:read", rate_limit="2/day")))
    assert response["RateLimit-Policy"] == '"client";q=2;w=86400'


def test_throttle_of_another_scope_has_its_rate_for_every_client(register, bearer):
    class Uploads(ClientRateThrottle):
        scope = "uploads"
        rate = "1/h"

    class View(OwnRate):
        throttle_classes = (ClientRateThrottle, Uploads)

    headers = bearer(register("orders:read", rate_limit="5/day"))
    answers = [call(View, headers) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 429]
    assert answers[0]["RateLimit-Policy"] == '"client";q=5;w=86400, "uploads";q=1;w=3600'


def test_monitored_client_is_let_in(register, bearer, statuses, settings):
    settings.OAUTH_M2M = {**settings.OAUTH_M2M, "RATE_LIMIT_MODE": "monitor"}
    assert statuses("/host/own-rate", 4, bearer(register("orders:read", rate_limit="1/d"))) == (
        [200] * 4
    )
