import os
from concurrent.futures import ThreadPoolExecutor

import pytest

from oauth_m2m.recent import Recent

INSTANT = 2**-10


@pytest.fixture
def recent() -> Recent[str, str]:
    return Recent(3)


def test_value_is_served_until_its_age_is_reached(recent, stopped_age):
    recent.keep("a", "one", stopped_age.now)
    stopped_age.now += 5 - INSTANT
    assert recent.get("a", 5) == "one"
    stopped_age.now += INSTANT
    assert recent.get("a", 5) is None
    # Whoever takes older answers still gets it.
    assert recent.get("a", 6) == "one"


def test_age_counts_from_when_it_was_read_not_from_when_it_was_kept_or_asked_for(
    recent, stopped_age
):
    read_at = stopped_age.now
    stopped_age.now += 3
    recent.keep("a", "one", read_at)
    assert recent.get("a", 5) == "one"
    stopped_age.now += 2
    assert recent.get("a", 5) is None


def test_zero_seconds_serve_nothing(recent, stopped_age):
    recent.keep("a", "one", stopped_age.now)
    assert recent.get("a", 0) is None


def test_what_was_never_kept_is_none(recent):
    assert recent.get("a", 5) is None


def test_of_too_many_that_goes_which_nobody_asked_for_longest(recent, stopped_age):
    for key in "abc":
        recent.keep(key, key, stopped_age.now)
    assert recent.get("a", 5) == "a"
    recent.keep("b", "again", stopped_age.now)
    recent.keep("d", "d", stopped_age.now)
    assert [recent.get(key, 5) for key in "abcd"] == ["a", "again", None, "d"]
    for number in range(100):
        recent.keep(str(number), "", stopped_age.now)
    assert len(recent) == 3


def test_forgotten_is_forgotten(recent, stopped_age):
    recent.keep("a", "one", stopped_age.now)
    recent.forget()
    assert recent.get("a", 5) is None
    assert len(recent) == 0


def test_threads_may_ask_and_keep_at_once(recent, stopped_age):
    def work(number: int) -> None:
        for turn in range(300):
            recent.keep(str((number + turn) % 7), "x", stopped_age.now)
            assert recent.get(str(turn % 7), 5) in {"x", None}

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(work, range(4)))
    assert len(recent) == 3


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
def test_a_forked_child_begins_with_nothing_and_waits_for_nobody(recent, stopped_age):
    recent.keep("a", "one", stopped_age.now)
    _, lock = recent._state
    # As if another thread held it at the moment of the fork.
    with lock:
        child = os.fork()
        if child == 0:
            os._exit(0 if recent.get("a", 5) is None else 1)
    assert os.waitpid(child, 0)[1] == 0
    assert recent.get("a", 5) == "one"
