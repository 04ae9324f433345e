from datetime import timedelta

import pytest

from oauth_m2m.admin.token_words import format_in_a_word, lifetime_in_words


@pytest.mark.parametrize(
    "length,words",
    [
        (timedelta(days=1), "1 day"),
        (timedelta(days=30), "30 days"),
        (timedelta(hours=1), "1 hour"),
        (timedelta(hours=36), "36 hours"),
        (timedelta(minutes=1), "1 minute"),
        (timedelta(minutes=90), "90 minutes"),
        (timedelta(seconds=1), "1 second"),
        (timedelta(seconds=61), "61 seconds"),
        (timedelta(seconds=60.5), "1 minute"),
        (timedelta(seconds=0.5), "0 seconds"),
    ],
)
def test_lifetime_is_said_in_its_largest_whole_unit(length: timedelta, words: str):
    assert lifetime_in_words(length) == words


@pytest.mark.parametrize("token_format,word", [("opaque", "opaque"), ("jwt", "signed")])
def test_format_has_a_word(token_format: str, word: str):
    assert format_in_a_word(token_format) == word
