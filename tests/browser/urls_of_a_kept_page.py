"""
The page with a secret as an answer that every browser keeps in memory.

Chromium keeps none to a POST, none that says no-store, and none whose scripts listen for
"unload", as the admin's own do. Other browsers are less careful.
"""

import re

from django.contrib.admin import site
from django.http import HttpRequest, HttpResponse
from django.urls import path

from oauth_m2m.admin.show_once import show_once
from oauth_m2m.models import Client
from oauth_m2m.operations.credentials import add_secret
from oauth_m2m.values import Actor
from tests.host.urls import urlpatterns as urls_of_the_host


def kept(request: HttpRequest) -> HttpResponse:
    client = Client.objects.get()
    secret = add_secret(client, actor=Actor("the tests"))
    page = show_once(site._registry[Client], request, client, secret)
    text = page.content.decode()
    return HttpResponse(
        re.sub(r'<script src="/static/admin/.*?</script>', "", text, flags=re.DOTALL)
    )


urlpatterns = [path("kept/", kept), *urls_of_the_host]
