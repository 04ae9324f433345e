"""What permissions composed with ``&``, ``|`` and ``~`` are made of."""

from typing import Any

from rest_framework.permissions import AND, NOT, OR

__all__ = ["alternatives", "conditions", "parts"]


def conditions(permission: Any) -> tuple[Any, ...]:
    """Return the permissions that must all say yes; none if it is not made with ``&``."""
    return parts(permission) if isinstance(permission, AND) else ()


def alternatives(permission: Any) -> tuple[Any, ...]:
    """Return the permissions of which one must say yes; none if it is not made with ``|``."""
    return parts(permission) if isinstance(permission, OR) else ()


def parts(permission: Any) -> tuple[Any, ...]:
    """Return the permissions that it is composed of; none if it is a single one."""
    if isinstance(permission, AND | OR | NOT):
        # DRF's type stubs do not know the operands.
        return tuple(vars(permission).values())
    return ()
