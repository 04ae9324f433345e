"""The tests' site behind MachineTokenMiddleware; servers in processes of their own use it too."""

from tests.settings import *  # noqa: F403 - all of them
from tests.settings import MIDDLEWARE, OAUTH_M2M

MIDDLEWARE = [*MIDDLEWARE, "oauth_m2m.resource_server.MachineTokenMiddleware"]
PROTECTED_PATHS = {
    "/site/": ["site:read"],
    "/site/by-method/": {"GET": ["site:read"], "POST": ["site:write"]},
    "/site/people": {"*": ["site:read"], "people": True},
    "/site/open": "public",
    "/host/people-only": ["site:read"],
    "/host/session-first": ["site:read"],
    "/host/machines-or-people": ["site:read"],
    "/host/plain/async": ["site:read"],
    "/host/plain/class": ["site:read"],
}
OAUTH_M2M = {**OAUTH_M2M, "PROTECTED_PATHS": PROTECTED_PATHS}
