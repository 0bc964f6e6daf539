"""The routes of the api listener. Whoever gets here has a key, and a place."""

from collections.abc import Callable
from time import monotonic, time
from typing import Final, NamedTuple

import msgspec
from fastapi import APIRouter, Request, Response

from scoring_service.codec import as_of_header
from scoring_service.contract.names import HEADER_AS_OF, HEADER_PIPELINE, HEADER_REVISION, HEADER_VERSION
from scoring_service.http.api import body, openapi
from scoring_service.http.api.questions import as_of_ms
from scoring_service.http.api.refusals import RefusalReason, Refused, answer
from scoring_service.http.api.room import Room
from scoring_service.http.api.scoring import score
from scoring_service.http.api.yielding import Yielding
from scoring_service.metrics.requests import Requests
from scoring_service.revision import Serving

RESTART_EVERY_S: Final = 60.0
RETRY_AFTER_S: Final = 5
JSON: Final = "application/json"


class Scoring(NamedTuple):
    """What requests are scored with."""

    pipeline: str
    """`namespace/name`."""
    version: str
    """Of the worker package."""
    serving: Callable[[], Serving | None]
    room: Room
    requests: Requests
    yielding: Callable[[], Yielding]
    """Made in the thread that scores, once a request."""
    max_body_bytes: int


def router(scoring: Scoring, restart: Callable[[], None] | None) -> APIRouter:
    """Return the routes; without `restart` there is none for it."""
    routes = APIRouter()

    async def post_score(request: Request) -> Response:
        return await _scored(scoring, request)

    async def get_openapi() -> Response:
        document = openapi.document(served(scoring).scorer, scoring.version, is_admin=restart is not None)
        return Response(msgspec.json.encode(document), media_type=JSON)

    routes.add_api_route(openapi.SCORE, post_score, methods=["POST"])
    routes.add_api_route(openapi.DOCUMENT, get_openapi)
    if restart is not None:
        routes.add_api_route(openapi.RESTART, _restarting(restart), methods=["POST"], status_code=202)
    return routes


async def _scored(scoring: Scoring, request: Request) -> Response:
    began = monotonic()
    moment_ms = as_of_ms(request.query_params.multi_items(), time())
    content = await body.read(request, scoring.max_body_bytes)
    serving = served(scoring)
    scored = await scoring.room.run(lambda: score(serving, content, moment_ms, scoring.yielding().pause))
    scoring.requests.scored(scored.outcomes, monotonic() - began)
    said = headers(scoring, serving, moment_ms)
    if scored.refusal is None:
        return Response(scored.body, headers=said, media_type=JSON)
    return answer(422, scored.refusal, request.state.request_id, said)


def headers(scoring: Scoring, serving: Serving, as_of_ms: int) -> dict[str, str]:
    """Return what says who made an answer, and for which moment in Unix milliseconds."""
    return {
        HEADER_PIPELINE: scoring.pipeline,
        HEADER_REVISION: serving.revision,
        HEADER_VERSION: scoring.version,
        HEADER_AS_OF: as_of_header(as_of_ms / 1000)[1].decode(),
    }


def served(scoring: Scoring) -> Serving:
    """Return what serves.

    Raises:
        Refused: Nothing does.
    """
    serving = scoring.serving()
    if serving is None:
        none = "no revision of the scorer builds: there is nothing to score with"
        raise Refused(503, RefusalReason.NO_REVISION, none, retry_after_s=RETRY_AFTER_S)
    return serving


def _restarting(restart: Callable[[], None]) -> Callable[..., object]:
    last = [float("-inf")]

    async def post_restart() -> Response:
        now = monotonic()
        left_s = last[0] + RESTART_EVERY_S - now
        if left_s > 0:
            again = f"this pod was restarted less than {RESTART_EVERY_S:.0f} s ago: ask again in {left_s:.0f} s"
            raise Refused(429, RefusalReason.RATE, again, retry_after_s=int(left_s) + 1)
        last[0] = now
        restart()
        return Response(msgspec.json.encode(openapi.Restarting()), 202, media_type=JSON)

    return post_restart
