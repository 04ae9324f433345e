"""DRF views with the permissions that a host may write."""

from django.contrib.auth.base_user import AbstractBaseUser
from rest_framework import serializers
from rest_framework.authentication import SessionAuthentication
from rest_framework.decorators import action, api_view, authentication_classes, permission_classes
from rest_framework.generics import ListCreateAPIView, RetrieveDestroyAPIView
from rest_framework.permissions import (
    AllowAny,
    DjangoModelPermissions,
    DjangoModelPermissionsOrAnonReadOnly,
    DjangoObjectPermissions,
    IsAuthenticated,
)
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import UserRateThrottle
from rest_framework.views import APIView
from rest_framework.viewsets import ModelViewSet

from example_project.models import Order
from oauth_m2m.rest_framework import (
    ClientRateThrottle,
    HasScopes,
    IsMachine,
    MachineTokenAuthentication,
    has_scopes,
)


class OrderSerializer(serializers.ModelSerializer):
    class Meta:
        model = Order
        fields = ("article", "quantity")


class Answering(APIView):
    """Says who called; what a subclass declares decides who gets here."""

    authentication_classes = (MachineTokenAuthentication,)
    permission_classes = (HasScopes,)

    def get(self, request: Request) -> Response:
        return Response(
            {
                "user": request.user.get_username(),
                "is_row": isinstance(request.user, AbstractBaseUser),
                "pk": request.user.pk,
                "token_of": getattr(request.auth, "client_id", None),
            }
        )

    def post(self, request: Request) -> Response:
        return Response(request.data)

    put = post


class ListedScopes(Answering):
    required_scopes = ["orders:read"]


class WordedScopes(Answering):
    required_scopes = "orders:read orders:write"


class MethodScopes(Answering):
    required_scopes = {"GET": ["orders:read"], "post": ["orders:write"]}


class ForgottenScopes(Answering):
    pass


class EmptyScopes(Answering):
    required_scopes = []


class MisspeltScopes(Answering):
    required_scopes = {"gett": ["orders:read"], "POST": ["orders:write"]}


class NegatedScopes(Answering):
    permission_classes = (IsMachine & ~HasScopes,)


class TwoScopes(Answering):
    permission_classes = (has_scopes("orders:read", "orders:write"),)


class ScopeAndScope(Answering):
    permission_classes = (has_scopes("orders:read") & has_scopes("orders:write"),)


class WithoutScope(Answering):
    permission_classes = (IsMachine & ~has_scopes("orders:write"),)


class Machines(Answering):
    permission_classes = (IsMachine,)


class MachinesOrPeople(Answering):
    authentication_classes = (MachineTokenAuthentication, SessionAuthentication)
    permission_classes = (HasScopes | (~IsMachine & IsAuthenticated),)
    required_scopes = ["orders:read"]


class ScopesOrAnybody(Answering):
    authentication_classes = (MachineTokenAuthentication, SessionAuthentication)
    permission_classes = (HasScopes | AllowAny,)


class Authenticated(Answering):
    permission_classes = (IsAuthenticated,)


class SessionFirst(MachinesOrPeople):
    authentication_classes = (SessionAuthentication, MachineTokenAuthentication)


class PeopleOnly(Answering):
    """As it was before there were machines."""

    authentication_classes = (SessionAuthentication,)
    permission_classes = (IsAuthenticated,)


class Orders(ModelViewSet):
    """Scopes by action; "export" has none of its own and falls to its method's."""

    authentication_classes = MachinesOrPeople.authentication_classes
    permission_classes = MachinesOrPeople.permission_classes
    required_scopes = {
        "list": ["orders:read"],
        "retrieve": ["orders:read"],
        "create": ["orders:write"],
        "GET": ["orders:export"],
    }
    queryset = Order.objects.all()
    serializer_class = OrderSerializer

    @action(detail=False)
    def export(self, _request: Request) -> Response:
        return Response("exported")


class OrdersByClass(ModelViewSet):
    """Each action has a permission class of its own; the rest is for nobody."""

    authentication_classes = (MachineTokenAuthentication,)
    queryset = Order.objects.all()
    serializer_class = OrderSerializer

    def get_permissions(self) -> list:
        scopes = {"list": "orders:read", "create": "orders:write"}
        return [has_scopes(scopes.get(self.action, "orders:everything"))()]


class GroupPermissions(ListCreateAPIView):
    authentication_classes = MachinesOrPeople.authentication_classes
    permission_classes = (DjangoModelPermissions,)
    queryset = Order.objects.all()
    serializer_class = OrderSerializer


class GroupOrAnonymous(GroupPermissions):
    permission_classes = (DjangoModelPermissionsOrAnonReadOnly,)


class ObjectPermissions(RetrieveDestroyAPIView):
    authentication_classes = MachinesOrPeople.authentication_classes
    permission_classes = (DjangoObjectPermissions,)
    queryset = Order.objects.all()
    serializer_class = OrderSerializer


@api_view(["GET"])
@authentication_classes([MachineTokenAuthentication])
@permission_classes([has_scopes("orders:read")])
def function_view(request: Request) -> Response:
    return Response(request.user.get_username())


class OwnRate(MachinesOrPeople):
    throttle_classes = (ClientRateThrottle,)


class SessionFirstOwnRate(SessionFirst):
    throttle_classes = (ClientRateThrottle,)


class OnePerDay(ClientRateThrottle):
    THROTTLE_RATES = {"client": "1/day"}


class DefaultRate(MachinesOrPeople):
    throttle_classes = (OnePerDay,)


class OnePerUserAndDay(UserRateThrottle):
    THROTTLE_RATES = {"user": "1/day"}


class UserRate(MachinesOrPeople):
    throttle_classes = (OnePerUserAndDay,)
