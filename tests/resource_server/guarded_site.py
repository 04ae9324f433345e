"""A site that never heard of tokens behind MachineTokenMiddleware, as its tests call it."""

from asgiref.sync import async_to_sync
from django.test import AsyncClient
from django.test import Client as HttpClient

from tests.error_ids import body_of, challenge_of

NO_TOKEN = {"error": "unauthorized", "error_description": "An access token is required."}
VIEWS = ["/site/who/", "/site/who-async", "/site/class", "/site/class-async"]


class Wsgi:
    """Requests as a WSGI server makes them."""

    kind: type[HttpClient | AsyncClient] = HttpClient

    def __init__(self) -> None:
        self._client = self.kind(enforce_csrf_checks=True, raise_request_exception=False)
        self.log_in = self._client.force_login

    def send(self, method: str, path: str, **headers: str):
        return self._client.generic(method, path, headers=headers)


class Asgi(Wsgi):
    """Requests as an ASGI server makes them, under a running event loop."""

    kind = AsyncClient

    def send(self, method: str, path: str, **headers: str):
        async def send():
            return await self._client.generic(method, path, headers=headers)

        return async_to_sync(send)()


def set_paths(settings, paths: dict) -> None:
    settings.OAUTH_M2M = {**settings.OAUTH_M2M, "PROTECTED_PATHS": paths}


def assert_refused(response, status: int, body: dict[str, str], challenge: str | None):
    assert response.status_code == status
    assert body_of(response) == body
    assert challenge_of(response) == challenge
    assert response["Cache-Control"] == "no-store"
    assert response["Vary"].partition(", ")[0] == "Authorization"
    assert not response.cookies
