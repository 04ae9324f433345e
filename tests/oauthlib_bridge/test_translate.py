import pytest

from oauth_m2m.errors import InvalidRequest, Reason, UnsupportedGrantType
from oauth_m2m.oauthlib_bridge.translate import answer_or_error


def test_success_is_passed_on_as_it_is():
    assert answer_or_error('{"access_token": "x"}', 200) == '{"access_token": "x"}'


@pytest.mark.parametrize(
    "error, expected, reason",
    [
        ("unsupported_grant_type", UnsupportedGrantType, Reason.UNSUPPORTED_GRANT_TYPE),
        ("invalid_request", InvalidRequest, Reason.MISSING_GRANT_TYPE),
    ],
)
def test_refusal_becomes_our_error(error, expected, reason):
    with pytest.raises(expected) as refused:
        answer_or_error(f'{{"error": "{error}", "error_description": "theirs"}}', 400)
    assert (type(refused.value), refused.value.reason) == (expected, reason)
