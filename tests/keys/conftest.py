"""A server that publishes keys."""

from collections.abc import Iterator

import pytest

from tests.key_server import KeyServer, running_key_server


@pytest.fixture
def server() -> Iterator[KeyServer]:
    with running_key_server() as server:
        yield server
