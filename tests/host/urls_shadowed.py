"""A project that has a view of its own where one of ours would be."""

from django.http import HttpRequest, HttpResponse
from django.urls import include, path


def own_token(_request: HttpRequest) -> HttpResponse:
    return HttpResponse("the project's own")


urlpatterns = [path("oauth/token", own_token), path("", include("oauth_m2m.urls"))]
