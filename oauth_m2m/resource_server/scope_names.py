"""
The scopes that a piece of code says it requires, checked when it says so.

https://www.rfc-editor.org/rfc/rfc6749#section-3.3
"""

from oauth_m2m import protocol

__all__ = ["scope_names"]


def scope_names(names: tuple[object, ...], example: str) -> tuple[str, ...]:
    """
    Return *names* if they are the names of one scope or more.

    Raises TypeError with *example*: none at all would let every token in, and what is not a
    name of a scope no token could ever carry.
    """
    scopes = tuple(name for name in names if isinstance(name, str))
    if not names or not all(map(protocol.SCOPE_TOKEN.fullmatch, scopes)) or scopes != names:
        callee = example.partition("(")[0].lstrip("@")
        message = f"{callee} takes the names of scopes: {example}."
        raise TypeError(message)
    return scopes
