"""The floors that everything is measured against, and one API behind each kind of token."""

import json
import secrets
from datetime import timedelta

from django.conf import settings
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from oauth2_provider.contrib.rest_framework import OAuth2Authentication, TokenHasScope
from rest_framework.authentication import TokenAuthentication
from rest_framework.permissions import AllowAny, IsAuthenticated
from rest_framework.response import Response
from rest_framework.views import APIView

from oauth_m2m.rest_framework import HasScopes, MachineTokenAuthentication

_SELECT = "SELECT id, client_id, name, is_active FROM oauth_m2m_client WHERE client_id = %s"
_INSERT = (
    "INSERT INTO oauth_m2m_accesstoken (token_hash, client_id, scope, audience, issued_at,"
    " expires_at, format) VALUES (%s, %s, %s, '[]', %s, %s, 'opaque')"
)


@csrf_exempt
def empty(_request: HttpRequest) -> HttpResponse:
    """Answer with nothing."""
    return HttpResponse(b"{}", content_type="application/json")


@csrf_exempt
def raw(request: HttpRequest) -> HttpResponse:
    """Do the least that a durable token costs: a form, one SELECT and one INSERT."""
    now, token = timezone.now(), secrets.token_urlsafe(32)
    with connection.cursor() as cursor:
        cursor.execute(_SELECT, [request.POST["client_id"]])
        client_pk = cursor.fetchone()[0]
        row = [secrets.token_hex(32), client_pk, "a", now, now + timedelta(hours=1)]
        cursor.execute(_INSERT, row)
    body = {"access_token": token, "token_type": "Bearer", "expires_in": 3600, "scope": "a"}
    return HttpResponse(json.dumps(body), content_type="application/json")


class Open(APIView):
    """An API without authentication."""

    authentication_classes = ()
    permission_classes = (AllowAny,)

    def get(self, _request: object) -> Response:
        """Answer with as little as there can be."""
        return Response({"ok": True})


class Ours(Open):
    """The same for machines with a scope."""

    authentication_classes = (MachineTokenAuthentication,)
    permission_classes = (HasScopes,)
    required_scopes = ("a",)


class Toolkit(Open):
    """The same behind django-oauth-toolkit."""

    authentication_classes = (OAuth2Authentication,)
    permission_classes = (TokenHasScope,)
    required_scopes = ("a",)


class RestToken(Open):
    """The same behind DRF's own tokens."""

    authentication_classes = (TokenAuthentication,)
    permission_classes = (IsAuthenticated,)


APIS = {"open": Open, "ours": Ours, "toolkit": Toolkit, "rest-token": RestToken}

if settings.HAS_KNOX:
    from knox.auth import TokenAuthentication as KnoxAuthentication

    class Knox(RestToken):
        """The same behind knox."""

        authentication_classes = (KnoxAuthentication,)

    APIS["knox"] = Knox

if settings.HAS_SIMPLEJWT:
    from rest_framework_simplejwt.authentication import (
        JWTAuthentication,
        JWTStatelessUserAuthentication,
    )

    class SimpleJwt(RestToken):
        """The same behind simplejwt, with its query for the user."""

        authentication_classes = (JWTAuthentication,)

    class SimpleJwtStateless(RestToken):
        """The same without."""

        authentication_classes = (JWTStatelessUserAuthentication,)

    APIS |= {"simplejwt": SimpleJwt, "simplejwt-stateless": SimpleJwtStateless}
