"""A real HTTP client that prints what it sends and what it gets."""

import base64
import json
import shlex
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

from django.core.management.base import CommandError, OutputWrapper

SHOWN_HEADERS = ("Content-Type", "Cache-Control", "WWW-Authenticate", "Retry-After")


class Transcript:
    """Makes requests to one server and prints both sides of each."""

    def __init__(self, base_url: str, out: OutputWrapper) -> None:
        """Talk to *base_url* and write to *out*."""
        self._base_url = base_url
        self._out = out

    def heading(self, text: str) -> None:
        """Say what comes next."""
        self._out.write(f"\n--- {text}\n")

    def command(self, arguments: tuple[str, ...], output: str) -> str:
        """Print a command that was run and what it said."""
        self._out.write(f"$ python manage.py {shlex.join(arguments)}")
        self._out.write(output.rstrip())
        return output

    def get(self, path: str, *, token: str, expect: int) -> Any:
        """GET with a bearer token."""
        return self._send(path, None, _bearer(token), expect)

    def post_json(self, path: str, body: dict[str, Any], *, token: str, expect: int) -> Any:
        """POST JSON with a bearer token."""
        headers = {**_bearer(token), "Content-Type": "application/json"}
        return self._send(path, json.dumps(body).encode(), headers, expect)

    def post(self, path: str, form: dict[str, str], *, basic: tuple[str, str], expect: int) -> Any:
        """POST a form with HTTP Basic credentials."""
        pair = base64.b64encode(":".join(basic).encode()).decode()
        headers = {
            "Authorization": f"Basic {pair}",
            "Content-Type": "application/x-www-form-urlencoded",
        }
        return self._send(path, urlencode(form).encode(), headers, expect)

    def _send(self, path: str, data: bytes | None, headers: dict[str, str], expect: int) -> Any:
        request = Request(self._base_url + path, data=data, headers=headers)  # noqa: S310 - http
        self._out.write(f"> {request.get_method()} {request.full_url}")
        for name, value in request.header_items():
            self._out.write(f"> {name}: {value}")
        if data is not None:
            self._out.write(f">\n> {data.decode()}")
        status, reason, answered, body = _exchange(request)
        self._out.write(f"< {status} {reason}")
        for name in SHOWN_HEADERS:
            if name in answered:
                self._out.write(f"< {name}: {answered[name]}")
        self._out.write(f"<\n< {body}\n")
        if status != expect:
            message = f"Expected {expect}, got {status}."
            raise CommandError(message)
        return json.loads(body)


def _exchange(request: Request) -> tuple[int, str, Any, str]:
    try:
        with urlopen(request, timeout=10) as response:  # noqa: S310 - an http URL on loopback
            return response.status, response.reason, response.headers, response.read().decode()
    except HTTPError as error:
        with error:
            return error.code, str(error.reason), error.headers, error.read().decode()


def _bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}
