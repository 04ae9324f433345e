"""The app's URLs and an API whose own code reads no database: all that fails with it is ours."""

from django.urls import include, path

from tests.host import views

urlpatterns = [
    path("", include("oauth_m2m.urls")),
    path("api/orders/", views.ListedScopes.as_view()),
]
