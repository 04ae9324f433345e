"""A host with an admin site of its own beside Django's."""

from django.contrib import admin
from django.urls import include, path

from tests.admin.urls_of_another_site import ops

urlpatterns = [
    path("", include("oauth_m2m.urls")),
    path("admin/", admin.site.urls),
    path("ops/", ops.urls),
]
