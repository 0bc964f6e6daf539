"""Scoring by request: what is asked, what is answered, and what is refused for what it says."""

import asyncio
import json
import tracemalloc
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness import toy, twin
from harness.requests import Face, facing
from harness.wallets import AS_OF, WALLET, a_swap, a_wallet, encoded, imperfect_wallets
from scoring_service import app
from scoring_service.contract.scorer_file import CandidateBlock, ScorerBlock, ScorerFile
from scoring_service.scorers import registry

STAMPS = ("timestamp", "processing_time_ms")
ONE, TWO = {"who": "a", "n": 1}, {"who": "b", "n": 2}


@pytest.fixture
async def face(tmp_path: Path) -> AsyncIterator[Face]:
    async with facing(tmp_path) as found:
        yield found


@pytest.fixture
async def wallets(tmp_path: Path) -> AsyncIterator[Face]:
    """The same with the scorer of wallets."""
    (tmp_path / "live").mkdir()
    block = ScorerBlock(member="walletReputation", parameters={"variant": "zeru-v1"})
    (tmp_path / "live" / "scorer.json").write_bytes(ScorerFile(serving=block).encode())
    async with facing(tmp_path, build=registry.build) as found:
        yield found


def unstamped(record: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in record.items() if name not in STAMPS}


async def test_a_record_is_scored(face: Face) -> None:
    answer = await face.score(TWO)

    assert answer.code == 200
    assert answer.headers["content-type"] == "application/json"
    assert unstamped(answer.json) == {"who": "b", "score": 4.0}


async def test_a_list_has_a_score_or_a_failure_for_each_record_in_order(face: Face) -> None:
    answer = await face.score(TWO, {"who": "x"}, 7, ONE)

    assert answer.code == 200
    assert [found.get("score", found.get("reason")) for found in answer.json] == [4.0, "schema", "schema", 2.0]


async def test_no_record_has_no_result(face: Face) -> None:
    assert (await face.ask("/score", b" [ ] ")).json == []


async def test_an_answer_says_what_made_it_and_for_which_moment(face: Face) -> None:
    answer = await face.score(ONE, query="?asOf=1704499200")

    serving = face.worker.revisions.current
    assert serving is not None
    assert {name: value for name, value in answer.headers.items() if name.startswith("scoring-")} == {
        "scoring-pipeline": "shop/wallets",
        "scoring-revision": serving.revision,
        "scoring-version": "9.9.9",
        "scoring-as-of": "1704499200",
    }


async def test_a_changed_weight_scores_the_next_request(face: Face, tmp_path: Path) -> None:
    before = await face.score(ONE)
    (tmp_path / "live" / "scorer.json").write_bytes(toy.scorer_file(serving=5.0).encode())
    await face.worker.revisions.look()

    after = await face.score(ONE)

    assert (before.json["score"], after.json["score"]) == (2.0, 5.0)
    assert before.headers["scoring-revision"] != after.headers["scoring-revision"]


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0", "0"),
        ("1704499200", "1704499200"),
        ("1704499200.25", "1704499200.25"),
        ("2024-01-06T00:00:00Z", "1704499200"),
        ("2024-01-06t01:00:00%2B01:00", "1704499200"),
        ("2024-01-06T00:00:00.5Z", "1704499200.5"),
        ("9999-12-31T23:59:59Z", "253402300799"),
    ],
)
async def test_a_moment_is_unix_seconds_or_rfc_3339_and_is_echoed(wallets: Face, text: str, seconds: str) -> None:
    answer = await wallets.score(a_wallet(a_swap()), query=f"?asOf={text}")

    assert answer.code == 200
    assert answer.headers["scoring-as-of"] == seconds
    assert answer.json["as_of"] == float(seconds)


async def test_a_moment_that_a_record_names_itself_goes_first_as_on_the_stream(wallets: Face) -> None:
    answer = await wallets.score(a_wallet(a_swap(), as_of=AS_OF), query="?asOf=1800000000")

    assert answer.json["as_of"] == AS_OF
    assert answer.headers["scoring-as-of"] == "1800000000"


async def test_the_default_moment_is_now(wallets: Face) -> None:
    answer = await wallets.score(a_wallet(a_swap()))

    assert answer.json["as_of"] == int(answer.headers["scoring-as-of"])
    assert abs(answer.json["as_of"] - answer.json["timestamp"]) <= 60


