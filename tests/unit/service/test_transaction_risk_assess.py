"""The requirement's route: one transaction with the history that comes along is what the stream makes of the same."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from harness.requests import Face, facing
from scoring_service.contract.scorer_file import ScorerBlock, ScorerFile
from scoring_service.http.api.openapi import document
from scoring_service.scorers import registry

PATH = "/api/python/fraud/assess-risk"
NOW = 1_704_499_200
TRANSACTION = {
    "tx_hash": "0x1",
    "from_address": "0xa",
    "to_address": "0xb",
    "amount": 2_000_000,
    "token_pair": "ETH/USDC",
    "timestamp": NOW,
    "gas_price": 150,
    "slippage": 0.0005,
    "route_length": 6,
    "contract_interaction": True,
}


@pytest.fixture
async def face(tmp_path: Path) -> AsyncIterator[Face]:
    (tmp_path / "live").mkdir()
    block = ScorerBlock(member="transactionRisk", parameters={})
    (tmp_path / "live" / "scorer.json").write_bytes(ScorerFile(serving=block).encode())
    async with facing(tmp_path, build=registry.build) as found:
        yield found


async def assess(face: Face, **changes: Any) -> Any:
    return await face.ask(PATH, json.dumps({**TRANSACTION, **changes}).encode())


async def test_the_suspicious_one_of_the_requirement_is_safe_by_its_own_rules(face: Face) -> None:
    answer = await assess(face)

    assert answer.code == 200
    assert (answer.json["risk_score"], answer.json["risk_level"]) == (0.15, "safe")
    assert [finding["rule"] for finding in answer.json["findings"]] == ["flash_loan"]
    assert answer.json["issues"] == ["long_route"]


async def test_history_that_comes_along_counts_as_that_of_the_stream(face: Face) -> None:
    earlier = [{"timestamp": NOW - n, "token_pair": "ETH/USDC"} for n in range(11)]
    streamed = [{**TRANSACTION, **one} for one in reversed(earlier)]

    answer = await assess(face, user_history=earlier)
    *_, score = (await face.score(*streamed, TRANSACTION)).json

    assert (answer.json["risk_score"], answer.json["history"]) == (score["risk_score"], 11) == (0.5, 11)
    assert answer.json["findings"] == score["findings"]


async def test_nothing_is_remembered_of_a_request(face: Face) -> None:
    await assess(face)

    assert (await assess(face)).json["history"] == 0


@pytest.mark.parametrize("moment", [NOW, NOW * 1000, "2024-01-06T00:00:00Z", "2024-01-06T01:00:00+01:00"])
async def test_moments_are_read_as_people_write_them(face: Face, moment: Any) -> None:
    answer = await assess(face, timestamp=moment, user_history=[{"timestamp": NOW - 49 * 3600}])

    assert "large_after_idle" in [finding["rule"] for finding in answer.json["findings"]]


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"amount": -1}, "$.amount"),
        ({"timestamp": "soon"}, "$.timestamp"),
        ({"timestamp": -1}, "$.timestamp"),
        ({"user_history": [{}]}, "$.user_history[0]"),
        ({"user_history": [{"timestamp": 1}] * 1001}, "$.user_history"),
    ],
)
async def test_what_is_no_transaction_is_refused_by_its_path(face: Face, changes: dict[str, Any], path: str) -> None:
    answer = await assess(face, **changes)

    assert (answer.code, answer.json["path"]) == (422, path)


def test_the_description_has_the_route() -> None:
    scorer = registry.build(ScorerBlock(member="transactionRisk", parameters={}))

    assert PATH in document(scorer, "1", is_admin=False)["paths"]
