"""The public keys and certificates that a declarative file gives a client."""

from collections.abc import Iterator, Sequence

from django.utils import timezone

from oauth_m2m.keys.jwk import thumbprint
from oauth_m2m.keys.pasted import PastedKey, UnusableKey, read_pasted_keys
from oauth_m2m.models import Client
from oauth_m2m.operations.declarative.document import Document, Fault, Place

__all__ = ["new_keys"]


def new_keys(
    document: Document, place: Place, texts: Sequence[str], client: Client | None
) -> tuple[list[PastedKey], list[Fault]]:
    """Return those keys of *texts* that *client*, at *place*, has not yet, and what is wrong."""
    faults: list[Fault] = []
    wanted: dict[str, PastedKey] = {}
    known = {} if client is None else {key.kid: key for key in client.keys.all()}
    for index, text in enumerate(texts):
        inner = (*place, "keys", index)
        for key in _keys_in(document, inner, text, faults):
            row = known.get(key.kid)
            other = wanted.get(key.kid, row)
            if other is not None and thumbprint(other.public_jwk) != thumbprint(key.public_jwk):
                message = f"Another key of this client has the id {key.kid}."
            elif row is not None and row.revoked_at is not None:
                # Somebody ended it in a hurry; the next run must not bring it back.
                message = f"The key {key.kid} was revoked: take it out of the file."
            elif row is None and key.not_after is not None and key.not_after <= timezone.now():
                message = "The certificate has expired."
            else:
                if row is None:
                    wanted[key.kid] = key
                continue
            faults.append(document.fault(inner, message))
    return list(wanted.values()), faults


def _keys_in(
    document: Document, place: Place, text: str, faults: list[Fault]
) -> Iterator[PastedKey]:
    try:
        yield from read_pasted_keys(text)
    except UnusableKey as error:
        faults.append(document.fault(place, str(error)))
