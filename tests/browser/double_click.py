"""A click that comes twice, while the server is still at work on the first."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Locator, expect

from oauth_m2m.signals import audit_recorded


@contextmanager
def slow_server() -> Iterator[None]:
    """Let each change take longer than a double click; the server is a thread of ours."""

    def dawdle(**_event: object) -> None:
        time.sleep(0.7)

    audit_recorded.connect(dawdle)
    yield
    audit_recorded.disconnect(dawdle)


def double_click(button: Locator) -> None:
    # While a page loads, what is above the button may still push it away from under the mouse.
    button.page.wait_for_load_state()
    # As slow as a hand: the browser itself drops a second click in the same moment.
    with slow_server():
        button.dblclick(delay=100)
        expect(button).not_to_be_attached()
