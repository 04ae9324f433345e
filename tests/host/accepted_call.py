"""
A program that accepts tokens and issues none: take one from stdin, and tell.

Prints one JSON object: how a plain view and a DRF view answered, and what the process had
imported by then.
"""

import json
import sys

import django
from django.db import connections

django.setup()

from django.http import HttpRequest, HttpResponse  # noqa: E402 - the settings are needed first
from django.test import RequestFactory  # noqa: E402 - as above

from oauth_m2m.resource_server import scopes_required  # noqa: E402 - as above


@scopes_required("orders:read")
def plain(request: HttpRequest) -> HttpResponse:
    """Say who called."""
    return HttpResponse(request.auth.client_name)


def imported() -> list[str]:
    """Name the packages that this process has imported."""
    return sorted({name.partition(".")[0] for name in sys.modules})


request = RequestFactory().get("/", headers={"Authorization": f"Bearer {sys.stdin.read()}"})
answer = plain(request)
told = {"plain": [answer.status_code, answer.content.decode()], "plain_imported": imported()}

from rest_framework.request import Request  # noqa: E402 - not before the plain view was tried
from rest_framework.response import Response  # noqa: E402 - as above
from rest_framework.views import APIView  # noqa: E402 - as above

from oauth_m2m.rest_framework import MachineTokenAuthentication, has_scopes  # noqa: E402 - as above


class Guarded(APIView):
    """Lets machines in that may read orders."""

    authentication_classes = [MachineTokenAuthentication]
    permission_classes = [has_scopes("orders:read")]

    def get(self, request: Request) -> Response:
        """Say who called."""
        return Response(request.auth.client_name)


answer = Guarded.as_view()(request)
told |= {"drf": [answer.status_code, answer.data], "drf_imported": imported()}
connections.close_all()
sys.stdout.write(json.dumps(told))
