"""
``workload_identity``: the client presents the JWT that its platform gave it.

Kubernetes, GitHub Actions, SPIFFE, Entra and Google sign who a workload is; here it is
written which of their subjects are which client. No secret is kept anywhere.

https://www.rfc-editor.org/rfc/rfc7523#section-3
"""

import re
from collections.abc import Mapping
from typing import Any, Final

from django.db import router
from django.db.models import Q

from oauth_m2m import protocol
from oauth_m2m.client_auth.assertions import (
    ASSERTION_LEEWAY_SECONDS,
    UnverifiedAssertion,
    accepted_audiences,
    check_audience,
    check_time,
    read_assertion,
)
from oauth_m2m.client_auth.standing import admit
from oauth_m2m.conf import m2m_settings
from oauth_m2m.endpoint_request import EndpointRequest
from oauth_m2m.errors import InvalidClient, InvalidRequest, Reason
from oauth_m2m.keys.remote_jwks import RemoteKeysUnavailableError, remote_keys
from oauth_m2m.keys.strict_jwt import JwtRefused, verify_jwt
from oauth_m2m.models import TrustedIssuer, WorkloadIdentity
from oauth_m2m.models.client_lookup import ClientRecord
from oauth_m2m.models.known_clients import known_client
from oauth_m2m.values import AuthenticatedClient

__all__ = ["authenticate", "names", "presented_in", "subject_matches"]

names = (protocol.WORKLOAD_IDENTITY,)

_REQUIRED: Final = ("iss", "sub", "aud", "exp")


def presented_in(request: EndpointRequest) -> bool:
    """Whether *request* has a readable assertion in which an issuer vouches for a subject."""
    if "client_assertion" not in request.parameters:
        return False
    try:
        return not read_assertion(request).is_own
    except (InvalidClient, InvalidRequest):
        return False


def authenticate(request: EndpointRequest) -> AuthenticatedClient:
    """Return the one client that the platform's token is; none or two are refused."""
    assertion = read_assertion(request)
    named = request.parameters.get("client_id", "")
    try:
        issuer = _trusted_issuer(assertion.issuer)
        claims = _verified(issuer, assertion)
        client = _one_client(issuer, claims)
    except JwtRefused as refused:
        raise InvalidClient(refused.reason, client_id=named) from None
    if named not in {"", client.client_id}:
        raise InvalidRequest(Reason.ASSERTION_OF_ANOTHER_CLIENT, client_id=named)
    # Not recorded as used: a platform's token is meant to be presented until it ends.
    return admit(client, method=names[0], address=request.address)


def subject_matches(pattern: str, subject: str) -> bool:
    """
    Whether *subject* is what *pattern* says; a ``*`` stands for characters but ``:`` and ``/``.

    So ``repo:acme/*:ref:refs/heads/main`` lets in every repository of acme and nothing of
    anybody else.
    """
    parts = [re.escape(part) for part in pattern.split("*")]
    return re.fullmatch("[^:/]*".join(parts), subject) is not None


def _trusted_issuer(issuer: str) -> TrustedIssuer:
    using = router.db_for_write(TrustedIssuer)
    rows = TrustedIssuer.objects.using(using).filter(issuer=issuer, is_active=True)
    # PostgreSQL refuses a NUL, and a claim may contain one.
    found = rows.first() if issuer.isprintable() else None
    # MariaDB takes "A" for "a", and ignores spaces at the end.
    if found is None or found.issuer != issuer:
        raise JwtRefused(Reason.UNTRUSTED_ISSUER)
    return found


def _verified(issuer: TrustedIssuer, assertion: UnverifiedAssertion) -> Mapping[str, Any]:
    kid = assertion.header.get("kid")
    if assertion.header.get("alg") not in issuer.algorithms:
        raise JwtRefused(Reason.WRONG_ALGORITHM)
    try:
        keys = remote_keys(issuer.jwks_uri, m2m_settings.JWKS_ALLOWED_NETWORKS)
        key = keys.find(kid) if isinstance(kid, str) else None
    except RemoteKeysUnavailableError:
        raise JwtRefused(Reason.KEYS_UNAVAILABLE) from None
    if key is None:
        raise JwtRefused(Reason.UNKNOWN_KEY)
    verify_jwt(
        assertion.encoded,
        assertion.header,
        assertion.claims,
        key,
        required=_REQUIRED,
        leeway_seconds=ASSERTION_LEEWAY_SECONDS,
    )
    claims = assertion.claims
    accepted = (issuer.audience,) if issuer.audience else accepted_audiences(is_strict=False)
    check_audience(claims, accepted, is_strict=False)
    check_time(claims, longest=None)
    return claims


def _one_client(issuer: TrustedIssuer, claims: Mapping[str, Any]) -> ClientRecord:
    subject = claims["sub"]
    if not subject.isprintable():
        raise JwtRefused(Reason.UNKNOWN_WORKLOAD)
    could_be = Q(subject=subject) | Q(subject__contains="*")
    rows = WorkloadIdentity.objects.using(router.db_for_write(WorkloadIdentity))
    candidates = rows.filter(could_be, issuer=issuer).select_related("client")
    matching = {
        identity.client.client_id
        for identity in candidates
        if subject_matches(identity.subject, subject)
        and _conditions_hold(identity.conditions, claims)
    }
    if len(matching) > 1:
        # Whichever we chose, it might be the wrong one.
        raise JwtRefused(Reason.AMBIGUOUS_WORKLOAD)
    client = known_client(next(iter(matching), ""))
    if client is None:
        raise JwtRefused(Reason.UNKNOWN_WORKLOAD)
    return client


def _conditions_hold(conditions: Mapping[str, Any], claims: Mapping[str, Any]) -> bool:
    # Of one kind too: in Python 1 equals True.
    return all(
        name in claims and type(claims[name]) is type(value) and claims[name] == value
        for name, value in conditions.items()
    )
