"""
What happens when code that expects a row of the user table meets a client.

Each habit ends in an error that says what to do. None ends in a query: a name or a key that
is taken for a user's would find somebody else's rows.
"""

from typing import Any, Final, NoReturn

__all__ = ["NoUserRow", "PrincipalKey"]

_ADVICE: Final = (
    "is an OAuth client without a service account: it is no row of the user table. Give the"
    " client a service account if this code needs a user."
)


class PrincipalKey(str):
    """
    A principal's ``pk``: text for cache keys and logs, and an error in a database query.

    Fields of some kinds would otherwise compare it with the keys of users and find nothing,
    or refuse it with a message about numbers. ``str(pk)`` is plain text.
    """

    __slots__ = ()

    def resolve_expression(self, *_args: Any, **_kwargs: Any) -> NoReturn:
        """Refuse to be part of a query; the ORM asks each value for this method."""
        message = f"{self} {_ADVICE} In a column of text, store str(request.user.pk)."
        raise TypeError(message)


class NoUserRow:
    """The part of a principal that says no; its class has a ``client_id``."""

    client_id: str

    def __getattr__(self, name: str) -> NoReturn:
        # Copying asks an object without attributes yet for such names.
        if name.startswith("__") or "client_id" not in vars(self):
            raise AttributeError(name, name=name, obj=self)
        message = f"A {type(self).__name__} has no {name!r}: {self.client_id} {_ADVICE}"
        raise AttributeError(message, name=name, obj=self)

    def __setattr__(self, name: str, value: Any) -> None:
        # Fields are set once, when it is made: who changes a client later, changes its rights.
        if name in getattr(type(self), "__dataclass_fields__", {}) and name not in vars(self):
            super().__setattr__(name, value)
            return
        message = f"Cannot set {name!r} of a {type(self).__name__}: {self.client_id} {_ADVICE}"
        raise AttributeError(message, name=name, obj=self)

    def __delattr__(self, name: str) -> NoReturn:
        message = f"Cannot delete {name!r} of a {type(self).__name__}."
        raise AttributeError(message, name=name, obj=self)

    def __repr__(self) -> str:
        # Django shows it, and nothing else of ours, when a foreign key to a user refuses it.
        return f"<{type(self).__name__}: {self.client_id} {_ADVICE}>"

    def resolve_expression(self, *_args: Any, **_kwargs: Any) -> NoReturn:
        """Refuse to be part of a query; the ORM asks each value for this method."""
        message = f"{self.client_id} {_ADVICE} In a column of text, store str(request.user)."
        raise TypeError(message)

    def save(self, *_args: Any, **_kwargs: Any) -> NoReturn:
        """Refuse: there is no row to write."""
        message = f"{self.client_id} {_ADVICE}"
        raise TypeError(message)

    delete = save
    asave = save
    adelete = save
    refresh_from_db = save
    arefresh_from_db = save
