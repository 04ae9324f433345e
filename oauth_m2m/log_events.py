"""
What our loggers can say: a fixed name for each event, with fixed fields, beside the sentence.

Each line of ``oauth_m2m.*`` carries ``extra``: ``event``, and the fields that the event has here.
``docs/reference/logs.md`` explains them; a test holds every call of a logger to both.

https://docs.python.org/3/library/logging.html#logrecord-attributes
"""

from dataclasses import dataclass
from typing import Final

__all__ = [
    "API_THROTTLED",
    "AUDIT_RECORDED",
    "CACHE_BACK",
    "CACHE_UNAVAILABLE",
    "DATABASE_UNAVAILABLE",
    "EXPIRY_UNMAILED",
    "EXPIRY_UNMEASURED",
    "EXTRA_CLAIMS_IGNORED",
    "INTROSPECTION_UNAVAILABLE",
    "ISSUER_MISSING",
    "LIMIT_MONITORED",
    "PROXY_UNNAMED",
    "REFUSALS_DELAYED",
    "REMOTE_KEYS_UNAVAILABLE",
    "RETIRING_USE_DELAYED",
    "SCOPES_FORGOTTEN",
    "SIGNING_KEY_IGNORED",
    "SIGNING_KEY_MADE_ELSEWHERE",
    "SIGNING_KEY_MISSING",
    "SIGNING_KEY_UNDECRYPTABLE",
    "TOKEN_FOREIGN",
    "TOKEN_REFUSED",
    "USAGE_DELAYED",
    "LogEvent",
]

LogValue = str | int | bool | None


@dataclass(frozen=True, slots=True)
class LogEvent:
    """One thing that may be logged. No field may hold a secret, a token, or an error's trace."""

    name: str
    fields: tuple[str, ...] = ()

    def __call__(self, **values: LogValue) -> dict[str, LogValue]:
        """Return the ``extra`` of a line: all fields of the event, None for what is not known."""
        known = {name: None if value == "" else value for name, value in values.items()}
        return {"event": self.name, **dict.fromkeys(self.fields), **known}


AUDIT_RECORDED: Final = LogEvent(
    "audit.recorded", ("kind", "client_id", "actor", "address", "reason", "error_id", "count")
)
REFUSALS_DELAYED: Final = LogEvent("audit.delayed", ("error_type",))
RETIRING_USE_DELAYED: Final = LogEvent("retiring_use.delayed", ("error_type",))
USAGE_DELAYED: Final = LogEvent("usage.delayed", ("error_type",))
DATABASE_UNAVAILABLE: Final = LogEvent("database.unavailable", ("error_type",))
CACHE_UNAVAILABLE: Final = LogEvent("cache.unavailable", ("error_type",))
CACHE_BACK: Final = LogEvent("cache.back")
LIMIT_MONITORED: Final = LogEvent("limit.monitored", ("client_id", "address", "reason"))
PROXY_UNNAMED: Final = LogEvent("proxy.unnamed")
TOKEN_REFUSED: Final = LogEvent("token.refused", ("client_id", "reason", "error_id"))
TOKEN_FOREIGN: Final = LogEvent("token.foreign")
API_THROTTLED: Final = LogEvent("api.throttled", ("client_id", "limit", "enforced"))
SCOPES_FORGOTTEN: Final = LogEvent("scopes.forgotten", ("view", "action"))
ISSUER_MISSING: Final = LogEvent("issuer.missing")
EXTRA_CLAIMS_IGNORED: Final = LogEvent("extra_claims.ignored", ("claims",))
SIGNING_KEY_IGNORED: Final = LogEvent("signing_key.ignored", ("error",))
SIGNING_KEY_UNDECRYPTABLE: Final = LogEvent("signing_key.undecryptable", ("kid",))
SIGNING_KEY_MADE_ELSEWHERE: Final = LogEvent("signing_key.made_elsewhere", ("algorithm",))
SIGNING_KEY_MISSING: Final = LogEvent("signing_key.missing", ("algorithm",))
REMOTE_KEYS_UNAVAILABLE: Final = LogEvent("remote_keys.unavailable", ("url", "error_type", "error"))
INTROSPECTION_UNAVAILABLE: Final = LogEvent(
    "introspection.unavailable", ("url", "error_type", "error")
)
EXPIRY_UNMAILED: Final = LogEvent("expiry.unmailed", ("client_id", "error_type"))
EXPIRY_UNMEASURED: Final = LogEvent("expiry.unmeasured", ("error_type",))
