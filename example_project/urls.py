"""The example project's URLs: the app's own, the admin, an orders API and a plain view."""

from django.conf import settings
from django.contrib import admin
from django.contrib.staticfiles.views import serve
from django.urls import include, path

from example_project.views import OrderListView, daily_report

urlpatterns = [
    path("", include("oauth_m2m.urls")),
    path("admin/", admin.site.urls),
    path("api/orders/", OrderListView.as_view(), name="orders"),
    path("reports/daily", daily_report, name="daily-report"),
    # A real project lets its web server do this; an example has none.
    path("static/<path:path>", serve, {"insecure": True}),
]

if settings.HAS_DOCUMENTATION:
    from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

    urlpatterns += [
        path("api/schema/", SpectacularAPIView.as_view(), name="schema"),
        path("api/docs/", SpectacularSwaggerSplitView.as_view(), name="docs"),
    ]
