"""What the api listener looks like to a client: OpenAPI 3.1, made of the scorer's own types. Pure."""

from collections.abc import Iterable
from typing import Any, Final

import msgspec

from scoring_service.contract.names import HEADER_AS_OF, HEADER_PIPELINE, HEADER_REVISION, HEADER_VERSION
from scoring_service.http.api.questions import AS_OF, LATEST_S
from scoring_service.http.api.refusals import Refusal
from scoring_service.http.api.scoring import MAX_RECORDS
from scoring_service.scorers.base import Answering, Rejection, RequestType, Scorer
from scoring_service.scorers.reasons import Reason

SCORE: Final = "/score"
DOCUMENT: Final = "/openapi.json"
RESTART: Final = "/admin/restart-kafka"

Json = dict[str, Any]

_REF: Final = "#/components/schemas/{name}"
_KEYS: Final[list[Json]] = [{"bearer": []}, {"apiKey": []}]
_TEXT: Final = {"type": "string"}
_REFUSED: Final = {
    400: "The request is not HTTP, or ended before its body was complete.",
    401: "No key, or nobody's.",
    404: "There is no such route.",
    405: "The route has no such method.",
    408: "The body did not come in time.",
    413: "The body has more bytes than it may.",
    422: "The record cannot be scored, or the list or a parameter is not what it should be; `path` says where.",
    429: "Asked more often than agreed.",
    500: "A defect.",
    503: "No key is configured, no revision of the scorer builds, or as many requests are in hand as the pod takes.",
}
_LATER: Final = (429, 503)
_ANYWHERE: Final = (401, 404, 405, 429, 500, 503)


class Restarting(msgspec.Struct):
    """The pod drains, leaves its consumer group and joins it anew."""

    status: str = "restarting"


def document(scorer: Scorer, version: str, *, is_admin: bool) -> Json:
    """Return the document of a listener that serves `scorer`."""
    failure = type(scorer.failure(Rejection(Reason.SCHEMA, "")))
    declared = scorer.request_types() if isinstance(scorer, Answering) else ()
    types = [scorer.Input, scorer.Output, failure, Refusal, Restarting]
    types += [part for of in declared for part in (of.request, of.answer)]
    schemas, components = msgspec.json.schema_components(types, ref_template=_REF)
    record, output, failed, refusal, restarting, *others = schemas
    components["Refusal"]["properties"]["failure"] = failed
    refused = {code: _refused(code, refusal) for code in _REFUSED}
    paths: Json = {
        SCORE: {"post": _score(record, output, failed, refused)},
        DOCUMENT: {
            "get": _described("This document; it needs no key.", "document", _json({"type": "object"}), refused)
        },
    }
    for of, asked, answer in zip(declared, others[::2], others[1::2], strict=True):
        paths[of.path] = {"post": _declared(of, asked, answer, refused)}
    if is_admin:
        said = "Drain this pod, have it leave its consumer group and join it anew; at most once a minute."
        paths[RESTART] = {"post": _described(said, "restart", {}, refused) | {"security": _KEYS}}
        paths[RESTART]["post"]["responses"] |= {"202": {"description": "It begins.", "content": _json(restarting)}}
        del paths[RESTART]["post"]["responses"]["200"]
    return {
        "openapi": "3.1.0",
        "info": {"title": f"Scores by request: {scorer.name}", "version": version},
        "paths": paths,
        "components": {
            "schemas": components,
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer"},
                "apiKey": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
            },
        },
    }


def _score(record: Json, output: Json, failed: Json, refused: dict[int, Json]) -> Json:
    absorbed = {"type": "null"}
    many = {"type": "array", "items": {"anyOf": [output, failed, absorbed]}, "maxItems": MAX_RECORDS}
    said = (
        f"Score one record, or a list of at most {MAX_RECORDS} in one sequence. In a list each record has its score or "
        "its failure in its place, or null if it was absorbed; one record that cannot be scored is answered with 422."
    )
    operation = _described(said, "score", _json({"anyOf": [output, absorbed, many]}), refused)
    body = {"anyOf": [record, {"type": "array", "items": record, "maxItems": MAX_RECORDS}]}
    return _with_body(operation, body, refused)


def _declared(of: RequestType, asked: Json, answer: Json, refused: dict[int, Json]) -> Json:
    return _with_body(_described(of.summary, of.name, _json(answer), refused), asked, refused)


def _with_body(operation: Json, body: Json, refused: dict[int, Json]) -> Json:
    """Return an operation that reads a body, takes a moment, and says who made its answer."""
    operation["responses"] |= {str(code): refused[code] for code in (400, 408, 413, 422)}
    names = (HEADER_PIPELINE, HEADER_REVISION, HEADER_VERSION, HEADER_AS_OF)
    operation["responses"]["200"]["headers"] |= {name: {"schema": _TEXT, "required": True} for name in names}
    return operation | {
        "parameters": [_as_of()],
        "requestBody": {"required": True, "content": _json(body)},
        "security": _KEYS,
    }


def _as_of() -> Json:
    moment = {"type": "string", "format": "date-time", "pattern": r"^[0-9]{4}-.*(Z|[+-][0-9]{2}:[0-9]{2})$"}
    unix = {"type": "integer", "minimum": 0, "maximum": LATEST_S}
    said = "The moment to score for, of records that name none: Unix seconds or RFC 3339. Default: now."
    return {"name": AS_OF, "in": "query", "description": said, "schema": {"anyOf": [unix, moment]}}


def _described(summary: str, name: str, content: Json, refused: dict[int, Json]) -> Json:
    responses: Json = {"200": {"description": "Done.", "content": content, "headers": _headers()}}
    return {
        "operationId": name,
        "summary": summary,
        "responses": responses | {str(code): refused[code] for code in _ANYWHERE},
    }


def _refused(code: int, refusal: Json) -> Json:
    more = {"Retry-After": {"schema": {"type": "integer"}, "required": True}} if code in _LATER else {}
    return {"description": _REFUSED[code], "content": _json(refusal), "headers": _headers(more.items())}


def _headers(more: Iterable[tuple[str, Json]] = ()) -> Json:
    return {"X-Request-Id": {"schema": _TEXT, "required": True}, **dict(more)}


def _json(schema: Json) -> Json:
    return {"application/json": {"schema": schema}}
