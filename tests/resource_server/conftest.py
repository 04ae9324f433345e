"""Fixtures of the accepting side."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from oauth_m2m.values import VerifiedToken
from tests.host.database_away import database_away  # noqa: F401 - a fixture


@pytest.fixture
def make_token():
    """Make a verified token without a row: ``make_token(client_name="x")``."""

    def make_token(**fields: Any) -> VerifiedToken:
        now = timezone.now()
        proven = {
            "client_id": "billing",
            "scopes": ("orders:read",),
            "audience": (),
            "issued_at": now,
            "expires_at": now + timedelta(hours=1),
        }
        return VerifiedToken(**{**proven, **fields})

    return make_token
