"""Fixtures of the accepting side."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.utils import timezone

from oauth_m2m.values import VerifiedToken
from tests.conftest import Registered
from tests.host import settings_guarded
from tests.host.database_away import database_away  # noqa: F401 - a fixture
from tests.resource_server.guarded_site import Asgi, Wsgi, set_paths
from tests.resource_server.remote_endpoint import call, listed, server  # noqa: F401 - as above


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


@pytest.fixture
def guarded(settings) -> None:
    """Put MachineTokenMiddleware in front of the tests' site."""
    settings.MIDDLEWARE = settings_guarded.MIDDLEWARE
    set_paths(settings, settings_guarded.PROTECTED_PATHS)


@pytest.fixture(params=[Wsgi, Asgi], ids=["WSGI", "ASGI"])
def site(request, guarded) -> Wsgi:
    """The guarded site, as it is called by one kind of server and by the other."""
    return request.param()


@pytest.fixture
def reader(register) -> Registered:
    """A machine that may read the site, and more when it asks."""
    return register("site:read", optional=["site:write", "orders:read"])


@pytest.fixture
def person(db):
    """Somebody who can log in."""
    return get_user_model().objects.create_user("ann")
