"""The guide to the overview: its answer is one, and its numbers are those of the code."""

import json

from oauth_m2m.admin.csv_export import MAX_ROWS
from oauth_m2m.admin.error_ids import MAX_IDS, error_ids_in
from oauth_m2m.admin.overview_figures import (
    BUSY_DAYS,
    READ_REFUSALS,
    REFUSED_DAYS,
    SHOWN,
    UNUSED_DAYS,
)
from oauth_m2m.admin.read_only import COUNTED_ROWS
from oauth_m2m.refusals import ROWS_IN_FULL
from tests.guides import GUIDES, blocks


def test_answer_has_an_id_that_is_found(post_token, db):
    [block] = blocks("overview", "json")
    assert error_ids_in(block) == (json.loads(block)["error_id"],)
    told = post_token({"grant_type": "client_credentials", "client_id": "x", "client_secret": "y"})
    assert {**told.json(), "error_id": ""} == {**json.loads(block), "error_id": ""}


def test_numbers_are_those_of_the_code():
    assert (MAX_IDS, ROWS_IN_FULL, SHOWN) == (10, 20, 10)
    text = (GUIDES / "overview.md").read_text()
    for words in (
        "Up to ten ids",
        "the first twenty refusals of a minute",
        "A block shows ten rows",
        f"unused for {UNUSED_DAYS} days",
        f"of the last {REFUSED_DAYS} days",
        f"in the last {BUSY_DAYS} days",
        f"the newest {READ_REFUSALS:,} lines",
        f"They count to {COUNTED_ROWS:,}",
        f"up to {MAX_ROWS:,}",
    ):
        assert words in text, words
