"""Read a client's public keys from the files that a command was given."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.core.management.base import CommandError, CommandParser

from oauth_m2m import protocol
from oauth_m2m.keys.pasted import PastedKey, UnusableKey, read_pasted_keys
from oauth_m2m.models import Client
from oauth_m2m.operations.client_keys import add_client_keys
from oauth_m2m.values import Actor

__all__ = ["add_key_flags", "read_key_files", "register_keys"]

_KEY_METHODS: Final = (protocol.PRIVATE_KEY_JWT, protocol.SELF_SIGNED_TLS_CLIENT_AUTH)


def add_key_flags(parser: CommandParser) -> None:
    """Add the flags that say where a client's public keys are."""
    parser.add_argument(
        "--jwks",
        metavar="FILE",
        help="A file with its public keys: a JWK, a JWK Set, or a PEM public key.",
    )
    parser.add_argument(
        "--jwks-uri", default="", metavar="URL", help="Where it publishes its public keys; https."
    )
    parser.add_argument("--certificate", metavar="FILE", help="A file with its PEM certificate.")


def read_key_files(options: Mapping[str, Any]) -> list[PastedKey]:
    """
    Return the keys in the files that *options* name.

    Raises CommandError for a file that has none, or has a private key, and when none of the
    chosen methods would use a key.
    """
    given = [flag for flag in ("jwks", "jwks_uri", "certificate") if options[flag]]
    if given and not set(_KEY_METHODS).intersection(options["auth_method"]):
        message = (
            f"--{given[0].replace('_', '-')} is of no use without a method that uses a key: add"
            f" --auth-method {' or --auth-method '.join(_KEY_METHODS)}."
        )
        raise CommandError(message)
    return [
        key
        for name in ("jwks", "certificate")
        if options[name]
        for key in _keys_in(options[name], f"--{name}")
    ]


def _keys_in(path: str, flag: str) -> list[PastedKey]:
    try:
        return read_pasted_keys(Path(path).read_text())
    except OSError as error:
        message = f"{flag}: {error.strerror}: {path}"
        raise CommandError(message) from None
    except UnicodeDecodeError:
        message = f"{flag}: {path} is no text. Give the PEM form of a key or certificate."
        raise CommandError(message) from None
    except UnusableKey as error:
        message = f"{flag}: {error}"
        raise CommandError(message) from None


def register_keys(client: Client, keys: Iterable[PastedKey], actor: Actor) -> None:
    """Register *keys* for the client; raises CommandError when it has one already."""
    try:
        add_client_keys(client, keys, actor=actor)
    except ValidationError as error:
        message = f"{' '.join(error.messages)} Nothing was changed."
        raise CommandError(message) from None
