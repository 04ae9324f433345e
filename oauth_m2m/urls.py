"""The app's URLs: ``path("", include("oauth_m2m.urls"))`` mounts them all."""

from django.urls import path

from oauth_m2m.views.token import token

app_name = "oauth_m2m"

urlpatterns = [
    path("oauth/token", token, name="token"),
]
