"""Requests as the client authentication methods see them."""

from base64 import b64encode
from urllib.parse import urlencode

from django.test import RequestFactory

from oauth_m2m.endpoint_request import EndpointRequest
from tests.conftest import FORM


def request(authorization: str = "", address: str = "192.0.2.7", **body: str) -> EndpointRequest:
    """Return a token request with *body* and a header."""
    headers = {"Authorization": authorization} if authorization else {}
    form = urlencode({"grant_type": "client_credentials", **body})
    return EndpointRequest.read(
        RequestFactory().post("/", form, content_type=FORM, headers=headers, REMOTE_ADDR=address)
    )


def basic(client_id: str, secret: str) -> str:
    """Return a Basic header that encodes nothing."""
    return "Basic " + b64encode(f"{client_id}:{secret}".encode()).decode()
