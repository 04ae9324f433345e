import logging
from datetime import timedelta

import pytest
from django.utils import timezone

from oauth_m2m import usage
from oauth_m2m.models import UsageCount
from oauth_m2m.rates import Rate
from oauth_m2m.resource_server.call_limits import CountedCall, count_call
from oauth_m2m.values import VerifiedToken

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("stopped_clock")]

NARROW, WIDE = ("exports", Rate(1, 86_400)), ("client", Rate(3, 3600))


@pytest.fixture
def token(registered) -> VerifiedToken:
    now = timezone.now()
    client = registered.client
    return VerifiedToken(
        client.client_id, ("a",), (), now, now + timedelta(hours=1), client_pk=client.pk
    )


@pytest.fixture
def counted(token, rf):
    def counted(*limits: tuple[str, Rate]) -> CountedCall:
        return count_call(token, limits, rf.get("/"))

    return counted


def seconds(call: CountedCall) -> list[int]:
    return [int(part.rpartition(";t=")[2]) for part in call.headers["RateLimit"].split(", ")]


def test_call_within_its_limits_says_them_all(counted):
    call = counted(NARROW, WIDE)
    day, hour = seconds(call)
    assert call.retry_after_seconds is None
    assert call.headers == {
        "RateLimit-Policy": '"exports";q=1;w=86400, "client";q=3;w=3600',
        "RateLimit": f'"exports";r=0;t={day}, "client";r=2;t={hour}',
    }


def test_call_over_a_limit_is_refused_and_not_taken_from_the_next(counted):
    counted(NARROW, WIDE)
    call = counted(NARROW, WIDE)
    assert call.headers["RateLimit-Policy"] == '"exports";q=1;w=86400'
    assert [call.retry_after_seconds] == seconds(call)
    assert '"client";r=1;' in counted(WIDE).headers["RateLimit"]


def test_no_limits_say_nothing(counted):
    assert counted() == CountedCall()


@pytest.mark.parametrize(
    "name, quoted",
    [
        ("a b", '"a b"'),
        ('say "x"', r'"say \"x\""'),
        ("back\\slash", r'"back\\slash"'),
        ("grüße\r\nSet-Cookie: x", '"gr??e??Set-Cookie: x"'),
    ],
    ids=["space", "quote", "backslash", "what no header may have"],
)
def test_name_of_a_limit_is_a_string_of_structured_fields(counted, name, quoted):
    call = counted((name, Rate(1, 60)))
    assert call.headers["RateLimit-Policy"] == f"{quoted};q=1;w=60"


@pytest.mark.parametrize(
    "mode, line", [("enforce", "call refused"), ("monitor", "call would be refused")]
)
def test_calls_over_a_limit_are_counted_and_logged_once(
    counted, token, settings, caplog, mode, line
):
    settings.OAUTH_M2M = {**settings.OAUTH_M2M, "RATE_LIMIT_MODE": mode}
    caplog.set_level(logging.INFO, "oauth_m2m.resource_server")
    for _ in range(6):
        counted(WIDE)
    assert [record.getMessage() for record in caplog.records] == [
        f"{line}: client={token.client_id} reason=over the limit client"
    ]
    usage.flush()
    assert dict(UsageCount.objects.values_list("kind", "count")) == {"throttled": 3}


def test_monitor_refuses_nothing_and_says_nothing(counted, settings):
    settings.OAUTH_M2M = {**settings.OAUTH_M2M, "RATE_LIMIT_MODE": "monitor"}
    assert [counted(NARROW, WIDE) for _ in range(5)] == [CountedCall()] * 5
    settings.OAUTH_M2M = {**settings.OAUTH_M2M, "RATE_LIMIT_MODE": "enforce"}
    # Both were counted all the same.
    for limit in (NARROW, WIDE):
        assert counted(limit).retry_after_seconds is not None
