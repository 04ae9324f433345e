import os
import subprocess
import sys

from oauth_m2m.oauthlib_bridge._dot import OAuthLibCore

WITHOUT_THE_TOOLKITS_APP = """
import django, sys
django.setup()
from django.conf import settings
assert "oauth2_provider" not in settings.INSTALLED_APPS
import oauth_m2m.oauthlib_bridge.core
assert "oauth2_provider.models" not in sys.modules
"""


def test_the_core_is_the_toolkits():
    assert OAuthLibCore.__module__.partition(".")[0] == "oauth2_provider"
    assert callable(OAuthLibCore.create_token_response)


def test_the_toolkits_models_are_not_loaded():
    subprocess.run(
        [sys.executable, "-W", "error", "-c", WITHOUT_THE_TOOLKITS_APP],
        check=True,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "example_project.settings"},
        timeout=60,
    )
