"""
Measurements for OpenTelemetry, once INSTALLED_APPS has ``oauth_m2m.contrib.opentelemetry``.

https://opentelemetry.io/docs/specs/semconv/general/metrics/
"""

from oauth_m2m.contrib.opentelemetry.measuring import measure

__all__ = ["measure"]
