"""Views with django-oauth-toolkit's own classes over our tokens, and beside them."""

from oauth2_provider.contrib.rest_framework import (
    IsAuthenticatedOrTokenHasScope,
    OAuth2Authentication,
    TokenHasReadWriteScope,
    TokenHasResourceScope,
    TokenHasScope,
    TokenMatchesOASRequirements,
)
from rest_framework.authentication import SessionAuthentication
from rest_framework.permissions import IsAuthenticated

from oauth_m2m.rest_framework import MachineTokenAuthentication
from tests.host.views import Answering


class HasScope(Answering):
    permission_classes = (TokenHasScope,)
    required_scopes = ["orders"]


class HasReadWriteScope(Answering):
    permission_classes = (TokenHasReadWriteScope,)
    required_scopes = ["orders"]


class HasResourceScope(Answering):
    permission_classes = (TokenHasResourceScope,)
    required_scopes = ["orders"]


class MatchesRequirements(Answering):
    permission_classes = (TokenMatchesOASRequirements,)
    required_alternate_scopes = {"GET": [["orders", "read"], ["admin"]]}


class AuthenticatedOrHasScope(Answering):
    authentication_classes = (MachineTokenAuthentication, SessionAuthentication)
    permission_classes = (IsAuthenticatedOrTokenHasScope,)
    required_scopes = ["orders"]


class OursThenToolkit(Answering):
    authentication_classes = (MachineTokenAuthentication, OAuth2Authentication)
    permission_classes = (IsAuthenticated,)


class ToolkitThenOurs(Answering):
    authentication_classes = (OAuth2Authentication, MachineTokenAuthentication)
    permission_classes = (IsAuthenticated,)
