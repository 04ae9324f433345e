"""The project's WSGI application, and the same with our endpoints in the fast lane."""

import os

from django.core.wsgi import get_wsgi_application

from oauth_m2m.wsgi import token_lane

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.benchmarks.project.settings")

application = get_wsgi_application()
lane = token_lane(application)
