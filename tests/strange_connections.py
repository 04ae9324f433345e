"""Connections whose names, ids and URLs hold what languages take for something else."""

import pytest

from oauth_m2m.operations.connection import Connection

PLAIN = Connection(
    name="Warehouse robot",
    client_id="robot-1",
    clear_secret="m2ms_example",
    token_url="https://auth.example.com/oauth/token",
)
# Quotes of all kinds, expansions of all kinds, escapes, ends of lines, comments and markup;
# letters of two and four bytes, a mark of writing direction, and a byte order mark.
STRANGE = (
    "a\"b'c`d$HOME${x}$(id)%s\\n{{y}}</textarea>#!\n//\r\t\u2028é😀\u202e\ufeff\U000e0041 -z: *"
)
SCOPE = "a'b `c` $HOME ${d} %s #e"

connections = pytest.mark.parametrize(
    "connection",
    [
        PLAIN,
        Connection(
            name=STRANGE,
            client_id=STRANGE,
            clear_secret=STRANGE,
            token_url=f"http://a.test/{STRANGE}",
            api_url=f"https://b.test/{STRANGE}",
            scope=SCOPE,
        ),
        Connection(
            name="",
            client_id=STRANGE,
            clear_secret=STRANGE,
            token_url=f"https://a.test/{STRANGE}",
            scope=SCOPE,
            in_header=False,
        ),
    ],
    ids=["plain", "strange", "strange in the form"],
)
