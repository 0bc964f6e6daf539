"""Requests made from the listener's own description, fitting and not: no defect, no hang, every answer described."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from math import inf
from pathlib import Path
from time import monotonic
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import APIOperation, Case, GenerationMode, checks
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from harness.requests import KEY, Face, facing
from scoring_service.contract.scorer_file import ScorerBlock, ScorerFile
from scoring_service.scorers import registry

CHECKS = [
    checks.not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
REQUESTS = {"document": 2, "predict": 20, "restart": 2, "score": 20}
"""Of each operation, for each mode: making one takes half a second."""
AT_LEAST = 3
"""Of each, whatever the machine does besides."""
MODES = {"predict": list(GenerationMode), "score": list(GenerationMode)}
"""Of operations that have parts which may not fit."""
ANSWER_WITHIN_S = 10
ALL_WITHIN_S = 30.0
"""On a machine with other work what is left of the rest is left out."""


BLOCKS = {"walletReputation": {"variant": "zeru-v1"}, "volatility": {}}
"""One scorer without requests of its own, one with."""


@pytest.fixture(params=BLOCKS)
async def face(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Face]:
    (tmp_path / "live").mkdir()
    block = ScorerBlock(member=request.param, parameters=BLOCKS[request.param])
    (tmp_path / "live" / "scorer.json").write_bytes(ScorerFile(serving=block).encode())
    limits = {"requests_per_second": 10_000, "burst": 10_000, "max_body_bytes": 20_000}
    async with facing(tmp_path, build=registry.build, admin=True, **limits) as found:
        yield found


class Fuzzing:
    """Asks everything, and counts how each operation was answered with which code."""

    def __init__(self, url: str) -> None:
        self.codes: Counter[tuple[str, int]] = Counter()
        self._url = url
        self._until = inf

    def all(self, document: dict[str, Any]) -> None:
        """Ask every operation of a description, fitting and not, with a key and with nobody's."""
        found = [each.ok() for each in schemathesis.openapi.from_dict(document).get_all_operations()]
        operations = {operation.definition.raw["operationId"]: operation for operation in found}
        assert REQUESTS.keys() - {"predict"} <= operations.keys() <= REQUESTS.keys()
        parts = [(operations[name], mode) for name in operations for mode in MODES.get(name, [GenerationMode.POSITIVE])]
        for operation, mode in parts:
            self._many(operation, mode, "nobody's", 1)
            self._many(operation, mode, KEY, AT_LEAST)
        self._until = monotonic() + ALL_WITHIN_S
        for operation, mode in parts:
            self._many(operation, mode, KEY, REQUESTS[operation.definition.raw["operationId"]])

    def _many(self, operation: APIOperation[Any, Any, Any, Any], mode: GenerationMode, key: str, most: int) -> None:
        name = operation.definition.raw["operationId"]

        @settings(
            max_examples=most,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
            deadline=None,
            derandomize=True,
            database=None,
        )
        @given(case=operation.as_strategy(generation_mode=mode))
        def ask(case: Case) -> None:
            if monotonic() > self._until:
                return
            case.headers.pop("Authorization", None)
            answer = case.call(self._url, headers={"X-API-Key": key}, timeout=ANSWER_WITHIN_S)
            self.codes[name, answer.status_code] += 1
            case.validate_response(answer, checks=CHECKS)

        ask()


async def test_every_answer_to_any_request_is_described(face: Face) -> None:
    document = (await face.ask("/openapi.json", method="GET", key=None)).json

    fuzzing = Fuzzing(f"http://127.0.0.1:{face.port}")
    await asyncio.to_thread(fuzzing.all, document)

    codes = fuzzing.codes
    assert {("score", 200), ("score", 401), ("score", 422), ("document", 200), ("restart", 202)} <= set(codes)
    assert {code for _, code in codes} <= {200, 202, 401, 404, 405, 413, 422, 429}
    assert "/predict" not in document["paths"] or {("predict", 200), ("predict", 422)} <= set(codes)
    assert codes.total() > 15
    assert (await face.ask("/score", b"[]")).code == 200
