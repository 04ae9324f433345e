"""A host whose own admin site has clients only."""

from django.contrib import admin
from django.urls import path

from oauth_m2m.admin import ClientAdmin
from oauth_m2m.models import Client

ops = admin.AdminSite(name="ops")
ops.register(Client, ClientAdmin)

urlpatterns = [path("ops/", ops.urls)]
