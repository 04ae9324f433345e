"""A project that mounts the public documents and none of the endpoints."""

from django.urls import include, path

from oauth_m2m.urls import app_name, well_known_urlpatterns

urlpatterns = [path("", include((well_known_urlpatterns, app_name)))]
