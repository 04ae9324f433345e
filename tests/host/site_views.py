"""Views of a site that never heard of tokens; ``settings_guarded`` puts the guard before it."""

import asyncio
from collections.abc import Iterator

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse, StreamingHttpResponse
from django.utils.decorators import method_decorator
from django.views import View
from django.views.decorators.cache import cache_page

from oauth_m2m.resource_server import scopes_required


def _seen(request: HttpRequest, **more: object) -> JsonResponse:
    token = getattr(request, "auth", None)
    seen = {"user": request.user.get_username(), "token_of": token and token.client_id}
    return JsonResponse({**seen, **more})


def who(request: HttpRequest, _part: str = "") -> HttpResponse:
    return _seen(request)


async def who_async(request: HttpRequest) -> HttpResponse:
    # A person's request.user is a query, which an event loop refuses.
    user = await request.auser()
    token = getattr(request, "auth", None)
    return JsonResponse({"user": user.get_username(), "token_of": token and token.client_id})


class Who(View):
    def get(self, request: HttpRequest) -> HttpResponse:
        return _seen(request)

    post = get


@method_decorator(login_required, name="dispatch")
class WhoAsync(View):
    async def get(self, request: HttpRequest) -> HttpResponse:
        return await who_async(request)

    post = get


def uploaded(request: HttpRequest) -> HttpResponse:
    """Read the body piece by piece, as only a view can whose body nobody read before."""
    size = 0
    while piece := request.read(4096):
        size += len(piece)
    return JsonResponse({"size": size})


def downloaded(_request: HttpRequest) -> StreamingHttpResponse:
    def pieces() -> Iterator[str]:
        yield from ("one,", "two,", "three")

    return StreamingHttpResponse(pieces())


def nothing(_request: HttpRequest) -> None:
    """Forget to answer."""


@cache_page(60)
@scopes_required("site:read")
def cached(request: HttpRequest) -> HttpResponse:
    return _seen(request)


_waiting: list[asyncio.Event] = []


async def meeting(request: HttpRequest) -> HttpResponse:
    """Answer when two requests are here, with whom each of them then still sees."""
    mine = asyncio.Event()
    _waiting.append(mine)
    if len(_waiting) == 2:
        for event in _waiting:
            event.set()
        _waiting.clear()
    await asyncio.wait_for(mine.wait(), 60)
    return await who_async(request)
