"""The client's own limit, the project's default, and buckets that never meet."""

import pytest
from django.contrib.auth import get_user_model
from django.core.cache import cache

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _empty_buckets():
    cache.clear()


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
