"""How an old secret ends after a rotation: at a moment, or once nobody uses it any more."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from oauth_m2m.conf import m2m_settings
from oauth_m2m.models import ClientSecret

__all__ = ["Ending", "retire"]


@dataclass(frozen=True, slots=True)
class Ending:
    """
    What a rotation at the moment *since* decided for the secrets that it replaces.

    They end *at* a moment (that of the rotation itself: they stop now), or *once_unused_for*
    so long, or by both: whichever comes first.
    """

    since: datetime
    at: datetime | None = None
    once_unused_for: timedelta | None = None


def retire(secret: ClientSecret, ending: Ending) -> None:
    """
    Let a working secret end; one that would end sooner does so.

    A secret that is retiring already can only be made to end sooner: the clock of its
    limit goes on.
    """
    if ending.at is not None and ending.at <= ending.since:
        secret.revoked_at = ending.since
        secret.save(update_fields=["revoked_at"])
        return
    if secret.unused_limit is None:
        # Until now the end that it has was fixed; from now on uses may move it up to there.
        secret.latest_end_at = secret.expires_at
    secret.latest_end_at = _sooner(secret.latest_end_at, ending.at)
    secret.unused_limit = _shorter(secret.unused_limit, ending.once_unused_for)
    # So long a process may take the secret for one that nothing replaced, and note no use.
    unseen = timedelta(seconds=m2m_settings.CLIENT_CACHE_SECONDS)
    if_unused = secret.end_if_unused_since(ending.since + unseen)
    secret.expires_at = _sooner(secret.expires_at, _sooner(ending.at, if_unused))
    secret.retiring_since = secret.retiring_since or ending.since
    secret.save(update_fields=["latest_end_at", "unused_limit", "expires_at", "retiring_since"])


def _sooner(first: datetime | None, second: datetime | None) -> datetime | None:
    return min(filter(None, (first, second)), default=None)


def _shorter(first: timedelta | None, second: timedelta | None) -> timedelta | None:
    return min(filter(None, (first, second)), default=None)
