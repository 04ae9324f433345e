"""Another process that acts between two statements of ours."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection


@contextmanager
def another_process_acts(after: str, act: Callable[[], Any]) -> Iterator[None]:
    """Call *act* once, right after the first statement that has *after* in it."""
    acted = []

    def wrapper(execute: Callable[..., Any], sql: str, *arguments: Any) -> Any:
        result = execute(sql, *arguments)
        if after in sql and not acted:
            acted.append(sql)
            act()
        return result

    with connection.execute_wrapper(wrapper):
        yield
    assert acted, "nothing was there to interrupt"
