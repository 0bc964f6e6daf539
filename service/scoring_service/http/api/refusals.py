"""Why a request is not answered with scores: the closed list, and the one shape of such answers."""

from collections.abc import Mapping
from enum import StrEnum

import msgspec
from fastapi import Response

from scoring_service.scorers.reasons import Reason


class RefusalReason(StrEnum):
    """What a client can tell apart. A record that cannot be scored has one of `scorers.reasons` instead."""

    BUSY = "busy"
    """As many requests are in hand as the pod takes."""
    CUT_OFF = "cut_off"
    """The client went before its request was complete."""
    DEPTH = "depth"
    """The body nests too deep."""
    INTERNAL = "internal"
    """A defect; the log has it under the request's id."""
    JSON_SYNTAX = "json_syntax"
    """The body is not JSON."""
    KEY_MISSING = "key_missing"
    """The request has no key."""
    KEY_UNKNOWN = "key_unknown"
    """Nobody has this key."""
    METHOD = "method"
    """The route has no such method."""
    NO_KEYS = "no_keys"
    """No key is configured: nobody may ask."""
    NO_REVISION = "no_revision"
    """No revision of the scorer builds."""
    NOT_FOUND = "not_found"
    """There is no such route."""
    PARAMETER = "parameter"
    """A parameter of the request is not what it should be."""
    RATE = "rate"
    """The client asks more often than it may."""
    SLOW = "slow"
    """The body did not come in time."""
    TOO_LARGE = "too_large"
    """The body has more bytes than it may."""
    TOO_MANY = "too_many"
    """The list has more records than it may."""


class Refusal(msgspec.Struct, kw_only=True):
    """The body of every answer that is no success."""

    error: str
    """One sentence for people: what was expected and what came."""
    reason: str
    """One word for programs."""
    request_id: str = ""
    path: str | msgspec.UnsetType = msgspec.UNSET
    """Where in the body, as JSON path, or which parameter."""
    failure: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    """Of a record that cannot be scored: the failure record, to the byte as on the failure topic."""


class Refused(Exception):
    """A request is answered with a refusal."""

    def __init__(
        self, code: int, reason: RefusalReason | Reason, error: str, *, path: str = "", retry_after_s: int | None = None
    ) -> None:
        super().__init__(error)
        self.code = code
        self.refusal = Refusal(error=error, reason=reason, path=path or msgspec.UNSET)
        self.headers = {} if retry_after_s is None else {"retry-after": str(retry_after_s)}


def answer(code: int, refusal: Refusal, request_id: str, headers: Mapping[str, str]) -> Response:
    """Return a refusal as a response."""
    refusal.request_id = request_id
    challenge = {"www-authenticate": "Bearer"} if code == 401 else {}
    body = msgspec.json.encode(refusal)
    return Response(body, code, {**headers, **challenge}, media_type="application/json")
