import os
import tracemalloc
from io import BytesIO

import pytest

from oauth_m2m.credential_format import generate_secret, generate_token
from oauth_m2m.keys.strict_jwt import MAX_JWT_LENGTH
from oauth_m2m.management import credential_scan
from oauth_m2m.management.credential_scan import CHUNK_BYTES, Sighting, sightings

SECRET, TOKEN = "m2ms_", "m2mt_"
JWT = "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJ4In0.c2lnbmF0dXJl"


def scan(text: str | bytes, secret_prefix: str = SECRET, token_prefix: str = TOKEN):
    source = BytesIO(text if isinstance(text, bytes) else text.encode())
    found = sightings(source, secret_prefix, token_prefix)
    return [(sighting.line, sighting.text) for sighting in found]


def test_each_kind_is_found_in_order_with_its_line():
    secret, token = generate_secret(SECRET)[0], generate_token(TOKEN)
    link = generate_token("m2mh_")
    text = f"a\nBearer {JWT}\n\n{token} {secret}\r\n{token} /hand-over/{link}"
    assert scan(text) == [(2, JWT), (4, token), (4, secret), (5, token), (5, link)]


@pytest.mark.parametrize(
    "before, after",
    [
        ('{"x":"\\n', '\\n"}'),
        ("access_token%3D", "%26"),
        ("%22", "%22"),
        ("\x00\x01", "\x00"),
        ("'", "',"),
        ("\u20ac", "\u20ac"),
    ],
    ids=["JSON escape", "letter of an escape", "digit of an escape", "NUL", "quote", "euro"],
)
@pytest.mark.parametrize(
    "make",
    [lambda: generate_token(TOKEN), lambda: generate_secret(SECRET)[0], lambda: JWT],
    ids=["token", "secret", "jwt"],
)
def test_what_stands_around_it_hides_nothing(before, after, make):
    clear = make()
    assert scan(before + clear + after) == [(1, clear)]


def test_bytes_that_are_no_text_are_no_obstacle():
    token = generate_token(TOKEN)
    assert scan(b"\xff\xfe\n\x80" + token.encode() + b"\xff") == [(2, token)]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="nothing"),
        pytest.param("m2mt_short", id="too short"),
        pytest.param("eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJ4In0", id="two parts of a JWT"),
        pytest.param("eyJhbGciOiJFUzI1NiJ9.aaa.bbb", id="claims that are no object"),
        pytest.param(f"x{JWT}", id="a JWT inside a word"),
        pytest.param("eyJ" * 100_000, id="a very long word"),
    ],
)
def test_other_text_is_passed_over(text):
    assert scan(text) == []


def test_other_prefixes_are_looked_for_instead():
    secret, token = generate_secret("acme_")[0], generate_token("acmet_")
    text = f"{secret} {token} {generate_token(TOKEN)}"
    assert scan(text, "acme_", "acmet_") == [(1, secret), (1, token)]


def test_one_prefix_for_both_finds_each_once():
    secret, token = generate_secret("acme_")[0], generate_token("acme_")
    assert scan(f"{secret} {token}", "acme_", "acme_") == [(1, secret), (1, token)]


@pytest.mark.parametrize("size", [1, 2, 7, 64, 9_000], ids=lambda size: f"{size} bytes")
def test_credential_across_chunks_is_found_once_on_its_line(monkeypatch, size):
    monkeypatch.setattr(credential_scan, "CHUNK_BYTES", size)
    monkeypatch.setattr(credential_scan, "MAX_JWT_LENGTH", 100)
    secret, token = generate_secret(SECRET)[0], generate_token(TOKEN)
    text = f"one\n%20{JWT}\n{'x' * 150}\n{secret}\n{token}\n" * 3
    expected = [
        (line + 5 * part, clear)
        for part in range(3)
        for line, clear in ((2, JWT), (4, secret), (5, token))
    ]
    assert scan(text) == expected


def test_every_position_around_the_end_of_a_real_chunk_is_seen():
    token = generate_token(TOKEN)
    edges = (CHUNK_BYTES, CHUNK_BYTES - MAX_JWT_LENGTH)
    for start in [edge - offset for edge in edges for offset in (-1, 0, 1, 3, 20, 53, 54, 55)]:
        assert scan(b"\n" * start + token.encode() + b"\n" * 9_000) == [(start + 1, token)]


class Endless:
    """Many megabytes of noise; none of them is ever kept."""

    def __init__(self, megabytes: int) -> None:
        self.left = megabytes
        self.noise = os.urandom(CHUNK_BYTES)

    def read(self, size: int) -> bytes:
        self.left -= 1
        return self.noise[:size] if self.left >= 0 else b""


def test_memory_does_not_grow_with_the_text():
    peaks = []
    for megabytes in (3, 60):
        tracemalloc.start()
        assert list(sightings(Endless(megabytes), SECRET, TOKEN)) == []
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < peaks[0] + CHUNK_BYTES


def test_sighting_does_not_show_what_it_found():
    assert repr(Sighting(1, JWT)) == "Sighting(line=1)"
