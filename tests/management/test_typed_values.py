from datetime import UTC, datetime, timedelta

import pytest
from django.core.management.base import CommandError
from django.test import override_settings
from django.utils import timezone

from oauth_m2m.management.typed_values import (
    any_moment,
    as_json,
    as_text,
    past_moment,
    period,
    whole_number,
)

NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)


@pytest.mark.parametrize("value", ["1", 1, "100", 100])
def test_whole_number_is_taken_as_text_and_as_number(value):
    assert whole_number(value, "--batch", most=100) == int(value)


@pytest.mark.parametrize("value", ["0", "-1", "101", "1.5", "many", "", 0])
def test_other_numbers_are_refused(value):
    with pytest.raises(CommandError) as caught:
        whole_number(value, "--batch", most=100)
    assert str(caught.value) == f"--batch must be a whole number from 1 to 100, not {value}."


def test_largest_number_is_the_columns():
    assert whole_number("2147483647", "--token-lifetime") == 2_147_483_647
    with pytest.raises(CommandError):
        whole_number("2147483648", "--token-lifetime")


@pytest.mark.parametrize(
    "value, unit, expected",
    [
        ("30", "days", timedelta(days=30)),
        (30, "days", timedelta(days=30)),
        ("0.5", "hours", timedelta(minutes=30)),
        ("36500", "days", timedelta(days=36_500)),
        ("876000", "hours", timedelta(days=36_500)),
    ],
)
def test_period_is_days_or_hours(value, unit, expected):
    assert period(value, "--for", unit) == expected


def test_period_that_was_not_given_is_none():
    assert period(None, "--for", "days") is None


def test_zero_is_a_period_only_where_it_makes_sense():
    assert period("0", "--for", "days", zero=True) == timedelta(0)
    with pytest.raises(CommandError) as caught:
        period("0", "--for", "days")
    assert str(caught.value) == (
        "--for must be a number of days, more than 0 and at most 36500, not 0."
    )


@pytest.mark.parametrize("value", ["-1", "soon", "", "nan", "inf", "876001"])
def test_other_periods_are_refused(value):
    with pytest.raises(CommandError) as caught:
        period(value, "--for", "hours", zero=True)
    assert str(caught.value) == (
        f"--for must be a number of hours, 0 or more and at most 876000, not {value}."
    )


@pytest.mark.parametrize(
    "value, expected",
    [
        pytest.param("2026-01-31", datetime(2026, 1, 30, 23, tzinfo=UTC), id="a date"),
        pytest.param("2026-01-31T13:00", NOON, id="a time in the current zone"),
        pytest.param("2026-01-31 13:00:00", NOON, id="a space between"),
        pytest.param("2026-01-31T12:00Z", NOON, id="a time with its zone"),
        pytest.param("2026-01-31T14:00+02:00", NOON, id="a time with an offset"),
        pytest.param(NOON, NOON, id="a datetime"),
    ],
)
@override_settings(TIME_ZONE="Europe/Berlin")
def test_past_moment_is_iso_8601(value, expected):
    assert past_moment(value, "--before") == expected


@pytest.mark.parametrize("value", ["yesterday", "2026-02-30", "2026-01-31T25:00", "2026", ""])
def test_what_is_no_moment_is_refused(value):
    with pytest.raises(CommandError) as caught:
        past_moment(value, "--before")
    assert str(caught.value) == (
        f"--before must be a date or a time such as 2026-01-31 or 2026-01-31T18:00, not {value}."
    )


def test_future_is_refused():
    with pytest.raises(CommandError) as caught:
        past_moment((timezone.now() + timedelta(minutes=1)).isoformat(), "--before")
    assert str(caught.value) == (
        "--before must not be in the future: what still works would be deleted."
    )


def test_any_moment_may_be_in_the_future():
    assert any_moment("2999-01-31T12:00Z", "--until").year == 2999
    with pytest.raises(CommandError) as caught:
        any_moment("soon", "--until")
    assert str(caught.value) == (
        "--until must be a date or a time such as 2026-01-31 or 2026-01-31T18:00, not soon."
    )


@override_settings(TIME_ZONE="Europe/Berlin")
def test_people_read_the_current_zone_and_programs_iso_8601():
    assert as_text(NOON) == "2026-01-31 13:00 CET"
    assert as_json(NOON) == "2026-01-31T12:00:00+00:00"


def test_no_moment_is_never_or_null():
    assert as_text(None) == "never"
    assert as_text(None, otherwise="-") == "-"
    assert as_json(None) is None
