"""
The time until the first credential of an active client ends: one statement at each collection.

https://opentelemetry.io/docs/specs/otel/metrics/api/#asynchronous-gauge
"""

import logging
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from django.db import DatabaseError, InterfaceError, connections, models, router
from django.db.models import Min, Value
from django.utils import timezone
from opentelemetry.metrics import CallbackOptions, Observation

from oauth_m2m.log_events import EXPIRY_UNMEASURED
from oauth_m2m.models import ClientKey, ClientSecret
from oauth_m2m.models.missed_secrets import would_be_missed

__all__ = ["observe_next_expiry"]

logger = logging.getLogger("oauth_m2m.opentelemetry")


def observe_next_expiry(_options: CallbackOptions) -> Iterable[Observation]:
    """Return the seconds to the next expiry, for secrets and for keys; none where none ends."""
    connection = connections[router.db_for_read(ClientSecret)]
    is_open = connection.connection is not None
    try:
        return list(_observations(connection.alias))
    except (DatabaseError, InterfaceError) as error:
        name = type(error).__name__
        logger.warning(
            "next expiry is not measured: %s", name, extra=EXPIRY_UNMEASURED(error_type=name)
        )
        return []
    finally:
        # The exporter's thread serves no requests, at whose end Django would close it.
        if not is_open:
            connection.close()


def _observations(alias: str) -> Iterator[Observation]:
    now = timezone.now()
    secrets = _next_of(ClientSecret, "client_secret", alias, now, would_be_missed())
    keys = _next_of(ClientKey, "client_key", alias, now)
    for kind, ends_at in secrets.union(keys, all=True):
        if ends_at is None:
            continue  # nothing of this kind ends
        yield Observation((ends_at - now).total_seconds(), {"oauth_m2m.credential.kind": kind})


def _next_of(
    model: Any, kind: str, alias: str, now: datetime, *conditions: models.Q
) -> models.QuerySet[Any, Any]:
    ending: models.QuerySet[Any, Any] = (
        model.objects.using(alias)
        .active(now)
        .filter(*conditions, client__is_active=True, expires_at__isnull=False)
        .order_by()
        .annotate(kind=Value(kind, output_field=models.CharField()))
        .values("kind")
        .annotate(ends_at=Min("expires_at"))
        .values_list("kind", "ends_at")
    )
    return ending
