"""An API for people and machines, and a plain Django view for machines only."""

from django.db.models import Count, Sum
from django.http import HttpRequest, JsonResponse
from rest_framework import generics, serializers
from rest_framework.authentication import SessionAuthentication
from rest_framework.permissions import IsAdminUser

from example_project.models import Order
from oauth_m2m.resource_server import scopes_required
from oauth_m2m.rest_framework import (
    ClientRateThrottle,
    HasScopes,
    IsMachine,
    MachineTokenAuthentication,
)


class OrderSerializer(serializers.ModelSerializer):
    """An order as JSON."""

    class Meta:
        model = Order
        fields = ("id", "article", "quantity", "placed_by", "created_at")
        read_only_fields = ("placed_by",)


class OrderListView(generics.ListCreateAPIView):
    """List and place orders: machines by scope, staff by session."""

    authentication_classes = (MachineTokenAuthentication, SessionAuthentication)
    permission_classes = (HasScopes | (~IsMachine & IsAdminUser),)
    required_scopes = {"GET": ["orders:read"], "POST": ["orders:write"]}
    throttle_classes = (ClientRateThrottle,)
    queryset = Order.objects.all()
    serializer_class = OrderSerializer

    def perform_create(self, serializer: serializers.BaseSerializer) -> None:
        """Remember who placed the order."""
        serializer.save(placed_by=self.request.user.get_username())


@scopes_required("reports:read")
def daily_report(request: HttpRequest) -> JsonResponse:  # noqa: ARG001 - a view's signature
    """Say how many orders there are."""
    totals = Order.objects.aggregate(orders=Count("pk"), articles=Sum("quantity", default=0))
    return JsonResponse(totals)
