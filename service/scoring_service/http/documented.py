"""The routes that users of the first scoring server know, in exactly its shapes; everything on them is read-only."""

from collections.abc import Callable
from datetime import UTC, datetime
from time import time
from typing import Any, Final

from fastapi import APIRouter
from fastapi.responses import JSONResponse

from scoring_service.contract.worker_status import WorkerStatus
from scoring_service.http.ops import Observed

SERVICE: Final = "DeFi Reputation Scoring Server"
ENDPOINTS: Final = ("/health", "/stats", "/api/v1/health", "/api/v1/stats", "/version")


def router(worker: Observed, now: Callable[[], float] = time) -> APIRouter:
    """Return the documented routes of `worker`; `now` is in Unix seconds."""
    routes = APIRouter()

    async def root() -> dict[str, Any]:
        status = worker.status()
        return {"service": SERVICE, "version": status.version, "status": "running", "endpoints": ENDPOINTS}

    async def health() -> JSONResponse:
        status = worker.status()
        body = {
            "status": "healthy" if status.ready else "unhealthy",
            "timestamp": _moment(now()),
            "version": status.version,
            "uptime_seconds": status.uptime_seconds,
        }
        return JSONResponse(body, 200 if status.ready else 503)

    async def stats() -> dict[str, Any]:
        return _stats(worker, worker.status())

    async def version() -> dict[str, Any]:
        status = worker.status()
        found = {"version": status.version, "revision": status.serving, "pipeline": status.pipeline}
        return found | (
            {"model": status.model_version, "model_variant": status.model_variant} if status.model_variant else {}
        )

    for path, answer in (("/", root), ("/health", health), ("/stats", stats), ("/version", version)):
        routes.add_api_route(path, answer)
    routes.add_api_route("/api/v1/health", health)
    routes.add_api_route("/api/v1/stats", stats)
    return routes


def _stats(worker: Observed, status: WorkerStatus) -> dict[str, Any]:
    metrics = worker.metrics
    last = metrics.last_delivered_at
    return {
        "total_processed": metrics.delivered,
        "successful_processed": metrics.scored,
        "failed_processed": metrics.rejected_total,
        "average_processing_time_ms": round(1000 * metrics.scoring_seconds_per_record, 6),
        "uptime_seconds": status.uptime_seconds,
        "last_processed_timestamp": None if last is None else _moment(last),
    }


def _moment(unix_seconds: float) -> str:
    """Return a moment as ISO 8601 in UTC with microseconds and without an offset, as documented."""
    return datetime.fromtimestamp(unix_seconds, UTC).replace(tzinfo=None).isoformat(timespec="microseconds")
