"""The one line of INSTALLED_APPS that switches measurements on."""

from django.apps import AppConfig

__all__ = ["OpenTelemetryConfig"]


class OpenTelemetryConfig(AppConfig):
    """Measure from the start, with whatever MeterProvider the process has or will get."""

    name = "oauth_m2m.contrib.opentelemetry"
    label = "oauth_m2m_opentelemetry"

    def ready(self) -> None:
        """Begin to listen."""
        from oauth_m2m.contrib.opentelemetry.measuring import measure  # noqa: PLC0415 - now models are loaded

        measure()
