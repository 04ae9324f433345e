"""Requests that are served, as a real SDK counts them, and as a collector gets them."""

from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest
from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
)
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader, PeriodicExportingMetricReader

from oauth_m2m import __version__
from oauth_m2m.contrib.opentelemetry import measure
from oauth_m2m.contrib.opentelemetry.measuring import _BUCKETS
from oauth_m2m.signals import token_verified
from tests.contrib.opentelemetry.conftest import Measured
from tests.endpoints import signed_long_ago

pytestmark = pytest.mark.django_db

ISSUED = "oauth_m2m.token.issued"
REFUSED = "oauth_m2m.request.refused"
VERIFICATION = "oauth_m2m.token.verification.duration"
WRONG = {"grant_type": "client_credentials", "client_secret": "wrong"}


def refusal(kind: str, error: str, reason: str, **more: str) -> dict[str, str]:
    return {
        "error.type": error,
        "oauth_m2m.refusal.kind": kind,
        "oauth_m2m.refusal.reason": reason,
        **more,
    }


def test_issued_tokens_are_counted_by_client_format_and_method(
    measured, register, get_token, settings
):
    settings.OAUTH_M2M = {**settings.OAUTH_M2M, "KEY_ENCRYPTION_KEYS": ["own"]}
    opaque, signed = register("orders:read"), register("orders:read", token_format="jwt")
    for registered in (opaque, opaque, signed):
        get_token(registered)
    expected = [
        (opaque.client_id, "opaque", 2),
        (signed.client_id, "jwt", 1),
    ]
    assert measured.values(ISSUED) == [
        (
            {
                "oauth_m2m.token.format": token_format,
                "oauth_m2m.auth.method": "client_secret_post",
                "oauth_m2m.client.id": client_id,
            },
            count,
        )
        for client_id, token_format, count in expected
    ]


def test_client_is_left_out_on_demand(measured, registered, get_token, post_token, settings):
    settings.OAUTH_M2M = {**settings.OAUTH_M2M, "METRICS_CLIENT_ATTRIBUTE": False}
    get_token(registered)
    post_token({**WRONG, "client_id": registered.client_id})
    for name in (ISSUED, REFUSED):
        [(attributes, count)] = measured.values(name)
        assert count == 1
        assert "oauth_m2m.client.id" not in attributes


def test_refusals_are_counted_by_reason_and_only_clients_that_exist_are_named(
    measured, registered, post_token, http
):
    post_token({**WRONG, "client_id": registered.client_id})
    for number in range(3):
        post_token({**WRONG, "client_id": f"stranger-{number}"})
    http.get("/api/orders/", headers={"Authorization": "Bearer m2mt_no-token"})
    known = {"oauth_m2m.client.id": registered.client_id}
    series = measured.values(REFUSED)
    assert [attributes.get("oauth_m2m.client.id") for attributes, _ in series] == [
        registered.client_id,
        None,
        None,
    ]
    assert series[:2] == [
        (refusal("token.refused", "invalid_client", "malformed_secret", **known), 1),
        (refusal("token.refused", "invalid_client", "unknown_client"), 3),
    ]
    [(last, count)] = series[2:]
    assert (last["oauth_m2m.refusal.kind"], last["error.type"], count) == (
        "api.refused",
        "invalid_token",
        1,
    )


def test_verification_is_timed_by_format(measured, register, get_token, http):
    opaque, signed = register("orders:read"), register("orders:read", token_format="jwt")
    for registered in (opaque, signed, signed):
        bearer = {"Authorization": f"Bearer {get_token(registered)}"}
        assert http.get("/api/orders/", headers=bearer).status_code == 200
    points = measured.points(VERIFICATION)
    assert [(dict(point.attributes), point.count) for point in points] == [
        ({"oauth_m2m.token.format": form, "oauth_m2m.token.origin": "own"}, count)
        for form, count in (("opaque", 1), ("jwt", 2))
    ]
    for point in points:
        assert 0 < point.sum < 60
        assert point.explicit_bounds == _BUCKETS


def test_token_that_is_refused_is_not_timed(measured, registered, http):
    token = signed_long_ago(registered, hours=2)
    http.get("/api/orders/", headers={"Authorization": f"Bearer {token}"})
    assert measured.points(VERIFICATION) == []
    [(attributes, _)] = measured.values(REFUSED)
    assert attributes["oauth_m2m.refusal.reason"] == "token_expired"


def test_tokens_of_other_servers_are_timed_apart(measured):
    token_verified.send(
        sender=None, token_format="jwt", issuer="https://other.example", duration=0.25
    )
    [point] = measured.points(VERIFICATION)
    assert point.attributes["oauth_m2m.token.origin"] == "remote"
    assert point.sum == 0.25


def test_units_and_descriptions_are_those_of_the_conventions(measured, registered, get_token, http):
    bearer = {"Authorization": f"Bearer {get_token(registered)}"}
    http.get("/api/orders/", headers=bearer)
    http.get("/reports/daily", headers=bearer)
    metrics = measured.metrics()
    assert {name: metric.unit for name, metric in metrics.items()} == {
        ISSUED: "{token}",
        REFUSED: "{request}",
        VERIFICATION: "s",
    }
    assert all(metric.description for metric in metrics.values())


def test_measuring_again_counts_once_and_ends(measured, registered, get_token):
    reader = InMemoryMetricReader()
    provider = MeterProvider(metric_readers=[reader], shutdown_on_exit=False)
    stop = measure(provider)
    get_token(registered)
    stop()
    get_token(registered)
    assert measured.values(ISSUED) == []
    [(_, count)] = Measured(reader).values(ISSUED)
    assert count == 1
    provider.shutdown()


def test_collector_gets_them_by_otlp(registered, get_token):
    bodies: list[bytes] = []

    class Collector(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_arguments: object) -> None:
            """Say nothing."""

    with HTTPServer(("127.0.0.1", 0), Collector) as collector:
        thread = Thread(target=collector.serve_forever)
        thread.start()
        url = f"http://127.0.0.1:{collector.server_port}/v1/metrics"
        reader = PeriodicExportingMetricReader(
            OTLPMetricExporter(endpoint=url), export_interval_millis=float("inf")
        )
        provider = MeterProvider(metric_readers=[reader], shutdown_on_exit=False)
        stop = measure(provider)
        try:
            get_token(registered)
            assert provider.force_flush(60_000)
        finally:
            stop()
            provider.shutdown()
            collector.shutdown()
            thread.join()
    sent = ExportMetricsServiceRequest.FromString(bodies[0])
    [scope] = sent.resource_metrics[0].scope_metrics
    assert (scope.scope.name, scope.scope.version) == ("oauth_m2m", __version__)
    [issued] = [metric for metric in scope.metrics if metric.name == ISSUED]
    [point] = issued.sum.data_points
    assert point.as_int == 1
    named = {attribute.key: attribute.value.string_value for attribute in point.attributes}
    assert named["oauth_m2m.client.id"] == registered.client_id
    assert registered.secret.encode() not in b"".join(bodies)
