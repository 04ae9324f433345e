import re
from contextlib import suppress
from io import StringIO

import pytest
from django.core.management.base import OutputWrapper
from django.core.management.color import make_style

from oauth_m2m.management.progress import Progress
from tests.management.conftest import Terminal

LINE = re.compile(r"\r( *\d+ %)  ([\d,]+ of [\d,]+)  [\d,]+/s *")


def written(*batches: int, total: int, stream: StringIO) -> str:
    with Progress(OutputWrapper(stream), total) as progress:
        for rows in batches:
            progress.add(rows)
    return stream.getvalue()


def test_terminal_shows_percentage_and_counts_on_one_line():
    text = written(1_000, 234, 766, total=2_000, stream=Terminal())
    assert LINE.findall(text) == [
        (" 50 %", "1,000 of 2,000"),
        (" 61 %", "1,234 of 2,000"),
        ("100 %", "2,000 of 2,000"),
    ]
    assert LINE.sub("", text) == "\n"


def test_shorter_line_covers_a_longer_one():
    lines = written(1, 1_999, total=2_000, stream=Terminal()).rstrip("\n").split("\r")[1:]
    assert [len(line) for line in lines] == [60, 60]


def test_rate_is_rows_for_each_second():
    stream = Terminal()
    progress = Progress(OutputWrapper(stream), 100)
    progress._started -= 10
    progress.add(50)
    rate = int(re.search(r"(\d+)/s", stream.getvalue())[1])
    assert rate in {4, 5}


@pytest.mark.parametrize("total", [0, 1])
def test_more_than_expected_is_not_over_100_percent(total):
    assert "100 %" in written(5, total=total, stream=Terminal())


def test_nothing_done_prints_nothing():
    assert written(total=10, stream=Terminal()) == ""


def test_what_is_no_terminal_gets_nothing():
    assert written(1, 2, total=3, stream=StringIO()) == ""


def test_line_is_ended_when_the_work_fails():
    stream = Terminal()
    with suppress(KeyboardInterrupt), Progress(OutputWrapper(stream), 2) as progress:
        progress.add(1)
        raise KeyboardInterrupt
    assert stream.getvalue().endswith("\n")


def test_progress_does_not_look_like_an_error():
    stream = OutputWrapper(Terminal())
    stream.style_func = make_style("error=red").ERROR
    with Progress(stream, 1) as progress:
        progress.add(1)
    assert "\x1b" not in stream._out.getvalue()
