"""A 403 names the scopes for want of which the view refused, and no others."""

import pytest
from rest_framework.permissions import AllowAny, BasePermission, IsAdminUser, IsAuthenticated
from rest_framework.response import Response
from rest_framework.test import APIRequestFactory
from rest_framework.views import APIView

from oauth_m2m.rest_framework import HasScopes, IsMachine, MachineTokenAuthentication, has_scopes
from tests.conftest import Registered
from tests.error_ids import challenge_of

pytestmark = pytest.mark.django_db

READ, WRITE, PAY = (has_scopes(f"orders:{verb}") for verb in ("read", "write", "pay"))
DENIED = "You do not have permission to perform this action."


class Nobody(BasePermission):
    def has_permission(self, _request, _view) -> bool:
        return False


class OwnObject(BasePermission):
    """Says no to each object that is not "own"."""

    def has_object_permission(self, _request, _view, obj) -> bool:
        return obj == "own"


class NotAfterRefusal(BasePermission):
    """Relies on being asked after the others said yes."""

    def has_permission(self, request, _view) -> bool:
        assert "orders:write" in request.auth.scopes
        return True


class View(APIView):
    authentication_classes = (MachineTokenAuthentication,)
    required_scopes = ["orders:read", "orders:write"]

    def get(self, request, obj: str | None = None) -> Response:
        if obj is not None:
            self.check_object_permissions(request, obj)
        if obj == "own":
            # A view may refuse by itself, for what it finds later.
            self.permission_denied(request, message="Closed on Sundays.")
        return Response("done")


@pytest.fixture
def refused(registered: Registered, bearer):
    """Call a view with these permissions; the token has orders:read alone."""
    headers = bearer(registered)

    def refused(*permissions: object, obj: str | None = None) -> tuple[str, str]:
        view = View.as_view(permission_classes=permissions)
        response = view(APIRequestFactory().get("/", headers=headers), obj=obj)
        assert response.status_code == 403
        challenge = challenge_of(response) or ""
        return response.data["detail"], challenge.partition('scope="')[2].rstrip('"')

    return refused


def needs(missing: str, required: str = "") -> tuple[str, str]:
    return f"The access token needs the scope {missing}.", required or missing


@pytest.mark.parametrize(
    "permissions, answer",
    [
        pytest.param([WRITE], needs("orders:write"), id="alone"),
        pytest.param([HasScopes], needs("orders:write", "orders:read orders:write"), id="the rest"),
        pytest.param([READ & WRITE], needs("orders:write"), id="the second of two"),
        pytest.param([WRITE & READ], needs("orders:write"), id="the first of two"),
        pytest.param(
            [WRITE & PAY],
            needs("orders:write orders:pay"),
            id="both of two, so that nobody is sent twice",
        ),
        pytest.param([WRITE, PAY], needs("orders:write orders:pay"), id="both of a list"),
        pytest.param([WRITE, WRITE], needs("orders:write"), id="the same twice"),
        pytest.param([WRITE | PAY], needs("orders:write"), id="either would do: the first"),
        pytest.param([IsAuthenticated, WRITE], needs("orders:write"), id="after another"),
        pytest.param([WRITE | IsAdminUser], needs("orders:write"), id="or another that refused"),
        pytest.param([IsAdminUser | WRITE], needs("orders:write"), id="another that refused, or"),
        pytest.param(
            [WRITE | (~IsMachine & IsAuthenticated)], needs("orders:write"), id="or people"
        ),
        pytest.param([(READ | PAY) & WRITE], needs("orders:write"), id="nested"),
        pytest.param(
            [WRITE, NotAfterRefusal], needs("orders:write"), id="what was not asked is not asked"
        ),
        pytest.param(
            [WRITE & NotAfterRefusal], needs("orders:write"), id="what was not asked, composed"
        ),
    ],
)
def test_missing_scopes_are_named(permissions: list, answer: tuple[str, str], refused):
    assert refused(*permissions) == answer


@pytest.mark.parametrize(
    "permissions",
    [
        pytest.param([(WRITE | IsAuthenticated) & Nobody], id="another said yes in its place"),
        pytest.param([WRITE | AllowAny, Nobody], id="a later class refused"),
        pytest.param([Nobody, WRITE], id="an earlier class refused"),
        pytest.param([Nobody & WRITE], id="the half before it refused"),
        pytest.param([IsMachine & ~WRITE, Nobody], id="it was meant to be missing"),
        pytest.param([~READ], id="a scope too many"),
        pytest.param([~WRITE & ~READ], id="a scope too many, composed"),
    ],
)
def test_refusal_for_another_reason_names_no_scope(permissions: list, refused):
    assert refused(*permissions) == (DENIED, "")


def test_scope_that_would_open_a_single_object_is_named(refused):
    assert refused(WRITE | OwnObject, obj="theirs") == needs("orders:write")
    assert refused((IsMachine & WRITE) | OwnObject, obj="theirs") == needs("orders:write")


def test_object_that_is_refused_for_another_reason_names_no_scope(refused):
    assert refused(WRITE | IsAuthenticated, OwnObject, obj="theirs") == (DENIED, "")


def test_view_that_refuses_by_itself_is_heard(refused):
    assert refused(WRITE | OwnObject, obj="own") == ("Closed on Sundays.", "")
