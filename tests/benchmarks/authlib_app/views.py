"""The token endpoint that Authlib's documentation describes."""

from authlib.integrations.django_oauth2 import AuthorizationServer
from authlib.oauth2.rfc6749 import grants
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

from tests.benchmarks.authlib_app.models import OAuth2Client, OAuth2Token

server = AuthorizationServer(OAuth2Client, OAuth2Token)


class ClientCredentialsGrant(grants.ClientCredentialsGrant):
    """The grant, with the secret in the form."""

    TOKEN_ENDPOINT_AUTH_METHODS = ("client_secret_post",)


server.register_grant(ClientCredentialsGrant)


@csrf_exempt
def token(request: HttpRequest) -> HttpResponse:
    """Answer a token request."""
    return server.create_token_response(request)
