"""A project that mounts the token endpoint and the metadata, and an API of its own."""

from django.urls import include, path

from example_project.views import daily_report
from oauth_m2m.urls import app_name, oauth_urlpatterns, well_known_urlpatterns

chosen = [
    pattern
    for pattern in [*oauth_urlpatterns, *well_known_urlpatterns]
    if pattern.name in {"token", "metadata"}
]

urlpatterns = [
    path("", include((chosen, app_name))),
    path("reports/daily", daily_report),
]
