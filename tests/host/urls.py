"""The host's URLs: those of the example project and of the views beside this file."""

from django.urls import include, path

urlpatterns = [
    path("", include("example_project.urls")),
]
