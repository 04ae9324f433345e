"""What the admin's tests ask of pages: addresses, forms as a browser sends them, messages."""

import re
from typing import Any

from django.contrib.messages import get_messages
from django.forms import MultiWidget
from django.http import HttpResponse
from django.test import Client as HttpClient
from django.urls import reverse

from oauth_m2m.models import Client

SECRET = re.compile(r"m2ms_[0-9A-Za-z]{8}_[0-9A-Za-z]{49}")


def url(name: str, *args: object) -> str:
    """Return the address of an admin page: ``url("client_change", 1)``."""
    return reverse(f"admin:oauth_m2m_{name}", args=args)


def form_of(response: HttpResponse) -> dict[str, Any]:
    """Return what a browser would send if nobody touched the form, without what is empty."""
    form = response.context.get("form") or response.context["adminform"].form
    fields: dict[str, Any] = {}
    for bound in form:
        value = bound.value()
        if bound.name == "granted_scopes":
            fields |= {f"granted_scopes-{pk}": choice for pk, choice in (value or {}).items()}
        elif value and isinstance(bound.field.widget, MultiWidget):
            parts = bound.field.widget.decompress(value)
            fields |= {f"{bound.html_name}_{number}": part for number, part in enumerate(parts)}
        elif value:
            fields[bound.html_name] = value
    return fields


def text_of(http: HttpClient, name: str, *args: object) -> str:
    """Return an admin page, with a space for each run of white space."""
    response = http.get(url(name, *args))
    assert response.status_code == 200
    return re.sub(r"\s+", " ", response.content.decode())


def messages_of(response: HttpResponse) -> list[str]:
    """Return the messages that the request left for the next page."""
    return [str(message) for message in get_messages(response.wsgi_request)]


def secrets_in(response: HttpResponse) -> set[str]:
    """Return the clear secrets that a page shows."""
    return set(SECRET.findall(response.content.decode()))


def change_client(http: HttpClient, client: Client, **fields: Any) -> HttpResponse:
    """Open the page of a client, change some fields, and send it."""
    address = url("client_change", client.pk)
    return http.post(address, {**form_of(http.get(address)), **fields})


def add_client(http: HttpClient, **fields: Any) -> HttpResponse:
    """Open the page that registers a client, fill some fields in, and send it."""
    address = url("client_add")
    return http.post(address, {**form_of(http.get(address)), "name": "A robot", **fields})


def errors_of(response: HttpResponse) -> dict[str, list[str]]:
    """Return what is wrong with the form of a page, by field."""
    return response.context["adminform"].form.errors
