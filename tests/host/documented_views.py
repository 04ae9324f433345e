"""Views whose documentation is looked at: permissions composed in every way."""

from drf_spectacular.utils import extend_schema
from rest_framework.authentication import SessionAuthentication
from rest_framework.permissions import AllowAny, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework.viewsets import ViewSet

from oauth_m2m.rest_framework import HasScopes, IsMachine, MachineTokenAuthentication, has_scopes


class OwnAuthentication(MachineTokenAuthentication):
    """A project's own subclass."""


class Documented(APIView):
    authentication_classes = (MachineTokenAuthentication,)
    permission_classes = (HasScopes,)
    required_scopes = ["orders:read"]

    @extend_schema(request=None, responses={204: None})
    def get(self, _request: Request) -> Response:
        return Response(status=204)


class Listed(Documented):
    pass


class BySubclass(Documented):
    authentication_classes = (OwnAuthentication,)


class Several(Documented):
    permission_classes = (IsAuthenticated, HasScopes, has_scopes("orders:write"))


class Either(Documented):
    permission_classes = (HasScopes | has_scopes("orders:admin"),)


class EitherOfTheSame(Documented):
    permission_classes = (HasScopes | has_scopes("orders:read"),)


class Both(Documented):
    permission_classes = (HasScopes & has_scopes("orders:write"),)


class BothOfEither(Documented):
    permission_classes = (
        (has_scopes("a") | has_scopes("b")) & (has_scopes("c") | has_scopes("d")),
    )


class Without(Documented):
    permission_classes = (HasScopes & ~has_scopes("orders:write"),)


class AnyMachine(Documented):
    permission_classes = (IsMachine,)


class AnyoneLoggedIn(Documented):
    permission_classes = (HasScopes | IsAuthenticated,)


class PeopleToo(Documented):
    authentication_classes = (SessionAuthentication, MachineTokenAuthentication)
    permission_classes = (HasScopes | (~IsMachine & IsAuthenticated),)


class PeopleOnly(Documented):
    authentication_classes = (SessionAuthentication, MachineTokenAuthentication)
    permission_classes = (~IsMachine & IsAuthenticated,)


class Everybody(Documented):
    permission_classes = (AllowAny,)


class NoMachines(Documented):
    authentication_classes = (SessionAuthentication,)
    permission_classes = (IsAuthenticated,)


class Forgotten(Documented):
    required_scopes = {"POST": ["orders:write"]}


class DescribesRefusals(Documented):
    @extend_schema(request=None, responses={204: None, 401: str, 403: str})
    def get(self, request: Request) -> Response:
        return super().get(request)


class ByAction(ViewSet):
    authentication_classes = (MachineTokenAuthentication,)
    permission_classes = (HasScopes,)
    required_scopes = {"list": ["orders:list"], "create": ["orders:write"], "GET": ["orders:read"]}

    list = create = retrieve = Documented.get


VIEWS = (
    Listed,
    BySubclass,
    Several,
    Either,
    EitherOfTheSame,
    Both,
    BothOfEither,
    Without,
    AnyMachine,
    AnyoneLoggedIn,
    PeopleToo,
    PeopleOnly,
    Everybody,
    NoMachines,
)
