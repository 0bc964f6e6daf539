"""What the operator, the kubelet and Prometheus ask. Read-only; configuration is never echoed."""

from collections.abc import Callable
from typing import Protocol

import msgspec
from fastapi import APIRouter, Response
from fastapi.responses import PlainTextResponse
from prometheus_client import CONTENT_TYPE_LATEST

from scoring_service.contract.names import LIVEZ_PATH, METRICS_PATH, READYZ_PATH, STATUS_MAX_BYTES, STATUS_PATH
from scoring_service.contract.worker_status import WorkerStatus
from scoring_service.health import Verdict
from scoring_service.metrics import Metrics, Scrape, text


class Observed(Protocol):
    """What the listener reads of a worker."""

    metrics: Metrics

    def status(self) -> WorkerStatus:
        """Return what `/status` says."""
        ...

    def liveness(self) -> Verdict:
        """Judge whether this process should be restarted."""
        ...

    def readiness(self) -> Verdict:
        """Judge whether records are scored here."""
        ...


def router(worker: Observed) -> APIRouter:
    """Return the operational routes of `worker`."""
    routes = APIRouter(include_in_schema=False)
    routes.add_api_route(LIVEZ_PATH, _probe(worker.liveness), response_class=PlainTextResponse)
    routes.add_api_route(READYZ_PATH, _probe(worker.readiness), response_class=PlainTextResponse)

    @routes.get(METRICS_PATH)
    async def metrics() -> Response:
        status = worker.status()
        refused = status.refused.revision if status.refused else ""
        exposition = text(Scrape(worker.metrics, status.version, status.serving, refused))
        return Response(exposition, media_type=CONTENT_TYPE_LATEST)

    @routes.get(STATUS_PATH)
    async def status() -> Response:
        return Response(bounded(worker.status()), media_type="application/json")

    return routes


def bounded(status: WorkerStatus) -> bytes:
    """Encode a status within the limit; lanes that do not fit are left out, the last partitions first."""
    body = status.encode()
    while len(body) > STATUS_MAX_BYTES and status.lanes:
        status = msgspec.structs.replace(status, lanes=status.lanes[: len(status.lanes) // 2])
        body = status.encode()
    return body


def _probe(judge: Callable[[], Verdict]) -> Callable[[], Response]:
    async def probe() -> Response:
        verdict = judge()
        return PlainTextResponse(verdict.reason or "ok", 200 if verdict.is_well else 503)

    return probe  # type: ignore[return-value] # FastAPI awaits it
