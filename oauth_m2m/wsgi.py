"""
The fast lane: answer the app's own endpoints before the project's middleware and URL resolver.

Opt-in, around the project's WSGI application::

    application = token_lane(get_wsgi_application())

The views are those that the project's URLconf has at these paths; error answers, logging, script
name, host check and old connections are as ever. What the lane skips is ``MIDDLEWARE`` and the
signals around a request; ``docs/guides/performance.md`` says what that means.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final, cast
from urllib.parse import unquote

from django.conf import settings
from django.core.handlers.exception import convert_exception_to_response
from django.core.handlers.wsgi import WSGIRequest, get_script_name
from django.db import connections
from django.http import HttpRequest, HttpResponse
from django.urls import (
    NoReverseMatch,
    ResolverMatch,
    get_script_prefix,
    resolve,
    reverse,
    set_script_prefix,
)
from django.utils.log import log_response

__all__ = ["token_lane"]

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]

# Those at one fixed path; what has an issuer's or a resource's path in it goes the long way.
_NAMES: Final = (
    "token",
    "introspection",
    "revocation",
    "jwks",
    "authorize",
    "rotate_secret",
    "secret_scanning",
    "metadata",
    "openid_configuration",
    "protected_resource",
)


def token_lane(application: Application) -> Application:
    """
    Return a WSGI application that answers the app's endpoints itself.

    All other requests go to *application*, which is the project's.
    """
    lane = _Lane()

    def routed(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        is_ours = environ.get("PATH_INFO") in lane.matches
        return (lane if is_ours else application)(environ, start_response)

    return routed


class _Lane:
    """Django's WSGI handler without middleware, signals of requests, and a search for the view."""

    def __init__(self) -> None:
        # A project's wsgi.py imports this file before the models can be loaded.
        from oauth_m2m.after_answers import write_what_is_due  # noqa: PLC0415 - as said

        self._write_what_is_due = write_what_is_due
        self._matches: dict[Any, dict[str, ResolverMatch]] = {}
        answer = convert_exception_to_response(self._answer_of_the_view)
        self._answer = cast("Callable[[HttpRequest], HttpResponse]", answer)

    def __call__(
        self, environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        set_script_prefix(get_script_name(environ))
        _close_old_connections()
        request = WSGIRequest(environ)
        response = self._answer(request)
        if response.status_code >= 400:
            log_response(
                "%s: %s",
                response.reason_phrase,
                request.path,
                response=response,
                request=request,
            )
        status = f"{response.status_code} {response.reason_phrase}"
        start_response(status, [*response.items()])
        return _Body(response, self._finish)

    @property
    def matches(self) -> dict[str, ResolverMatch]:
        """The views of the app, by ``PATH_INFO``: looked for once in each URLconf."""
        urlconf = settings.ROOT_URLCONF
        if urlconf not in self._matches:
            self._matches[urlconf] = _matches_in(urlconf)
        return self._matches[urlconf]

    def _finish(self) -> None:
        self._write_what_is_due()
        _close_old_connections()

    def _answer_of_the_view(self, request: HttpRequest) -> HttpResponse:
        # As CommonMiddleware does. It raises DisallowedHost, which becomes a 400.
        request.get_host()
        match = self.matches[_as_wsgi(request.path_info)]
        request.resolver_match = match
        answer: HttpResponse = match.func(request, *match.args, **match.kwargs)
        return answer


class _Body:
    """What the server sends, and calls when it has."""

    def __init__(self, response: HttpResponse, finish: Callable[[], None]) -> None:
        self._response = response
        self.close = finish

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._response)


def _close_old_connections() -> None:
    # What Django does around each request; a test's transaction is not ours to end.
    for connection in connections.all(initialized_only=True):
        if not connection.in_atomic_block:
            connection.close_if_unusable_or_obsolete()


def _matches_in(urlconf: Any) -> dict[str, ResolverMatch]:
    prefix = get_script_prefix()
    # PATH_INFO is without the script's name.
    set_script_prefix("/")
    try:
        found = [_match(name, urlconf) for name in _NAMES]
    finally:
        set_script_prefix(prefix)
    return dict(filter(None, found))


def _match(name: str, urlconf: Any) -> tuple[str, ResolverMatch] | None:
    try:
        path = unquote(reverse(f"oauth_m2m:{name}", urlconf))
    except NoReverseMatch:  # the project did not mount it
        return None
    match = resolve(path, urlconf)
    # Another view of the project may stand before ours at the same path.
    if match.view_name.split(":")[-2:] != ["oauth_m2m", name]:
        return None
    return _as_wsgi(path), match


def _as_wsgi(path: str) -> str:
    # WSGI's strings are bytes in disguise.
    return path if path.isascii() else path.encode().decode("latin-1")
