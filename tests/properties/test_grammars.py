"""Grammars of our own: credentials, rates, paths, scopes, networks, and texts full of leaks."""

import json
import re
from io import BytesIO
from unicodedata import category

from hypothesis import example, given
from hypothesis import strategies as st

from oauth_m2m.audit import printable
from oauth_m2m.credential_format import (
    CREDENTIAL_PATTERN,
    generate_secret,
    generate_token,
    key_id_of,
    redact_credentials,
    token_is_well_formed,
)
from oauth_m2m.errors import InvalidRequest, InvalidScope
from oauth_m2m.grants.scopes import choose_scopes
from oauth_m2m.management.credential_scan import sightings
from oauth_m2m.models.client_lookup import GrantedScope
from oauth_m2m.path_rules import parse_path_rules, rules_for
from oauth_m2m.protocol import SCOPE_TOKEN
from oauth_m2m.rates import endpoint_rates, parse_rate
from oauth_m2m.values import AuthenticatedClient
from oauth_m2m.views.secret_scanning import _findings
from tests.properties.profile import bounded, outcome
from tests.properties.wire import BYTES, JSON, joined, mutated

SECRET, KEY_ID = generate_secret("m2ms_")
TOKEN = generate_token("m2mt_")


@bounded
@given(st.one_of(st.text(max_size=80), joined("m2ms_", "m2mt_", KEY_ID, "_", TOKEN[5:], SECRET)))
@example(SECRET)
@example(TOKEN)
@example("m2mt_" + "\ud800" * 49)
def test_any_text_is_a_credential_or_not(text: str):
    key_id = key_id_of(text, "m2ms_")
    assert key_id is None or text.startswith(f"m2ms_{key_id}_")
    is_ours = key_id is not None or token_is_well_formed(text, "m2mt_")
    # Whatever is one is found by the published pattern, and by what keeps it out of logs.
    assert not is_ours or re.fullmatch(CREDENTIAL_PATTERN, text)
    assert not is_ours or text[-20:] not in redact_credentials(f"secret={text}")


@bounded
@given(st.sampled_from([SECRET, TOKEN]), st.data())
def test_credential_with_one_wrong_character_is_none(credential: str, data):
    position = data.draw(st.integers(0, len(credential) - 1))
    other = data.draw(st.characters(codec="ascii").filter(lambda c: c != credential[position]))
    changed = credential[:position] + other + credential[position + 1 :]
    assert key_id_of(changed, "m2ms_") is None
    assert not token_is_well_formed(changed, "m2mt_")


@bounded
@given(st.text(max_size=300), st.integers(1, 255))
@example("\ud800\x00\u202e\n", 10)
def test_any_name_is_fit_for_a_column_and_a_line(text: str, length: int):
    clean = printable(text, length)
    assert len(clean) <= length
    assert all(category(char)[0] != "C" for char in clean)
    clean.encode()


@bounded
@given(st.one_of(st.text(max_size=20), joined("1", "0", "9" * 15, "/", "s", "min", "d", "٣")))
def test_any_text_is_a_rate_or_a_value_error(text: str):
    rate = outcome(ValueError, parse_rate, text)
    if isinstance(rate, ValueError):
        return
    assert rate.limit > 0
    # 86400 seconds are a day, and so on: written as a number a window, it is the same.
    name = {1: "s", 60: "m", 3600: "h", 86_400: "d"}[rate.window_seconds]
    assert parse_rate(f"{rate.limit}/{name}") == rate


@bounded
@given(st.one_of(JSON, st.dictionaries(st.sampled_from(["address", "client", "x"]), JSON)))
def test_any_setting_is_endpoint_rates_or_a_value_error(value):
    rates = outcome(ValueError, endpoint_rates, value)
    assert isinstance(rates, ValueError) or set(rates) <= {"address", "client"}


