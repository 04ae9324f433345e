"""Basic headers that are not: each is an attempt, and each ends in the same refusal."""

from base64 import b64encode

import pytest

from oauth_m2m.models import AuditEvent
from tests.conftest import Registered
from tests.rfc.answers import assert_unauthenticated

pytestmark = pytest.mark.django_db

GRANT = "grant_type=client_credentials"

# {pair} is the right base64; the 71 bytes of this client's id, colon and secret end in "=".
MALFORMED_HEADERS = {
    "no credentials": "Basic",
    "a space only": "Basic ",
    "not base64": "Basic !!!!",
    "clear text": "Basic {id}:{secret}",
    "no padding": "Basic {pair:.95}",
    "too much padding": "Basic {pair}=",
    "cut short": "Basic {pair:.93}",
    "text after the padding": "Basic {pair}a",
    "padding only": "Basic ====",
    "two pairs": "Basic {pair} {pair}",
    "two headers joined": "Basic {pair},Basic {pair}",
    "two headers joined with a space": "Basic {pair}, Basic {pair}",
    "a parameter": 'Basic {pair} realm="x"',
    "quoted": 'Basic "{pair}"',
    "bytes above ASCII": "Basic \xff\xfe{pair}",
    "text above Latin-1": "Basic 密{pair}",
    "a NUL": "Basic {pair}\x00",
    "a line break": "Basic {pair:.4}\n{pair}",
    "url-safe base64": "Basic _-_-{pair}",
}

# What the base64 says, in Latin-1.
MALFORMED_PAIRS = {
    "no colon": "{id}",
    "nothing but a secret": "{secret}",
    "broken escape in the id": "%zz:{secret}",
    "escape cut short in the id": "{id}%:{secret}",
    "broken escape in the secret": "{id}:{secret}%4",
    "id that is not UTF-8": "\xff:{secret}",
    "escaped id that is not UTF-8": "%ff:{secret}",
    "secret that is not UTF-8": "{id}:\xc0\x80",
    "escaped secret that is not UTF-8": "{id}:{secret}%c0%80",
    "surrogates": "{id}:%ed%a0%80",
}

# Well-formed, and neither an id nor a secret of ours: the answer is the constant one.
IMPOSSIBLE_PAIRS = {
    "empty": (":", "malformed_client_id"),
    "empty id": (":{secret}", "malformed_client_id"),
    "NUL": ("\x00:{secret}", "malformed_client_id"),
    "NUL after the id": ("{id}\x00:{secret}", "malformed_client_id"),
    "escaped NUL after the id": ("{id}%00:{secret}", "malformed_client_id"),
    "line break in the id": ("{id}\r\n:{secret}", "malformed_client_id"),
    "id beyond ASCII": ("\xc3\xa9:{secret}", "malformed_client_id"),
    "id too long for its column": ("a" * 256 + ":{secret}", "malformed_client_id"),
    "empty secret": ("{id}:", "malformed_secret"),
    "NUL for a secret": ("{id}:\x00", "malformed_secret"),
    "NUL after the secret": ("{id}:{secret}\x00", "malformed_secret"),
    "escaped NULs after the secret": ("{id}:{secret}%00%00", "malformed_secret"),
    "colon after the secret": ("{id}:{secret}:", "malformed_secret"),
    "space after the secret": ("{id}:{secret}+", "malformed_secret"),
    "line break after the secret": ("{id}:{secret}\n", "malformed_secret"),
    "secret beyond ASCII": ("{id}:{secret}\xc3\xa9", "malformed_secret"),
    "secret cut short": ("{id}:{secret:.60}", "malformed_secret"),
    "a password": ("{id}:correct horse", "malformed_secret"),
    "the two swapped": ("{secret}:{id}", "unknown_client"),
}


@pytest.fixture
def registered(register) -> Registered:
    return register("orders:read", client_id="nightly")


def _fill(template: str, registered: Registered) -> str:
    pair = b64encode(f"{registered.client_id}:{registered.secret}".encode()).decode()
    return template.format(id=registered.client_id, secret=registered.secret, pair=pair)


def _basic(template: str, registered: Registered) -> str:
    return "Basic " + b64encode(_fill(template, registered).encode("latin-1")).decode()


@pytest.mark.rfc("7617", "2")
@pytest.mark.parametrize("template", MALFORMED_HEADERS.values(), ids=list(MALFORMED_HEADERS))
def test_malformed_header_is_refused(registered, post_token, template):
    response = post_token(GRANT, Authorization=_fill(template, registered))
    event = assert_unauthenticated(
        response, description="The Basic header is malformed.", reason="malformed_basic"
    )
    assert event.client_identifier == ""


@pytest.mark.rfc("7617", "2")
@pytest.mark.parametrize("template", MALFORMED_PAIRS.values(), ids=list(MALFORMED_PAIRS))
def test_malformed_pair_is_refused(registered, post_token, template):
    response = post_token(GRANT, Authorization=_basic(template, registered))
    assert_unauthenticated(
        response, description="The Basic header is malformed.", reason="malformed_basic"
    )


@pytest.mark.rfc("6749", "5.2")
@pytest.mark.parametrize("template, reason", IMPOSSIBLE_PAIRS.values(), ids=list(IMPOSSIBLE_PAIRS))
def test_impossible_pair_is_refused_like_a_wrong_one(registered, post_token, template, reason):
    response = post_token(GRANT, Authorization=_basic(template, registered))
    assert_unauthenticated(response, reason=reason)


def test_the_audit_trail_shows_no_control_character_and_no_secret(registered, post_token):
    for template in ("{id}\x00\n:{secret}", "{secret}:{id}"):
        post_token(GRANT, Authorization=_basic(template, registered))
    first, second = AuditEvent.objects.filter(kind="token.refused").order_by("pk")
    assert first.client_identifier == f"{registered.client_id}??"
    assert second.client_identifier == f"m2ms_{registered.key_id}_[redacted]"
