"""
Secrets whose end somebody would notice: what warnings of an end are about.

A secret that a rotation replaced is meant to end. It is worth a warning only if it is still
used, and if that use does not move its end on.
"""

from django.db.models import F, Q

__all__ = ["would_be_missed"]


def would_be_missed(prefix: str = "") -> Q:
    """Return the condition on secrets, as seen through *prefix*."""
    is_used = Q((f"{prefix}last_used_at__gte", F(f"{prefix}retiring_since")))
    is_fixed = Q((f"{prefix}unused_limit__isnull", True)) | Q(
        (f"{prefix}expires_at", F(f"{prefix}latest_end_at"))
    )
    return Q((f"{prefix}retiring_since__isnull", True)) | (is_used & is_fixed)
