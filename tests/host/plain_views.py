"""Plain Django views behind ``@scopes_required``."""

import asyncio

from django.contrib.auth.decorators import login_required, permission_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template import engines
from django.views import View

from oauth_m2m.resource_server import scopes_required

_PERMISSIONS = (
    "{% if user.is_authenticated %}{{ user }}{% endif %}:"
    "{% if perms.example_project %}module,{% endif %}"
    "{% if perms.example_project.view_order %}view,{% endif %}"
    "{% if perms.example_project.delete_order %}delete,{% endif %}"
)


def _answer(request: HttpRequest, **more: object) -> JsonResponse:
    names = {"user": request.user.get_username(), "token_of": request.auth.client_id}
    return JsonResponse({**names, **more})


@scopes_required("orders:read")
def guarded(request: HttpRequest, number: int) -> HttpResponse:
    """Answer with the number, so that arguments are seen to arrive."""
    return _answer(request, number=number)


@scopes_required("orders:read", "orders:write")
def guarded_twice(request: HttpRequest) -> HttpResponse:
    return _answer(request)


@scopes_required("orders:read")
async def guarded_async(request: HttpRequest) -> HttpResponse:
    await asyncio.sleep(0)
    return _answer(request, same_user=await request.auser() == request.user)


@scopes_required("orders:read")
@login_required
@permission_required("example_project.view_order", raise_exception=True)
async def permitted_async(request: HttpRequest) -> HttpResponse:
    return _answer(request)


@scopes_required("orders:read")
class Guarded(View):
    def get(self, _request: HttpRequest) -> HttpResponse:
        return _answer(self.request)

    post = get


@scopes_required("orders:read")
class GuardedAsync(View):
    async def get(self, request: HttpRequest) -> HttpResponse:
        await asyncio.sleep(0)
        return _answer(request)


@scopes_required("orders:read")
class _Base(View):
    pass


class InheritedAsync(_Base):
    get = GuardedAsync.get


@scopes_required("orders:read")
def templated(request: HttpRequest) -> HttpResponse:
    template = engines["django"].from_string(_PERMISSIONS)
    return HttpResponse(template.render({}, request))
