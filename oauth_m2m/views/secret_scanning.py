"""
Reports of leaks by a scanning service, in the form of GitHub's secret scanning.

Off unless the setting ``SECRET_SCANNING`` says otherwise. The signature is checked before
anything is parsed. The answer tells the service which of its findings were real.

https://docs.github.com/en/code-security/secret-scanning/secret-scanning-partner-program
"""

import functools
import json
from dataclasses import dataclass, field
from typing import Any, Final

from django.http import HttpRequest, HttpResponse

from oauth_m2m.audit import printable
from oauth_m2m.conf import m2m_settings
from oauth_m2m.endpoint_request import read_body
from oauth_m2m.errors import InvalidRequest, Reason
from oauth_m2m.hashing import digest_credential
from oauth_m2m.keys.scanner_keys import check_report_signature
from oauth_m2m.networks import client_address
from oauth_m2m.operations.leaks import find_credential, report_leak
from oauth_m2m.values import Actor
from oauth_m2m.views.answer import EndpointAnswer
from oauth_m2m.views.document import error_response
from oauth_m2m.views.endpoint import guarded_endpoint

__all__ = ["MAX_REPORT_BYTES", "secret_scanning"]

MAX_REPORT_BYTES: Final = 1024 * 1024
_URL_LENGTH: Final = 1_000
_OFF: Final = "off"
_REVOKE: Final = "revoke"


@dataclass(frozen=True, slots=True)
class _Finding:
    token: str = field(repr=False)
    type: str
    url: str
    source: str


@guarded_endpoint("secret_scanning.refused")
def _take_report(request: HttpRequest) -> EndpointAnswer:
    body = read_body(request, MAX_REPORT_BYTES)
    check_report_signature(
        body,
        request.headers.get("Github-Public-Key-Identifier", ""),
        request.headers.get("Github-Public-Key-Signature", ""),
        m2m_settings.SECRET_SCANNING_KEYS_URL,
    )
    actor = Actor("secret scanning", address=client_address(request))
    revoke = m2m_settings.SECRET_SCANNING == _REVOKE
    feedback = [_handle(finding, actor, revoke=revoke) for finding in _findings(body)]
    return EndpointAnswer(json.dumps(feedback))


@functools.wraps(_take_report)
def secret_scanning(request: HttpRequest) -> HttpResponse:
    """Take a report, if the setting says so; its findings are noted, or ended as well."""
    if m2m_settings.SECRET_SCANNING == _OFF:
        return error_response("not_found", "This server takes no reports of leaks.", 404)
    return _take_report(request)


def _findings(body: bytes) -> list[_Finding]:
    try:
        entries = json.loads(body)
        # Half of a surrogate pair is no character, and has no digest.
        json.dumps(entries, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        entries = None
    if not isinstance(entries, list):
        raise InvalidRequest(Reason.MALFORMED_REPORT)
    return [_finding(entry) for entry in entries]


def _finding(entry: Any) -> _Finding:
    members = entry if isinstance(entry, dict) else {}
    token, kind = members.get("token"), members.get("type")
    if not isinstance(token, str) or not isinstance(kind, str):
        raise InvalidRequest(Reason.MALFORMED_REPORT)
    return _Finding(
        token=token,
        type=kind,
        url=printable(str(members.get("url") or ""), _URL_LENGTH),
        source=printable(str(members.get("source") or "")),
    )


def _handle(finding: _Finding, actor: Actor, *, revoke: bool) -> dict[str, str]:
    found = find_credential(finding.token)
    if found is not None:
        report_leak(found, revoke=revoke, actor=actor, source=finding.source, url=finding.url)
    is_ours = found is not None and found.is_known
    # The digest, and not the token: an answer may end up in somebody's log.
    return {
        "token_hash": digest_credential(finding.token),
        "token_type": finding.type,
        "label": "true_positive" if is_ours else "false_positive",
    }
