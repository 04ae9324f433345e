import re

import pytest

from oauth_m2m.reasons import Reason


@pytest.mark.parametrize("reason", list(Reason), ids=lambda reason: reason.value)
@pytest.mark.rfc("6749", "5.2")
@pytest.mark.rfc("6750", "3")
def test_public_text_can_be_sent_in_json_and_in_a_challenge(reason):
    assert re.fullmatch(r"[\x20-\x21\x23-\x5B\x5D-\x7E]*", reason.public)


def test_reasons_are_distinct_words_that_fit_the_audit_trail():
    values = [reason.value for reason in Reason.__members__.values()]
    assert len(set(values)) == len(values)
    assert all(re.fullmatch(r"[a-z0-9_]{1,64}", value) for value in values)


def test_reason_is_found_by_its_stored_value():
    assert Reason("wrong_secret") is Reason.WRONG_SECRET
