"""What is written after an answer was sent: counters, refusals, uses of retiring secrets."""

from oauth_m2m import refusals, usage
from oauth_m2m.rotation import uses

__all__ = ["write_what_is_due"]


def write_what_is_due(**_signal: object) -> None:
    """Write what has waited long enough; connected to ``request_finished``."""
    refusals.flush_if_due()
    usage.flush_if_due()
    uses.flush_if_due()
