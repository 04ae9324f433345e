"""A django-ninja API for machines and people, sync and async; and one of ninja's own class."""

from django.http import Http404, HttpRequest
from ninja import NinjaAPI, Router, Schema
from ninja.security import HttpBearer, django_auth

from oauth_m2m.contrib.ninja import MachineAPI, MachineToken


class Caller(Schema):
    user: str
    token_of: str | None


class OtherToken(HttpBearer):
    """Somebody else's tokens."""

    def authenticate(self, request: HttpRequest, token: str) -> str | None:  # noqa: ARG002 - ninja's signature
        return "other" if token == "of-another-server" else None


def _caller(request: HttpRequest) -> Caller:
    token_of = getattr(request.auth, "client_id", None)
    return Caller(user=request.user.get_username(), token_of=token_of)


api = MachineAPI(title="Orders", version="1", urls_namespace="machines")
router = Router(auth=MachineToken("orders:read"))


@api.get("/orders", auth=MachineToken("orders:read"), response=Caller)
def orders(request: HttpRequest) -> Caller:
    return _caller(request)


@api.post("/orders", auth=MachineToken("orders:write", "orders:read"), response=Caller)
async def place(request: HttpRequest) -> Caller:
    assert await request.auser() == request.user
    return _caller(request)


@api.get("/people", auth=[MachineToken("orders:export"), django_auth], response=Caller)
def people(request: HttpRequest) -> Caller:
    return _caller(request)


@api.get("/sessions", auth=django_auth, response=Caller)
def sessions(request: HttpRequest) -> Caller:
    return _caller(request)


@api.get("/either", auth=[MachineToken("orders:read"), OtherToken()])
def either(request: HttpRequest) -> str:
    return str(getattr(request.auth, "client_id", request.auth))


@api.get("/open")
def everybody(request: HttpRequest) -> str:
    return "open"


@api.get("/broken", auth=MachineToken("orders:read"))
def broken(request: HttpRequest) -> str:
    raise Http404


@router.get("/routed", response=Caller)
def routed(request: HttpRequest) -> Caller:
    return _caller(request)


api.add_router("", router)

plain = NinjaAPI(
    title="Plain", version="1", urls_namespace="plain", auth=MachineToken("stock:read")
)


@plain.get("/stock")
def stock(request: HttpRequest) -> str:
    return request.auth.client_id