@pytest.mark.parametrize(
    "query",
    [
        "?asOf=", "?asOf=yesterday", "?asOf=-1", "?asOf=253402300800", "?asOf=1e9", "?asOf=2024-01-06",
        "?asOf=2024-01-06T00:00:00", "?asOf=2024-02-30T00:00:00Z", "?asOf=1969-12-31T23:59:59Z", "?asOf=1&asOf=1",
        "?asOf=20240106T000000Z", "?asOf=%D9%A1",
    ],
)  # fmt: skip
async def test_another_moment_is_refused_by_its_name(face: Face, query: str) -> None:
    answer = await face.score(ONE, query=query)

    assert (answer.code, answer.json["reason"], answer.json["path"]) == (422, "parameter", "asOf")
    assert "asOf: expected" in answer.json["error"]


async def test_a_parameter_that_is_misspelt_is_refused(face: Face) -> None:
    answer = await face.score(ONE, query="?asof=5")

    assert (answer.code, answer.json["path"]) == (422, "asof")


@pytest.mark.parametrize(
    ("record", "reason", "path"),
    [
        (a_wallet(a_swap(), address=7), "schema", "$.wallet_address"),
        (a_wallet(a_swap(), address="0x12"), "schema", "$.wallet_address"),
        ({"wallet_address": WALLET}, "schema", "$"),
        ({"wallet_address": WALLET, "data": 5}, "schema", "$.data"),
        (a_wallet(a_swap(timestamp={})), "timestamp", "$.data[0].transactions[0].timestamp"),
        (a_wallet(a_swap(-1.0)), "no_valid_transactions", "$.data[0].transactions[0].tokenIn.amountUSD"),
        (5, "schema", "$"),
    ],
)
async def test_a_record_that_cannot_be_scored_is_refused_with_the_path_of_its_bad_field(
    wallets: Face, record: Any, reason: str, path: str
) -> None:
    answer = await wallets.score(record)

    assert (answer.code, answer.json["reason"], answer.json["path"]) == (422, reason, path)
    assert answer.json["error"] == answer.json["failure"]["error"]
    assert answer.json["failure"]["reason"] == reason
    assert len(answer.headers["scoring-revision"]) == 12


async def test_a_record_with_nothing_wrong_in_any_one_field_has_no_path(wallets: Face) -> None:
    answer = await wallets.score(a_wallet(a_swap(), protocol_type="lending"))

    assert (answer.code, answer.json["reason"]) == (422, "unsupported_protocol")
    assert "path" not in answer.json


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "json_syntax"),
        (b"not json", "json_syntax"),
        (b'{"wallet_address": "\xff"', "json_syntax"),
        (b"[1, 2", "json_syntax"),
        (b"[NaN]", "json_syntax"),
        (b"[" * 100_000, "depth"),
        (b'{"a":' * 100_000, "depth"),
        (b"[" + b",".join([b"1"] * 1001) + b"]", "too_many"),
    ],
    ids=["nothing", "text", "cut off", "half a list", "no number", "brackets", "braces", "a crowd"],
)
async def test_a_body_that_is_no_record_is_refused(wallets: Face, body: bytes, reason: str) -> None:
    answer = await wallets.ask("/score", body)

    assert (answer.code, answer.json["reason"]) == (422, reason)
    assert 0 < len(answer.json["error"]) < 300


async def test_a_record_in_a_list_may_be_anything(wallets: Face) -> None:
    answer = await wallets.ask("/score", b'[{"wallet_address": "\xff"}, null, [], "x", ' + encoded(a_wallet()) + b"]")

    assert [found["reason"] for found in answer.json] == [*["schema"] * 4, "no_valid_transactions"]


async def test_requests_are_answered_by_the_serving_revision_whatever_a_canary_answers(tmp_path: Path) -> None:
    async with facing(tmp_path) as face:
        beside = CandidateBlock(scorer=toy.block(3.0), mode="Canary", percent=100)
        file = ScorerFile(serving=toy.block(2.0), candidate=beside)
        (tmp_path / "live" / "scorer.json").write_bytes(file.encode())
        await face.worker.revisions.look()
        assert face.worker.revisions.candidates.current is not None

        answer = await face.score({"who": "ann", "n": 1})

    assert answer.json["score"] == 2.0
    assert answer.headers["scoring-revision"] == toy.block(2.0).revision


