"""
The fast lane: answer the app's own endpoints before the project's middleware and URL resolver.

Opt-in, around the project's WSGI application::

    application = token_lane(get_wsgi_application())

The views are those that the project's URLconf has at these paths, and Django's own handler
calls them: signals, error answers, logging, script name and host check are as ever. What the
lane skips is ``MIDDLEWARE``; ``docs/guides/performance.md`` says what that means.
"""

from collections.abc import Callable, Iterable
from typing import Any, Final
from urllib.parse import unquote

from django.conf import settings
from django.core.handlers.exception import convert_exception_to_response
from django.core.handlers.wsgi import WSGIHandler
from django.http import HttpRequest
from django.urls import (
    NoReverseMatch,
    ResolverMatch,
    get_script_prefix,
    resolve,
    reverse,
    set_script_prefix,
)

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


class _Lane(WSGIHandler):
    """Django's handler with neither middleware nor a search for the view."""

    def __init__(self) -> None:
        super().__init__()
        self._matches: dict[Any, dict[str, ResolverMatch]] = {}

    def load_middleware(self, is_async: bool = False) -> None:  # noqa: ARG002, FBT001 - Django's signature
        """Do what Django does with an empty ``MIDDLEWARE``."""
        self._view_middleware: list[Any] = []
        self._template_response_middleware: list[Any] = []
        self._exception_middleware: list[Any] = []
        self._middleware_chain = convert_exception_to_response(self._get_response)  # type: ignore[attr-defined] # it has

    @property
    def matches(self) -> dict[str, ResolverMatch]:
        """The views of the app, by ``PATH_INFO``: looked for once in each URLconf."""
        urlconf = settings.ROOT_URLCONF
        if urlconf not in self._matches:
            self._matches[urlconf] = _matches_in(urlconf)
        return self._matches[urlconf]

    def resolve_request(self, request: HttpRequest) -> ResolverMatch:
        """Return the view and its arguments; a host that is not ours is refused."""
        # As CommonMiddleware does. It raises DisallowedHost, which becomes a 400.
        request.get_host()
        request.resolver_match = self.matches[_as_wsgi(request.path_info)]
        return request.resolver_match


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
