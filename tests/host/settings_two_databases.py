"""A site that keeps its orders in one database, and machines and people in another."""

from pathlib import Path

from example_project.settings import *  # noqa: F403 - all of them
from example_project.settings import DATABASES, SQLITE_FILE

DATABASES = {
    alias: {
        **DATABASES["default"],
        "NAME": str(Path(SQLITE_FILE).with_suffix(f".{alias}")),
        "ATOMIC_REQUESTS": True,
    }
    for alias in ("default", "machines")
}
DATABASE_ROUTERS = ["tests.host.machines_router.MachinesRouter"]
