"""Stands in for a metrics adapter: the one external metric that a HorizontalPodAutoscaler is told to follow.

An APIService sends the API server here for `external.metrics.k8s.io`. It is one for the whole cluster.
"""

import json
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final

from harness.certificates import Authority
from harness.cluster import Cluster

GROUP: Final = "external.metrics.k8s.io"
VERSION: Final = "v1beta1"
METRIC: Final = "wanted-pods"
SERVICE: Final = "metrics-stand-in"


class Wanted:
    """What the metric says."""

    def __init__(self) -> None:
        self.pods = 1


@contextmanager
def metric(cluster: Cluster, namespace: str, address: str, folder: Path) -> Iterator[Wanted]:
    """Serve the metric at an address of this machine that the API server reaches; yield what it says.

    Args:
        cluster: Whose autoscalers may ask.
        namespace: Of the Service that leads here.
        address: IP address.
        folder: For the certificate.
    """
    wanted = Wanted()
    server = ThreadingHTTPServer((address, 0), _handler(wanted))
    server.socket = _context(address, folder).wrap_socket(server.socket, server_side=True)
    serving = threading.Thread(target=server.serve_forever, daemon=True)
    serving.start()
    port: int = server.server_address[1]
    cluster.apply(namespace, *_service(address, port), _api_service(namespace, port))
    try:
        yield wanted
    finally:
        cluster.kubectl("delete", "apiservice", f"{VERSION}.{GROUP}", "--ignore-not-found")
        server.shutdown()
        server.server_close()


def _context(address: str, folder: Path) -> ssl.SSLContext:
    issued = Authority("stand-in").issue("stand-in", host=address)
    (folder / "stand-in.pem").write_text(issued.certificate + issued.private_key)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "stand-in.pem")
    return context


def _handler(wanted: Wanted) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            found = _answer(self.path.partition("?")[0], wanted)
            body = json.dumps(found or {}).encode()
            self.send_response(200 if found else 404)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    return Handler


def _answer(path: str, wanted: Wanted) -> dict[str, Any] | None:
    """Return what the API server is told; None for what it asks every other one as well."""
    if path.endswith(f"/{METRIC}"):
        return _values(wanted)
    return _resources() if path == f"/apis/{GROUP}/{VERSION}" else None


def _values(wanted: Wanted) -> dict[str, Any]:
    moment = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    value = {"metricName": METRIC, "metricLabels": {}, "timestamp": moment, "value": str(wanted.pods)}
    return {"kind": "ExternalMetricValueList", "apiVersion": f"{GROUP}/{VERSION}", "metadata": {}, "items": [value]}


def _resources() -> dict[str, Any]:
    named = {
        "name": METRIC,
        "singularName": "",
        "namespaced": True,
        "kind": "ExternalMetricValueList",
        "verbs": ["get"],
    }
    return {"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": f"{GROUP}/{VERSION}", "resources": [named]}


def _service(address: str, port: int) -> Iterator[dict[str, Any]]:
    meta = {"name": SERVICE}
    yield {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": meta,
        "spec": {"ports": [{"name": "https", "port": port}]},
    }
    yield {
        "apiVersion": "discovery.k8s.io/v1",
        "kind": "EndpointSlice",
        "metadata": {**meta, "labels": {"kubernetes.io/service-name": SERVICE}},
        "addressType": "IPv4",
        "endpoints": [{"addresses": [address], "conditions": {"ready": True}}],
        "ports": [{"name": "https", "port": port, "protocol": "TCP"}],
    }


def _api_service(namespace: str, port: int) -> dict[str, Any]:
    return {
        "apiVersion": "apiregistration.k8s.io/v1",
        "kind": "APIService",
        "metadata": {"name": f"{VERSION}.{GROUP}"},
        "spec": {
            "group": GROUP,
            "version": VERSION,
            "groupPriorityMinimum": 100,
            "versionPriority": 100,
            "insecureSkipTLSVerify": True,
            "service": {"namespace": namespace, "name": SERVICE, "port": port},
        },
    }
