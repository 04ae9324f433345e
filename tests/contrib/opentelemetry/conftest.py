"""What a real SDK of OpenTelemetry makes of our measurements."""

from collections.abc import Iterator
from typing import Any

import pytest
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader

from oauth_m2m.contrib.opentelemetry import measure


class Measured:
    """The metrics of a meter provider of our own."""

    def __init__(self, reader: InMemoryMetricReader) -> None:
        self._reader = reader

    def metrics(self) -> dict[str, Any]:
        """Collect, and return each metric by its name."""
        collected = self._reader.get_metrics_data()
        if collected is None:
            return {}
        [resource] = collected.resource_metrics
        [scope] = resource.scope_metrics
        assert scope.scope.name == "oauth_m2m"
        return {metric.name: metric for metric in scope.metrics}

    def points(self, name: str) -> list[Any]:
        """Return the data points of one metric."""
        metrics = self.metrics()
        return list(metrics[name].data.data_points) if name in metrics else []

    def values(self, name: str) -> list[tuple[dict[str, str], float]]:
        """Return what each series of one metric stands at."""
        return [(dict(point.attributes), point.value) for point in self.points(name)]


@pytest.fixture
def measured() -> Iterator[Measured]:
    """Measure with a provider that nobody else uses."""
    reader = InMemoryMetricReader()
    provider = MeterProvider(metric_readers=[reader], shutdown_on_exit=False)
    stop = measure(provider)
    yield Measured(reader)
    stop()
    provider.shutdown()
