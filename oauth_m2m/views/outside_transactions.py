"""Views that no database of the project wraps in a transaction."""

from collections.abc import Callable
from typing import Final, TypeVar

__all__ = ["outside_transactions"]

View = TypeVar("View", bound=Callable[..., object])


class _EveryAlias(set[str]):
    """The databases that a view is not atomic in: also those that nobody has named here."""

    def __contains__(self, alias: object) -> bool:
        return True


_EVERY_ALIAS: Final = _EveryAlias()


def outside_transactions(view: View) -> View:
    """
    Keep ``ATOMIC_REQUESTS`` of every database away from *view*.

    Django's ``non_atomic_requests`` names one database, when the module is imported; which
    one a router gives our tables is known later, and the other would be asked all the same.
    """
    view._non_atomic_requests = _EVERY_ALIAS  # type: ignore[attr-defined] # noqa: SLF001 - where Django looks
    return view
