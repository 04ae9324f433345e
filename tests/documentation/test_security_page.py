"""docs/security.md names every way to be refused, and every threat of RFC 9700."""

import re

from oauth_m2m.reasons import Reason
from tests.documentation.pages import DOCS

PAGE = (DOCS / "security.md").read_text()
SECTION = PAGE.partition("## Access is granted")[2].partition("\n## ")[0]
# Not about access: the form of a request, and endpoints that let nobody into an API.
ELSEWHERE = {
    *("method_not_allowed", "plain_http", "parameters_in_url", "wrong_content_type"),
    *("body_too_large", "body_unreadable", "too_many_parameters", "malformed_body"),
    *("control_character", "repeated_parameter"),
    *("hand_over_unknown", "hand_over_expired", "hand_over_claimed", "hand_over_withdrawn"),
    *("missing_token", "token_of_another_client"),
    *("malformed_report", "missing_signature"),
    *("secret_retiring", "no_secret_to_rotate"),
}
# RFC 9700: what it recommends (section 2), and its attacks (section 4).
POINTS = {*(f"2.{n}" for n in range(1, 7)), *(f"4.{n}" for n in range(1, 18))}


def test_conditions_name_each_reason_why_access_is_refused():
    named = set(re.findall(r"`([a-z_]+)`", SECTION))
    assert named == {reason.value for reason in Reason} - ELSEWHERE


def test_each_point_of_the_rfc_has_its_line():
    table = PAGE.partition("| RFC 9700 |")[2].partition("\n\n")[0]
    cells = " ".join(re.findall(r"^\| ([^|]+) \|", table, re.MULTILINE))
    named = {".".join(each.split(".")[:2]) for each in re.findall(r"\b[24]\.[\d.]+\b", cells)}
    for first, last in re.findall(r"\b4\.(\d+) to 4\.(\d+)", cells):
        named |= {f"4.{number}" for number in range(int(first), int(last) + 1)}
    assert named == POINTS
