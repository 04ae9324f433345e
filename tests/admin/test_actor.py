from oauth_m2m.admin.actor import actor_of
from oauth_m2m.values import Actor


def test_actor_is_the_signed_in_user_at_the_callers_address(rf, ada):
    request = rf.post("/admin/", REMOTE_ADDR="192.0.2.7")
    request.user = ada
    assert actor_of(request) == Actor("ada", ada, "192.0.2.7")


def test_address_is_the_one_that_trusted_proxies_saw(rf, ada, settings):
    settings.OAUTH_M2M = {"TRUSTED_PROXIES": ["10.0.0.0/8"]}
    request = rf.post(
        "/admin/", REMOTE_ADDR="10.0.0.1", headers={"X-Forwarded-For": "198.51.100.3"}
    )
    request.user = ada
    assert actor_of(request) == Actor("ada", ada, "198.51.100.3")
