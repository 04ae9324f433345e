r"""
Find what has the form of our secrets, tokens and links in a stream of bytes, however long.

A match needs no word's edge around it: in ``%20eyJ...`` or a JSON string's ``\nm2ms_...``
there is none. Whether a match is one of ours says its checksum, or its claims.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO, Final

from oauth_m2m.credential_format import HAND_OVER_PREFIX
from oauth_m2m.keys.strict_jwt import MAX_JWT_LENGTH

__all__ = ["CHUNK_BYTES", "Sighting", "sightings"]

CHUNK_BYTES: Final = 1024 * 1024

# What a look to the left needs of the bytes before.
_CONTEXT_BYTES: Final = 3
# Not at every "eyJ" within a word, and never a second try within one: whoever writes a
# megabyte of them would else keep us busy for hours.
_JWT: Final = re.compile(
    rb"eyJ(?:(?<![A-Za-z0-9_-]eyJ)|(?<=%[0-9A-Fa-f][0-9A-Fa-f]eyJ)|(?<=\\[a-z]eyJ))"
    rb"[A-Za-z0-9_-]++\.eyJ[A-Za-z0-9_-]++\.[A-Za-z0-9_-]++"
)


@dataclass(frozen=True, slots=True)
class Sighting:
    """A text that may be a credential, and the line that it begins on, from 1."""

    line: int
    text: str = field(repr=False)


def sightings(source: BinaryIO, secret_prefix: str, token_prefix: str) -> Iterator[Sighting]:
    """Yield what *source* holds, in its order, in memory that does not grow with it."""
    # Each on its own, and what stands before is looked at last: a pattern that begins with
    # fixed letters is found many times faster.
    patterns = (*_patterns(secret_prefix, token_prefix), _JWT)
    buffer, position, line = b"", 0, 1
    while True:
        chunk = source.read(CHUNK_BYTES)
        buffer += chunk
        # What begins near the end may go on in the next chunk.
        limit = max(position, len(buffer) - MAX_JWT_LENGTH) if chunk else len(buffer)
        for match in _matches(patterns, buffer, position, limit):
            line += buffer.count(b"\n", position, match.start())
            position = match.start()
            yield Sighting(line, match[0].decode("ascii"))
        if not chunk:
            return
        line += buffer.count(b"\n", position, limit)
        kept_from = max(0, limit - _CONTEXT_BYTES)
        buffer, position = buffer[kept_from:], limit - kept_from


def _patterns(secret_prefix: str, token_prefix: str) -> Iterator[re.Pattern[bytes]]:
    for prefix in dict.fromkeys((secret_prefix, token_prefix, HAND_OVER_PREFIX)):
        # Whichever follows: the first two prefixes may be the same.
        yield re.compile(rf"{prefix}(?:[0-9A-Za-z]{{8}}_)?[0-9A-Za-z]{{49}}".encode())


def _matches(
    patterns: tuple[re.Pattern[bytes], ...], buffer: bytes, position: int, limit: int
) -> list[re.Match[bytes]]:
    found = [
        match
        for pattern in patterns
        for match in pattern.finditer(buffer, position)
        if match.start() < limit
    ]
    return sorted(found, key=re.Match.start)
