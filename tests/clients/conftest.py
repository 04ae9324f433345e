"""The server that real clients talk to, over a real socket."""

from dataclasses import dataclass

import pytest

from tests.conftest import Registered

ORDER = {"article": "tea", "quantity": 2}


@dataclass(frozen=True)
class Service:
    """The addresses of a running server, and a client that it knows."""

    token_url: str
    orders_url: str
    client: Registered

    def assert_placed(self, answered: dict) -> None:
        """Check that *answered* is the order that this client has just placed."""
        answered = {name: answered[name] for name in (*ORDER, "placed_by")}
        assert answered == {**ORDER, "placed_by": self.client.client_id}


@pytest.fixture
def service(live_server, registered: Registered) -> Service:
    """Serve the example project's orders API; the client may read, and write when it asks."""
    return Service(f"{live_server}/oauth/token", f"{live_server}/api/orders/", registered)
