"""
What is measured: tokens issued, requests refused, how long verification takes, the next expiry.

https://opentelemetry.io/docs/specs/semconv/general/metrics/
"""

from collections.abc import Callable
from typing import Any, Final

from opentelemetry.metrics import MeterProvider, get_meter

from oauth_m2m import __version__
from oauth_m2m.conf import m2m_settings
from oauth_m2m.signals import request_refused, token_issued, token_verified

__all__ = ["measure"]

# Seconds. A signed token takes a tenth of a millisecond, a database that struggles seconds.
_BUCKETS: Final = (0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1, 5)


def measure(meter_provider: MeterProvider | None = None) -> Callable[[], None]:
    """
    Measure from now on, and return a function that ends it.

    Without *meter_provider* the global one takes the measurements, also if it is set later, as
    in servers that fork. Called again, only the new instruments go on counting.
    """
    # The app is imported before there are models, which it needs to find the next expiry.
    from oauth_m2m.contrib.opentelemetry.next_expiry import observe_next_expiry  # noqa: PLC0415 - as said

    meter = get_meter("oauth_m2m", __version__, meter_provider)
    issued = meter.create_counter(
        "oauth_m2m.token.issued", unit="{token}", description="Access tokens that were issued."
    )
    refused = meter.create_counter(
        "oauth_m2m.request.refused",
        unit="{request}",
        description="Requests that an endpoint or an API refused.",
    )
    verification = meter.create_histogram(
        "oauth_m2m.token.verification.duration",
        unit="s",
        description="How long it took to let a machine's token in.",
        explicit_bucket_boundaries_advisory=_BUCKETS,
    )
    meter.create_observable_gauge(
        "oauth_m2m.credential.time_to_expiry",
        callbacks=[observe_next_expiry],
        unit="s",
        description="Time until the first secret or key of an active client ends.",
    )

    def count_issued(client_id: str, token_format: str, auth_method: str, **_signal: Any) -> None:
        attributes = {"oauth_m2m.token.format": token_format, "oauth_m2m.auth.method": auth_method}
        issued.add(1, attributes | _of_client(client_id))

    def count_refused(kind: str, error: str, reason: str, client_id: str, **_signal: Any) -> None:
        attributes = {
            "error.type": error,
            "oauth_m2m.refusal.kind": kind,
            "oauth_m2m.refusal.reason": reason,
        }
        refused.add(1, attributes | _of_client(client_id))

    def record_verification(
        token_format: str, issuer: str, duration: float, **_signal: Any
    ) -> None:
        # Not by client: a histogram has a series for each bucket.
        origin = "remote" if issuer else "own"
        attributes = {"oauth_m2m.token.format": token_format, "oauth_m2m.token.origin": origin}
        verification.record(duration, attributes)

    receivers = (
        (token_issued, count_issued),
        (request_refused, count_refused),
        (token_verified, record_verification),
    )
    for signal, receiver in receivers:
        signal.disconnect(dispatch_uid=__name__)
        signal.connect(receiver, weak=False, dispatch_uid=__name__)

    def stop() -> None:
        for signal, _ in receivers:
            signal.disconnect(dispatch_uid=__name__)

    return stop


def _of_client(client_id: str) -> dict[str, str]:
    # Only clients that exist get here, so callers cannot make series without end.
    if client_id and m2m_settings.METRICS_CLIENT_ATTRIBUTE:
        return {"oauth_m2m.client.id": client_id}
    return {}
