"""A project that mounts our URLs behind a word with a letter beyond ASCII."""

from django.urls import include, path

urlpatterns = [path("maße/", include("oauth_m2m.urls"))]
