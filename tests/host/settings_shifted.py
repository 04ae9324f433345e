"""
The settings of a served site, for processes whose clock is CLOCK_SHIFT seconds off.

All that the app, Django and its libraries know of the time comes from these two functions.
"""

import os
import time
from datetime import timedelta
from typing import Any

from django.utils import timezone

from tests.host.settings_served import *  # noqa: F403

_SECONDS = float(os.environ["CLOCK_SHIFT"])


def _shift(module: Any, name: str, by: Any) -> None:
    right = getattr(module, name)
    setattr(module, name, lambda: right() + by)


_shift(time, "time", _SECONDS)
_shift(timezone, "now", timedelta(seconds=_SECONDS))
