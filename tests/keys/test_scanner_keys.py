import json

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from oauth_m2m.errors import InvalidSignature, Reason, TemporarilyUnavailable
from oauth_m2m.keys.remote_jwks import remote_keys
from oauth_m2m.keys.scanner_keys import check_report_signature, parse_scanner_keys
from tests.key_server import KeyServer
from tests.scanner import Scanner, document, publish

BODY = b'[{"token":"some_token","type":"some_type","url":"some_url"}]'

ED25519 = """-----BEGIN PUBLIC KEY-----
MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=
-----END PUBLIC KEY-----"""

scanner = Scanner()


def check(server: KeyServer, body: bytes = BODY, **changes: str) -> None:
    values = {"identifier": scanner.identifier, "signature": scanner.signature(BODY), **changes}
    check_report_signature(body, values["identifier"], values["signature"], server.url)


def test_signed_body_is_accepted_and_the_keys_are_fetched_once(server: KeyServer):
    publish(server, Scanner(), scanner)
    for _ in range(3):
        check(server)
    assert server.asked == 1


# What GitHub publishes: two of its keys, and the samples of their use that it signed with them.
_OLDER_SAMPLE = (
    (
        "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE9MJJHnMfn2+H4xL4YaPDA4RpJqUq\n"
        "kCmRCBnYERxZanmcpzQSXs1X/AljlKkbJ8qpVIW4clayyef9gWhFbNHWAA=="
    ),
    "MEQCIAfgjgz6Ou/3DXMYZBervz1TKCHFsvwMcbuJhNZse622AiAG86/cku2XdcmFWNHl2WSJi2fkE8t+auvB24eURaOd2A==",
    (
        '[{"type":"github_oauth_token","token":"cb4985f91f740272c0234202299f43808034d7f5",'
        '"url":" https://github.com/github/faketestrepo/blob/'
        'b0dd59c0b500650cacd4551ca5989a6194001b10/production.env"}]'
    ),
)
_PRESENT_SAMPLE = (
    (
        "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEsz9ugWDj5jK5ELBK42ynytbo38gP\n"
        "HzZFI03Exwz8Lh/tCfL3YxwMdLjB+bMznsanlhK0RwcGP3IDb34kQDIo3Q=="
    ),
    "MEUCIQDfLvT8/zM8F1aB3cM0ZwyeWF1m5YR6IhcUIv1OKQYL0wIgBZ5lVXB3gHK+dT8+xt0WgRVLqvsTPFiDO9QP/7eJ4yE=",
    (
        '[{"token":"NMIfyYncKcRALEXAMPLE","type":"mycompany_api_token","url":"https://github.com/'
        'octocat/Hello-World/blob/12345600b9cbe38a219f39a9941c9319b600c002/foo/bar.txt",'
        '"source":"content"}]'
    ),
)


@pytest.mark.parametrize(
    "pem, signature, body", [_OLDER_SAMPLE, _PRESENT_SAMPLE], ids=["older", "present"]
)
def test_samples_that_github_signed_are_accepted(server: KeyServer, pem, signature, body):
    key = f"-----BEGIN PUBLIC KEY-----\n{pem}\n-----END PUBLIC KEY-----\n"
    server.body = document({"key_identifier": "a", "key": key, "is_current": True})
    check(server, body.encode(), identifier="a", signature=signature)
    with pytest.raises(InvalidSignature):
        check(server, body.encode() + b"\n", identifier="a", signature=signature)


def test_key_that_is_no_longer_current_still_counts(server: KeyServer):
    server.body = document({**scanner.entry, "is_current": False})
    check(server)


REFUSALS = {
    "another body": ({"body": BODY + b" "}, Reason.WRONG_SIGNATURE),
    "signature of another key": ({"signature": Scanner().signature(BODY)}, Reason.WRONG_SIGNATURE),
    "not base64": ({"signature": "%%%"}, Reason.WRONG_SIGNATURE),
    "not ASCII": ({"signature": "é"}, Reason.WRONG_SIGNATURE),
    "not DER": ({"signature": "AAAA"}, Reason.WRONG_SIGNATURE),
    "no signature": ({"signature": ""}, Reason.MISSING_SIGNATURE),
    "no identifier": ({"identifier": ""}, Reason.MISSING_SIGNATURE),
    "unknown identifier": ({"identifier": "0" * 64}, Reason.UNKNOWN_KEY),
}


@pytest.mark.parametrize("changes, reason", REFUSALS.values(), ids=list(REFUSALS))
def test_body_that_is_not_proven_is_refused(server: KeyServer, changes, reason):
    publish(server, scanner)
    with pytest.raises(InvalidSignature) as refused:
        check(server, **changes)
    assert refused.value.reason is reason


def test_unknown_identifier_has_the_keys_fetched_again_and_not_at_each_request(server: KeyServer):
    publish(server, Scanner())
    known = remote_keys(server.url, parse=parse_scanner_keys)
    for _ in range(3):
        with pytest.raises(InvalidSignature):
            check(server)
    assert server.asked == 1
    publish(server, scanner)
    known._tried_at -= 60
    check(server)
    assert server.asked == 2


def test_without_keys_it_is_a_503(server: KeyServer):
    server.status = 403
    with pytest.raises(TemporarilyUnavailable) as refused:
        check(server)
    assert refused.value.reason is Reason.KEYS_UNAVAILABLE


UNUSABLE = {
    "no object": "text",
    "no identifier": {"key": scanner.pem},
    "no key": {"key_identifier": "a"},
    "no PEM": {"key_identifier": "a", "key": "-----BEGIN PUBLIC KEY-----"},
    "half a character": {"key_identifier": "a", "key": "\ud800"},
    "another curve": Scanner(ec.SECP384R1()).entry,
    "Ed25519": {"key_identifier": "a", "key": ED25519},
}


@pytest.mark.parametrize("entry", UNUSABLE.values(), ids=list(UNUSABLE))
def test_key_that_cannot_verify_is_passed_over(entry):
    assert list(parse_scanner_keys(document(entry, scanner.entry))) == [scanner.identifier]
    with pytest.raises(ValueError, match="no usable key"):
        parse_scanner_keys(document(entry))


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b"{}", json.dumps({"public_keys": {}}).encode(), b"[" * 100_000, b"\xff"],
    ids=["nothing", "no JSON", "a list", "no keys", "keys as object", "deep", "no UTF-8"],
)
def test_document_without_a_list_of_keys_is_refused(body):
    with pytest.raises(ValueError):  # noqa: PT011 - of the JSON reader as well
        parse_scanner_keys(body)
