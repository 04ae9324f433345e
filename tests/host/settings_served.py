"""The example project's settings, and those that a test has put into the environment."""

import json
import os

from example_project.settings import *  # noqa: F403

globals().update(json.loads(os.environ["SERVED_SETTINGS"]))
