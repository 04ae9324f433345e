"""Where the contenders are; few enough that their order costs nothing."""

from django.urls import include, path
from oauth2_provider.views import TokenView

from tests.benchmarks.authlib_app.views import token as authlib_token
from tests.benchmarks.project.views import APIS, empty, raw

urlpatterns = [
    path("empty", empty),
    path("raw", raw),
    path("toolkit/token", TokenView.as_view()),
    path("authlib/token", authlib_token),
    *(path(f"api/{name}", view.as_view()) for name, view in APIS.items()),
    path("", include("oauth_m2m.urls")),
]
