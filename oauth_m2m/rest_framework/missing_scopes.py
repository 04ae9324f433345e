"""
Why a view refused: for want of scopes, or for a reason that is not ours to tell.

https://www.rfc-editor.org/rfc/rfc6750#section-3.1

DRF makes a refusal of a message alone, and a permission cannot know what becomes of its no:
in ``HasScopes | Other`` the other side may say yes, and then a third one refuse. So the view is
asked again, only once it has refused, which of its permissions did.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from rest_framework.request import Request
from rest_framework.views import APIView

from oauth_m2m.errors import InsufficientScope
from oauth_m2m.resource_server.noting import note_refusal
from oauth_m2m.rest_framework.composed import alternatives, conditions
from oauth_m2m.rest_framework.errors import MissingScope
from oauth_m2m.values import VerifiedToken

__all__ = ["Lacking", "name_missing_scopes"]

Lacking = Callable[[Any, Request, APIView], tuple[str, ...] | None]


def name_missing_scopes(view: APIView, lacking: Lacking, token: VerifiedToken) -> None:
    """
    Let *view*, which serves this request alone, name the scopes for want of which it refuses.

    *lacking* returns the scopes that a permission requires and *token* lacks, or None if the
    permission does not look at scopes.
    """
    if "permission_denied" in vars(view):
        return
    refuse, check_object = view.permission_denied, view.check_object_permissions
    objects: list[Any] = []

    def permission_denied(request: Request, *args: Any, **kwargs: Any) -> None:
        question = _Question(request, view, lacking, objects)
        required = tuple(dict.fromkeys(question.lacked_by_all(view.get_permissions())))
        if required:
            _refuse_for_want_of(required, token, request)
        refuse(request, *args, **kwargs)

    def check_object_permissions(request: Request, obj: Any) -> None:
        objects[:] = [obj]
        check_object(request, obj)
        objects.clear()

    view.permission_denied = permission_denied  # type: ignore[method-assign,assignment] # this request's view
    view.check_object_permissions = check_object_permissions  # type: ignore[method-assign] # as above


def _refuse_for_want_of(required: tuple[str, ...], token: VerifiedToken, request: Request) -> None:
    try:
        token.require(required)
    except InsufficientScope as error:
        note_refusal(error, request._request)  # noqa: SLF001 - what came over the wire
        raise MissingScope(error) from None


@dataclass(frozen=True)
class _Question:
    request: Request
    view: APIView
    lacking: Lacking
    objects: list[Any] = field(default_factory=list)

    def lacked_by_all(self, permissions: Iterable[Any]) -> tuple[str, ...]:
        """Return the scopes for want of which the first of *permissions* that refused did so."""
        lacked: tuple[str, ...] = ()
        for permission in permissions:
            if lacked:
                # DRF did not ask it. Ours are asked, so that a caller is not sent twice for
                # scopes; others may rely on what came before them.
                lacked += self.lacking(permission, self.request, self.view) or ()
            elif not self._passes(permission):
                lacked = self._lacked_by(permission)
                if not lacked:
                    return ()
        return lacked

    def _lacked_by(self, permission: Any) -> tuple[str, ...]:
        # Of alternatives either would do: the first that a better token could meet.
        found = (self._lacked_by(part) for part in alternatives(permission))
        return (
            self.lacked_by_all(conditions(permission))
            or next(filter(None, found), ())
            or self.lacking(permission, self.request, self.view)
            or ()
        )

    def _passes(self, permission: Any) -> bool:
        asked = self.request, self.view
        return bool(permission.has_permission(*asked)) and all(
            permission.has_object_permission(*asked, obj) for obj in self.objects
        )
