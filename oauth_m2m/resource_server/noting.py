"""Note that an API refused a request: in the log, the counters and the audit trail."""

import logging
from typing import Final

from django.http import HttpRequest

from oauth_m2m.errors import OAuthError, Reason, TooManyRequests
from oauth_m2m.log_events import TOKEN_REFUSED
from oauth_m2m.models import UsageCount
from oauth_m2m.networks import client_address
from oauth_m2m.refusals import record_refusal
from oauth_m2m.resource_server.forced_machine import FORCED_MACHINE, forced_token
from oauth_m2m.usage import record_use

__all__ = ["note_refusal", "record_api_refusal"]

logger = logging.getLogger("oauth_m2m.resource_server")

_LEVELS: Final = {
    Reason.CERTIFICATE_FROM_STRANGER: logging.WARNING,
    Reason.DATABASE_AWAY: logging.ERROR,
}


def note_refusal(error: OAuthError, request: HttpRequest) -> None:
    """
    Note *error* once, however many stages hand it on; afterwards it has its ``error_id``.

    Whoever answers with an error calls this. A token that is not ours is noted only by the
    one who refuses it: the view's next authenticator may well accept it.
    """
    if error.error_id:
        return
    record_api_refusal(error, request)
    logger.log(
        _LEVELS.get(error.reason, logging.INFO),
        "token refused: client=%s reason=%s",
        error.client_id or "-",
        error.reason.value,
        extra=TOKEN_REFUSED(
            client_id=error.client_id, reason=error.reason.value, error_id=error.error_id
        ),
    )


def record_api_refusal(error: OAuthError, request: HttpRequest) -> None:
    """Note *error* in the counters and the audit trail, and give it its ``error_id``."""
    if forced_token(request) is not None:
        # The test that forced the machine may not use the database.
        error.error_id = FORCED_MACHINE
        return
    is_throttled = isinstance(error, TooManyRequests)
    use = UsageCount.Kind.THROTTLED if is_throttled else UsageCount.Kind.REFUSAL
    record_use(use, error.client_pk)
    record_refusal("api.refused", error, client_address(request), later=True)
