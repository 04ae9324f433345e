"""
The fixtures ``machine_client`` and ``force_machine``, in every project that has this installed.

pytest loads it whether the project uses it or not, and before Django's settings are read: so
nothing of the app is imported until a test asks.
"""

from collections.abc import Callable
from typing import Any

import pytest

__all__ = ["force_machine", "machine_client"]


@pytest.fixture
def force_machine() -> Callable[..., Any]:
    """Let a test client's requests come from a machine: ``force_machine(client, ["a:b"])``."""
    from oauth_m2m import testing  # noqa: PLC0415 - models are loaded only now

    return testing.force_machine


@pytest.fixture
def machine_client(db: None) -> Callable[..., Any]:  # noqa: ARG001 - it writes rows
    """Make a test client that sends a real token of a new client: ``machine_client(["a:b"])``."""
    from oauth_m2m import testing  # noqa: PLC0415 - as above

    return testing.machine_client
