"""
A program of a site that measures: it gets a token, and tells what was counted.

Prints one JSON object, the value of each counter by its name.
"""

import json
import sys

import django
from django.db import connections

django.setup()

from django.test import Client as HttpClient  # noqa: E402 - the settings are needed first
from opentelemetry.metrics import set_meter_provider  # noqa: E402 - as above
from opentelemetry.sdk.metrics import MeterProvider  # noqa: E402 - as above
from opentelemetry.sdk.metrics.export import InMemoryMetricReader  # noqa: E402 - as above

from oauth_m2m.models import Client, Scope  # noqa: E402 - as above
from oauth_m2m.operations.clients import create_client  # noqa: E402 - as above
from oauth_m2m.operations.credentials import add_secret  # noqa: E402 - as above
from oauth_m2m.values import Actor  # noqa: E402 - as above


def main() -> None:
    """Register a client and be it."""
    actor = Actor("measured_call")
    scope = Scope.objects.create(name="orders:read")
    client = create_client(Client(name="First"), scopes={scope: True}, actor=actor)
    secret = add_secret(client, actor=actor).clear_secret
    reader = InMemoryMetricReader()
    set_meter_provider(MeterProvider(metric_readers=[reader]))
    body = f"grant_type=client_credentials&client_id={client.client_id}&client_secret={secret}"
    HttpClient().post("/oauth/token", body, content_type="application/x-www-form-urlencoded")
    collected = reader.get_metrics_data()
    counted = {
        metric.name: point.value
        for resource in collected.resource_metrics
        for scope_metrics in resource.scope_metrics
        for metric in scope_metrics.metrics
        for point in metric.data.data_points
    }
    connections.close_all()
    sys.stdout.write(json.dumps(counted))


if __name__ == "__main__":
    main()