async def test_a_crowd_of_numbers_is_refused_without_being_read_to_its_end(wallets: Face) -> None:
    body = b"[" + b"0," * 3_000_000 + b"0]"
    tracemalloc.start()
    try:
        answer = await wallets.ask("/score", body)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert (answer.code, answer.json["reason"]) == (422, "too_many")
    assert peak < 6 * len(body), "the body and its copies on the way, and nothing for each number"


async def test_a_windowed_scorer_folds_one_request_from_an_empty_state(tmp_path: Path) -> None:
    async with facing(tmp_path, build=toy.build_sums) as face:
        first = await face.score(ONE, TWO, ONE)
        second = await face.score(TWO, ONE)
        single = await face.score(TWO)

    assert [found["score"] for found in first.json] == [2.0, 6.0, 8.0]
    assert [found["score"] for found in second.json] == [4.0, 6.0]
    assert single.json["score"] == 4.0


async def test_what_a_windowed_scorer_absorbs_is_null(tmp_path: Path) -> None:
    async with facing(tmp_path, build=lambda block: toy.Warming(toy.ToyParameters(block.parameters["weight"]))) as face:
        many, one = await face.score(ONE, TWO, ONE), await face.score(ONE)

    assert [found and found["score"] for found in many.json] == [None, 4.0, 2.0]
    assert (one.code, one.json) == (200, None)
    assert face.worker.metrics.requests is not None
    assert face.worker.metrics.requests.records == {"absorbed": 2, "scored": 2}


async def test_requests_are_no_records_of_the_stream(face: Face) -> None:
    await face.score(ONE, {"who": "x"})

    metrics = face.worker.metrics
    assert metrics.requests is not None
    assert (metrics.requests.records, metrics.delivered, metrics.consumed) == ({"scored": 1, "rejected": 1}, 0, 0)


async def test_requests_are_scored_while_the_brokers_are_away(face: Face) -> None:
    face.broker.is_down = True

    answer = await face.score(ONE)

    assert answer.code == 200
    face.broker.is_down = False


async def test_without_a_revision_there_is_nothing_to_score_with(tmp_path: Path) -> None:
    (tmp_path / "live").mkdir()
    (tmp_path / "live" / "scorer.json").write_bytes(b"{}")
    async with facing(tmp_path) as face:
        answers = [await face.score(ONE), await face.ask("/openapi.json", method="GET")]

    for answer in answers:
        assert (answer.code, answer.json["reason"], answer.headers["retry-after"]) == (503, "no_revision", "5")


async def test_the_address_is_in_the_status(face: Face) -> None:
    assert face.worker.status().api_port == face.port


async def test_without_an_api_nothing_listens(tmp_path: Path) -> None:
    async with twin.running(twin.a_broker(), tmp_path) as worker, app.answering(worker, tmp_path):
        assert worker.status().api_port is None
        assert worker.metrics.requests is None


async def test_a_defect_is_told_by_the_requests_id_and_ends_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with facing(tmp_path, build=lambda block: toy.Broken(toy.ToyParameters(1.0))) as face:
        answer = await face.score(ONE, headers={"X-Request-Id": "abc"})
        again = await face.ask("/score", b"[]")

    assert (answer.code, answer.json["reason"], answer.json["request_id"]) == (500, "internal", "abc")
    assert answer.headers["x-request-id"] == "abc"
    assert again.code == 200
    assert "out of order" in caplog.text


async def test_every_body_is_answered_and_every_record_of_a_list_has_its_result(wallets: Face) -> None:
    def ask_many() -> None:
        @given(body=st.binary(max_size=200) | st.lists(imperfect_wallets(), max_size=3).map(encoded))
        def ask(body: bytes) -> None:
            answer = wallets.ask_now("/score", body)

            assert answer.code in {200, 413, 422}
            if answer.code == 200 and body.lstrip().startswith(b"["):
                assert len(answer.json) == len(json.loads(body))
                assert all("zscore" in found or "reason" in found for found in answer.json)

        ask()

    await asyncio.to_thread(ask_many)
