"""Routes that the scorer which serves declares: requests and answers of its own, the same keys, limits and thread."""

from time import monotonic, time
from typing import Any

import msgspec
from fastapi import Request, Response
from starlette.routing import Match, Route
from starlette.types import Scope

from scoring_service.http.api import body
from scoring_service.http.api.questions import as_of_ms
from scoring_service.http.api.refusals import RefusalReason, Refused
from scoring_service.http.api.routes import JSON, Scoring, headers, served
from scoring_service.revision import Serving
from scoring_service.scorers.base import Answering, RequestType
from scoring_service.scorers.reasons import Reason


class Declared(Route):
    """Every path that the scorer which serves at that moment declares; another scorer's paths are not there."""

    def __init__(self, scoring: Scoring) -> None:
        self._scoring = scoring
        super().__init__("/{path:path}", self._answer, methods=["POST"])

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Match as a route of these paths would."""
        if scope["type"] != "http" or declared(self._scoring.serving(), scope["path"]) is None:
            return Match.NONE, {}
        return super().matches(scope)

    async def _answer(self, request: Request) -> Response:
        began, scoring = monotonic(), self._scoring
        serving = served(scoring)
        of = declared(serving, request.url.path)
        if of is None:
            raise Refused(404, RefusalReason.NOT_FOUND, "there is no such route")
        moment_ms = as_of_ms(request.query_params.multi_items(), time())
        content = await body.read(request, min(scoring.max_body_bytes, of.max_bytes))
        asked, replied = await scoring.room.run(lambda: replied_to(of, content, moment_ms, scoring))
        scoring.requests.scored({"scored": of.records(asked)}, monotonic() - began)
        return Response(replied, headers=headers(scoring, serving, moment_ms), media_type=JSON)


def declared(serving: Serving | None, path: str) -> RequestType | None:
    """Return what a scorer declares at a path, if it does."""
    if serving is None or not isinstance(serving.scorer, Answering):
        return None
    return next((of for of in serving.scorer.request_types() if of.path == path), None)


def replied_to(of: RequestType, content: bytes, as_of_ms: int, scoring: Scoring) -> tuple[Any, bytes]:
    """Return the request that a body is, and the answer to it.

    Raises:
        Refused: The body is no such request.
    """
    yielding = scoring.yielding()
    asked = _read(of, content)
    yielding.pause()
    replied = msgspec.json.encode(of.reply(asked, as_of_ms / 1000))
    yielding.pause()
    return asked, replied


def _read(of: RequestType, content: bytes) -> Any:
    try:
        return msgspec.json.decode(content, type=of.request)
    except RecursionError:
        raise Refused(422, RefusalReason.DEPTH, "the body nests too deep to be read") from None
    except msgspec.ValidationError as error:
        expected, _, path = str(error).partition(" - at `")
        raise Refused(422, Reason.SCHEMA, f"{path.rstrip('`') or '$'}: {expected}", path=path.rstrip("`")) from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Refused(422, RefusalReason.JSON_SYNTAX, f"the body is not JSON: {error}") from None
