"""A project that mounts the two halves apart: the endpoints have a prefix."""

from django.urls import include, path

from oauth_m2m.urls import app_name, oauth_urlpatterns, well_known_urlpatterns

# One namespace, so that each half finds the other.
halves = [path("accounts/", include(oauth_urlpatterns)), *well_known_urlpatterns]

urlpatterns = [path("", include((halves, app_name)))]
