"""A client of the wire that calls a WSGI application, as a web server does."""

from collections.abc import Iterable
from functools import partial
from typing import Any

from django.core.handlers.wsgi import WSGIRequest
from django.core.signals import request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from django.http import HttpResponse
from django.test import Client as HttpClient
from django.test.client import closing_iterator_wrapper, conditional_content_removal

from oauth_m2m.wsgi import Application, token_lane


class WsgiClient(HttpClient):
    """Django's test client in front of *application*; what it cannot know of it is left out."""

    def __init__(self, application: Application) -> None:
        super().__init__(raise_request_exception=False)
        self.application = application

    def request(self, **request: Any) -> HttpResponse:
        """Call the application and return what it sent."""
        began: dict[str, Any] = {}

        def start_response(status: str, headers: list[tuple[str, str]]) -> None:
            began.update(status=status, headers=headers)

        environ = self._base_environ(**request)
        # The test's own transaction is on this connection.
        request_started.disconnect(close_old_connections)
        try:
            body = b"".join(_closing(self.application(environ, start_response)))
        finally:
            request_started.connect(close_old_connections)
        status, _, reason = began["status"].partition(" ")
        response = HttpResponse(body, status=int(status), reason=reason)
        del response.headers["Content-Type"]
        for name, value in began["headers"]:
            response.headers[name] = value
        response.json = partial(self._parse_json, response)
        return conditional_content_removal(WSGIRequest(environ), response)


def _closing(answer: Iterable[bytes]) -> Iterable[bytes]:
    return closing_iterator_wrapper(answer, getattr(answer, "close", lambda: None))


def lane_client() -> WsgiClient:
    """Return a client of the tests' site, whose endpoints are answered in the fast lane."""
    return WsgiClient(token_lane(get_wsgi_application()))
