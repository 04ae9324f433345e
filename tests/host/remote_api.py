"""
An API of another project: it accepts the tokens of an issuer, and has no table at all.

``python -m tests.host.remote_api ISSUER JWKS_URI AUDIENCE`` reads one token a line and answers
each with a line of JSON: the status of a DRF view and of a plain one, and whom they saw.
"""

import json
import sys

import django
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import path


def main() -> None:
    issuer, jwks_uri, audience = sys.argv[1:]
    settings.configure(
        SECRET_KEY="another project's",
        ALLOWED_HOSTS=["*"],
        ROOT_URLCONF=__name__,
        USE_TZ=True,
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
        INSTALLED_APPS=[
            "django.contrib.auth",
            "django.contrib.contenttypes",
            "rest_framework",
            "oauth_m2m",
        ],
        OAUTH_M2M={"REMOTE_ISSUERS": {issuer: {"jwks_uri": jwks_uri, "audience": audience}}},
    )
    django.setup()
    global urlpatterns  # noqa: PLW0603 - this file is its own URL configuration
    urlpatterns = _urls()
    http = Client(raise_request_exception=False)
    for line in sys.stdin:
        headers = {"Authorization": f"Bearer {line.strip()}"}
        answers = [http.get(url, headers=headers) for url in ("/drf", "/plain")]
        seen = [answer.content.decode() if answer.status_code == 200 else "" for answer in answers]
        answer = {"statuses": [answer.status_code for answer in answers], "seen": seen}
        print(json.dumps(answer), flush=True)  # noqa: T201 - how this program answers


urlpatterns: list = []


def _urls() -> list:
    # Known only once the settings are there.
    from rest_framework.response import Response  # noqa: PLC0415
    from rest_framework.views import APIView  # noqa: PLC0415

    from oauth_m2m.resource_server import scopes_required  # noqa: PLC0415
    from oauth_m2m.rest_framework import HasScopes, MachineTokenAuthentication  # noqa: PLC0415

    class DrfView(APIView):
        authentication_classes = (MachineTokenAuthentication,)
        permission_classes = (HasScopes,)
        required_scopes = ("orders:read",)

        def get(self, request: HttpRequest) -> Response:
            return Response(request.user.pk)

    @scopes_required("orders:read")
    def plain_view(request: HttpRequest) -> HttpResponse:
        return HttpResponse(request.user.pk)

    return [path("drf", DrfView.as_view()), path("plain", plain_view)]


if __name__ == "__main__":
    main()
