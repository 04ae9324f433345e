"""Turn what oauthlib refuses by itself into our errors, so that there is one edge."""

import json

from oauth_m2m.errors import InvalidRequest, Reason, UnsupportedGrantType

__all__ = ["answer_or_error"]


def answer_or_error(body: str, status: int) -> str:
    """Return the body of a success; raise our error for one of oauthlib's."""
    if status == 200:
        return body
    if json.loads(body)["error"] == "unsupported_grant_type":
        raise UnsupportedGrantType(Reason.UNSUPPORTED_GRANT_TYPE)
    raise InvalidRequest(Reason.MISSING_GRANT_TYPE)
