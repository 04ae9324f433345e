"""Answers without their ``error_id``, which differs each time and must be there each time."""

import re
from typing import Any

from django.http import HttpResponse

__all__ = ["body_of", "challenge_of"]

_FORM = re.compile(r"[0-9a-z]{12}")
_ATTRIBUTE = re.compile(r', error_id="([^"]*)"')


def body_of(response: HttpResponse) -> dict[str, Any]:
    """Return the body of a refusal; one for want of a token says why and needs no id."""
    body: dict[str, Any] = dict(response.json())
    if body["error"] != "unauthorized":
        assert _FORM.fullmatch(body.pop("error_id")), body
    return body


def challenge_of(response: HttpResponse) -> str | None:
    """Return the challenge of a refusal, None where there is none; one with an error has an id."""
    challenge: str | None = response.headers.get("WWW-Authenticate")
    if challenge is None or ' error="' not in challenge:
        return challenge
    [error_id] = _ATTRIBUTE.findall(challenge)
    assert _FORM.fullmatch(error_id), challenge
    return _ATTRIBUTE.sub("", challenge)
