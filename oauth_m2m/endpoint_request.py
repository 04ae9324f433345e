"""
A request to one of our endpoints, its body read once and strictly.

Django's own parser drops what it cannot decode and keeps the last of repeated
parameters; here either is an error, before anything is looked up.

https://www.rfc-editor.org/rfc/rfc6749#section-3.2
https://www.rfc-editor.org/rfc/rfc6749#appendix-B
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import unquote_to_bytes

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest
from django.http.request import UnreadablePostError

from oauth_m2m import protocol
from oauth_m2m.errors import InvalidRequest, Reason, RequestTooLarge
from oauth_m2m.networks import client_address

__all__ = [
    "MAX_BODY_BYTES",
    "MAX_PARAMETERS",
    "EndpointRequest",
    "decode_form_value",
    "read_body",
]

MAX_BODY_BYTES: Final = 16 * 1024
MAX_PARAMETERS: Final = 64

_BAD_ESCAPE: Final = re.compile(rb"%(?![0-9A-Fa-f]{2})")
_CONTROL: Final = re.compile(r"[\x00-\x1F\x7F]")


@dataclass(frozen=True, slots=True)
class EndpointRequest:
    """
    What the floors below the views may see of an HTTP request.

    *parameters* has each parameter that carries a value, once; those that may repeat are
    in *repeatable*, in their order.
    """

    http: HttpRequest = field(repr=False)
    parameters: Mapping[str, str] = field(repr=False)
    repeatable: Mapping[str, tuple[str, ...]] = field(repr=False)
    address: str | None

    @classmethod
    def read(cls, request: HttpRequest) -> "EndpointRequest":
        """
        Read *request*, whose method is POST.

        Raises InvalidRequest for anything but one form-encoded UTF-8 body with each
        parameter once, and RequestTooLarge before a large body is parsed.
        """
        if request.META.get("QUERY_STRING"):
            raise InvalidRequest(Reason.PARAMETERS_IN_URL)
        _check_content_type(request)
        single: dict[str, str] = {}
        repeatable: dict[str, tuple[str, ...]] = {}
        seen: set[str] = set()
        for name, value in _pairs(read_body(request, MAX_BODY_BYTES)):
            if name in protocol.REPEATABLE_PARAMETERS:
                repeatable[name] = (*repeatable.get(name, ()), value)
                continue
            if name in seen:
                raise InvalidRequest(Reason.REPEATED_PARAMETER)
            seen.add(name)
            # RFC 6749 section 3.2: a parameter without a value counts as omitted.
            if value:
                single[name] = value
        return cls(request, single, repeatable, client_address(request))

    @property
    def authorization(self) -> str:
        """The Authorization header, or an empty string."""
        # Not http.headers: it goes through all of them to find one.
        authorization: str = self.http.META.get("HTTP_AUTHORIZATION", "")
        return authorization


def decode_form_value(raw: bytes) -> str:
    """
    Decode one form-encoded name or value (RFC 6749 appendix B).

    Raises ValueError for a broken escape or bytes that are not UTF-8.
    """
    if b"%" not in raw:
        return raw.replace(b"+", b" ").decode()
    if _BAD_ESCAPE.search(raw):
        message = "broken percent-encoding"
        raise ValueError(message)
    return unquote_to_bytes(raw.replace(b"+", b" ")).decode()


def read_body(request: HttpRequest, max_bytes: int) -> bytes:
    """
    Return the body of *request*.

    Raises RequestTooLarge over *max_bytes*, if its length was announced before it is read, and
    InvalidRequest for one that ends too early.
    """
    if _announced_length(request) > max_bytes:
        raise RequestTooLarge(Reason.BODY_TOO_LARGE)
    try:
        body = request.body
    except RequestDataTooBig:
        raise RequestTooLarge(Reason.BODY_TOO_LARGE) from None
    except UnreadablePostError:
        raise InvalidRequest(Reason.BODY_UNREADABLE) from None
    if len(body) > max_bytes:
        # A chunked body announces no length.
        raise RequestTooLarge(Reason.BODY_TOO_LARGE)
    return body


def _check_content_type(request: HttpRequest) -> None:
    charset = (request.content_params or {}).get("charset", "utf-8").lower()
    if request.content_type != protocol.FORM_CONTENT_TYPE or charset not in {"utf-8", "utf8"}:
        raise InvalidRequest(Reason.WRONG_CONTENT_TYPE)


def _announced_length(request: HttpRequest) -> int:
    try:
        return int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        raise InvalidRequest(Reason.BODY_UNREADABLE) from None


def _pairs(body: bytes) -> list[tuple[str, str]]:
    fields = [part for part in body.split(b"&") if part]
    if len(fields) > MAX_PARAMETERS:
        raise InvalidRequest(Reason.TOO_MANY_PARAMETERS)
    try:
        pairs = [
            (decode_form_value(name), decode_form_value(value))
            for name, _, value in (part.partition(b"=") for part in fields)
        ]
    except ValueError:
        raise InvalidRequest(Reason.MALFORMED_BODY) from None
    if _CONTROL.search("".join(text for pair in pairs for text in pair)):
        raise InvalidRequest(Reason.CONTROL_CHARACTER)
    return pairs
