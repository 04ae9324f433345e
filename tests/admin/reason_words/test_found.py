import pytest

from oauth_m2m.admin.reason_words import clients, keys, requests, tokens, words_of
from oauth_m2m.admin.reason_words.found import WORDS
from oauth_m2m.reasons import Reason


@pytest.mark.parametrize("reason", list(Reason), ids=lambda reason: reason.value)
def test_each_reason_has_its_own_words(reason: Reason):
    words = words_of(reason.value)
    for text in (str(words.what), str(words.next_step)):
        assert text[0].isupper()
        assert text.endswith(".")


def test_no_two_reasons_say_the_same():
    sentences = [str(words.what) for words in WORDS.values()]
    assert len(set(sentences)) == len(sentences)


def test_no_reason_is_in_two_tables():
    tables = [table.WORDS for table in (requests, clients, keys, tokens)]
    assert sum(map(len, tables)) == len(WORDS)


def test_reason_of_another_version_is_said_to_be_one():
    assert str(words_of("from_the_future").what) == "This version does not know this reason."
