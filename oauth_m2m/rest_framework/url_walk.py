"""
The DRF views that a project's URLs lead to, each as it would serve a request.

Reads what URLs are made of, also where a decorator hides a view behind itself.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from django.urls import URLPattern, URLResolver, get_resolver
from rest_framework.views import APIView

__all__ = ["RoutedView", "routed_views"]

# Deeper than any decorated view is; an object that wraps itself ends here.
_MAX_WRAPPERS: Final = 50

# DRF answers OPTIONS about every view, and HEAD with what the view does for GET.
_IMPLIED_METHODS: Final = frozenset({"head", "options"})


@dataclass(frozen=True)
class RoutedView:
    """A view class behind a URL; *actions* maps methods to those of a ViewSet."""

    view_class: type[APIView]
    initkwargs: Mapping[str, Any]
    actions: Mapping[str, str] | None

    @property
    def name(self) -> str:
        """The dotted name of the class, or of the function that ``@api_view`` made one of."""
        return f"{self.view_class.__module__}.{self.view_class.__name__}"

    def calls(self) -> Iterator[tuple[str, APIView]]:
        """Yield a method, in lower case, and a view that is about to serve it; for each."""
        # Sorted: @api_view keeps them in the order of a set, which changes with each process.
        names = sorted(self.view_class.http_method_names)
        handled = self.actions or [name for name in names if hasattr(self.view_class, name)]
        for method in handled:
            if method in _IMPLIED_METHODS:
                continue
            # What as_view() and the dispatch of a request would set, the request aside.
            view: Any = self.view_class(**self.initkwargs)
            view.args, view.kwargs, view.request, view.format_kwarg = (), {}, None, None
            if self.actions:
                view.action, view.action_map = self.actions[method], dict(self.actions)
            yield method, view


def routed_views() -> list[RoutedView]:
    """Return the DRF views of the project's URLs, in their order; empty if it has none."""
    try:
        patterns = list(_patterns(get_resolver()))
    except Exception:  # noqa: BLE001 - whatever is wrong with the URLs, Django's own check says it
        return []
    return [view for pattern in patterns if (view := _routed(pattern.callback)) is not None]


def _patterns(resolver: URLResolver) -> Iterator[URLPattern]:
    for entry in resolver.url_patterns:
        if isinstance(entry, URLResolver):
            yield from _patterns(entry)
        elif isinstance(entry, URLPattern):
            yield entry


def _routed(callback: Any) -> RoutedView | None:
    for _ in range(_MAX_WRAPPERS):
        # What the object itself says: a mock, or a proxy, would answer to every name.
        facts = getattr(callback, "__dict__", {})
        found = facts.get("cls") or facts.get("view_class")
        if isinstance(found, type) and issubclass(found, APIView):
            initkwargs = facts.get("initkwargs") or facts.get("view_initkwargs") or {}
            return RoutedView(found, initkwargs, facts.get("actions"))
        callback = callback.func if isinstance(callback, partial) else facts.get("__wrapped__")
        if callback is None:
            break
    return None
