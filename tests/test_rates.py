import pytest

from oauth_m2m.rates import Rate, endpoint_rates, parse_rate

NO_DICT = "must be a dict with the keys 'address' and 'client'."


@pytest.mark.parametrize(
    "text, limit, window",
    [
        ("1/s", 1, 1),
        ("10/sec", 10, 1),
        ("2/second", 2, 1),
        ("3/m", 3, 60),
        ("100/min", 100, 60),
        ("4/minute", 4, 60),
        ("1000/h", 1000, 3600),
        ("5/hour", 5, 3600),
        ("6/d", 6, 86_400),
        ("5000/day", 5000, 86_400),
        ("999999999999999/d", 999_999_999_999_999, 86_400),
    ],
)
def test_rate_is_a_number_in_a_window(text, limit, window):
    assert parse_rate(text) == Rate(limit, window)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "0/s",
        "01/s",
        "-1/s",
        "1",
        "1/",
        "/s",
        "1/week",
        "1/days",
        "1 / s",
        "1/s\n",
        "٣/s",
        "1.5/s",
        "1" * 16 + "/s",
    ],
)
def test_what_is_no_rate_is_refused_in_words(text):
    with pytest.raises(
        ValueError, match=r"^is not a rate such as 10/s, 100/min, 1000/h or 5000/day\.$"
    ):
        parse_rate(text)


@pytest.mark.parametrize(
    "value, rates",
    [
        ({}, {}),
        ({"address": "", "client": ""}, {"address": None, "client": None}),
        ({"address": "30/m"}, {"address": Rate(30, 60)}),
        ({"client": "7/h"}, {"client": Rate(7, 3600)}),
    ],
    ids=repr,
)
def test_rates_of_the_endpoints_are_read(value, rates):
    assert endpoint_rates(value) == rates


@pytest.mark.parametrize("value", [None, "30/m", [], {"adress": "30/m"}, {1: "30/m"}], ids=repr)
def test_other_keys_and_kinds_are_refused_in_words(value):
    with pytest.raises(ValueError) as refused:  # noqa: PT011 - the whole message is compared
        endpoint_rates(value)
    assert str(refused.value) == NO_DICT


@pytest.mark.parametrize("rate", [None, 0, 30, "30", "0/m", "30/week", ["30/m"], True], ids=repr)
@pytest.mark.parametrize("key", ["address", "client"])
def test_entry_that_is_no_rate_is_refused_by_its_key(key, rate):
    with pytest.raises(ValueError) as refused:  # noqa: PT011 - the whole message is compared
        endpoint_rates({key: rate})
    sentence = f"has an entry that is no rate such as 30/m, and not '' for none: '{key}'."
    assert str(refused.value) == sentence
