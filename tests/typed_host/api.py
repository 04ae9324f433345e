"""Views of a project that uses every public name; nothing here is run."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, assert_type

from django.contrib.auth.base_user import AbstractBaseUser
from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.test import AsyncClient, RequestFactory
from django.urls import include, path
from django.views import View
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from oauth_m2m import __version__, signals
from oauth_m2m.contrib.ninja import MachineAPI, MachineToken
from oauth_m2m.contrib.opentelemetry import measure
from oauth_m2m.contrib.spectacular import MachineTokenScheme, describe_refusals
from oauth_m2m.resource_server import (
    ClientPrincipal,
    MachineTokenMiddleware,
    authenticate_request,
    scopes_required,
)
from oauth_m2m.rest_framework import (
    ClientRateThrottle,
    HasScopes,
    IsMachine,
    MachineTokenAuthentication,
    VerifiedToken,
    has_scopes,
)
from oauth_m2m.testing import force_machine, machine_client
from oauth_m2m.urls import oauth_urlpatterns, well_known_urlpatterns
from oauth_m2m.wsgi import token_lane

version: str = __version__

urlpatterns = [
    path("", include("oauth_m2m.urls")),
    path("apart/", include((oauth_urlpatterns + well_known_urlpatterns, "oauth_m2m"))),
]


class Orders(APIView):
    """The two lines, for machines and people."""

    authentication_classes = [MachineTokenAuthentication]
    permission_classes = [HasScopes | (~IsMachine & IsAuthenticated)]
    throttle_classes = [ClientRateThrottle]
    required_scopes = {"GET": ["orders:read"], "POST": ["orders:write"]}

    def get(self, request: Request) -> Response:
        """Answer with what the token tells."""
        token = request.auth
        assert isinstance(token, VerifiedToken)
        assert_type(token.client_id, str)
        assert_type(token.scopes, tuple[str, ...])
        assert_type(token.scope, str)
        assert_type(token.audience, tuple[str, ...])
        assert_type(token.issued_at, datetime)
        assert_type(token.expires_at, datetime)
        assert_type(token.claims, Mapping[str, Any])
        assert_type(token.issuer, str)
        assert_type(token.allow_scopes(["orders:read"]), bool)
        return Response({"for": token.client_id})


class History(APIView):
    """Scopes as a permission class of their own."""

    permission_classes = [has_scopes("orders:read"), has_scopes("orders:read") | HasScopes]


@scopes_required("reports:read")
def daily(request: HttpRequest, day: str) -> JsonResponse:
    """Answer to machines."""
    return JsonResponse({"day": day})


@scopes_required("reports:read")
async def nightly(request: HttpRequest) -> HttpResponse:
    """Answer to machines, later."""
    return HttpResponse()


@scopes_required("reports:write")
class Archive(View):
    """A class is still that class behind the decorator."""

    kept = 3


assert_type(daily(HttpRequest(), "monday"), JsonResponse)
assert_type(Archive.kept, int)


def by_hand(request: HttpRequest) -> str:
    """Ask what the classes and the decorator ask."""
    found = authenticate_request(request)
    if found is None:
        return ""
    principal, token = found
    assert_type(token, VerifiedToken)
    if isinstance(principal, ClientPrincipal):
        assert_type(principal.has_perm("shop.add_order"), bool)
        return principal.client_id
    assert_type(principal, AbstractBaseUser)
    return principal.get_username()


def wrapped(get_response: Any) -> MachineTokenMiddleware:
    """Make a middleware around another."""
    return MachineTokenMiddleware(get_response)


def in_tests() -> None:
    """Keep the type of the client that is given."""
    assert_type(force_machine(AsyncClient(), ["orders:read"]), AsyncClient)
    assert_type(force_machine(RequestFactory(), ["orders:read"], groups=["a"]), RequestFactory)
    machine_client(["orders:read"], client_id="shop").get("/")


def told(sender: object, client_id: str, **kwargs: object) -> None:
    """Hear of something."""


signals.token_issued.connect(told)
signals.token_verified.connect(told)
signals.request_refused.connect(told)
signals.audit_recorded.connect(told)
signals.credential_leaked.connect(told)
signals.credential_expiring.connect(told)

measure()
application = token_lane(get_wsgi_application())

api = MachineAPI(auth=MachineToken("orders:read"))
hooks = [describe_refusals, MachineTokenScheme]

# What must be refused: a checker that lets one of these pass complains of the comment.
has_scopes(1)  # type: ignore[arg-type] # pyright: ignore[reportArgumentType]
scopes_required(["reports:read"])  # type: ignore[arg-type] # pyright: ignore[reportArgumentType]
daily(HttpRequest())  # type: ignore[call-arg] # pyright: ignore[reportCallIssue]
machine_client()  # type: ignore[call-arg] # pyright: ignore[reportCallIssue]