PATHS = st.one_of(
    st.text(max_size=30), joined("/", "reports", "a", ".", "..", "%2e", "%2F", "\\", "//", "-", "é")
)
RULES = st.dictionaries(
    st.one_of(PATHS, st.sampled_from(["/reports/", "/", "/a"])),
    st.one_of(
        JSON,
        st.just("public"),
        st.lists(st.sampled_from(["orders:read", "a b", ""]), max_size=2),
        st.dictionaries(
            st.sampled_from(["GET", "*", "people", "get"]),
            st.one_of(JSON, st.just(["orders:read"]), st.just(True)),  # noqa: FBT003 - a value
        ),
    ),
    max_size=4,
)


@bounded
@given(st.one_of(JSON, RULES), PATHS, st.sampled_from(["GET", "HEAD", "POST", ""]))
def test_any_setting_is_path_rules_or_a_value_error(value, path: str, method: str):
    rules = outcome(ValueError, lambda: parse_path_rules(value, scope_token=SCOPE_TOKEN))
    if isinstance(rules, ValueError):
        return
    for rule in rules_for(rules, path):
        assert rule in rules
        scopes = rule.required(method)
        assert scopes is None or scopes


@bounded
@given(PATHS)
@example("/REPORTS/x")
@example("/x/../reports")
def test_path_that_begins_with_a_guarded_one_is_guarded(rest: str):
    rules = parse_path_rules({"/reports/": ["reports:read"]}, scope_token=SCOPE_TOKEN)
    assert rules_for(rules, f"/reports/{rest}") == rules
    assert rules_for(rules, f"/Reports/{rest}") == rules


SCOPES = st.lists(
    st.sampled_from(["orders:read", "orders:write", "admin", "https://api/.default", "", "x y"]),
    max_size=5,
)


def client(*granted: GrantedScope) -> AuthenticatedClient:
    names = AuthenticatedClient.__dataclass_fields__
    return AuthenticatedClient(
        **{**dict.fromkeys(names), "client_id": "a", "pk": 1, "scopes": granted}
    )


@bounded
@given(SCOPES, st.booleans(), st.sampled_from([(), ("https://api",), ("https://other",)]))
def test_any_scopes_are_granted_ones_or_refused(asked: list[str], is_default, resources):
    granted = (
        GrantedScope("orders:read", is_default, "https://api", None, None),
        GrantedScope("orders:write", not is_default, None, None, None),
    )
    chosen = outcome(InvalidScope, choose_scopes, client(*granted), asked, resources)
    if isinstance(chosen, InvalidScope):
        return
    assert chosen
    assert set(chosen) <= set(granted)
    assert len(set(chosen)) == len(chosen)
    named = [name for name in asked if not name.endswith("/.default")]
    assert not named or {scope.name for scope in chosen} == set(named)


NOISE = st.one_of(
    BYTES,
    st.sampled_from([b"eyJ", b".", b"m2ms_", b"m2mt_", b"\n", b"%20", SECRET[:20].encode()]),
)


@bounded
@given(st.lists(NOISE, max_size=8).map(b"".join), st.lists(NOISE, max_size=8).map(b"".join))
@example(b"eyJ" * 20_000, b"eyJ" * 20_000)
def test_credential_is_seen_whatever_surrounds_it(before: bytes, after: bytes):
    # What follows may only not lengthen it.
    text = b" ".join([before, SECRET.encode(), after])
    seen = list(sightings(BytesIO(text), "m2ms_", "m2mt_"))
    line = text[: len(before)].count(b"\n") + 1
    assert (line, SECRET) in [(sighting.line, sighting.text) for sighting in seen]


GOOD_REPORT = json.dumps(
    [{"token": TOKEN, "type": "m2m", "url": "https://example.com", "source": "content"}]
).encode()


@bounded
@given(
    st.one_of(
        BYTES,
        JSON.map(lambda value: json.dumps(value).encode()),
        st.lists(
            st.dictionaries(st.sampled_from(["token", "type", "url", "source"]), JSON), max_size=3
        ).map(lambda value: json.dumps(value).encode()),
        mutated(GOOD_REPORT),
    )
)
@example(GOOD_REPORT)
@example(b"[" * 100_000)
def test_any_report_is_findings_or_an_invalid_request(body: bytes):
    findings = outcome(InvalidRequest, _findings, body)
    if isinstance(findings, InvalidRequest):
        return
    for finding in findings:
        finding.token.encode()
        assert len(finding.source) <= 255
