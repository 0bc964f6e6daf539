"""Routes that a scorer declares itself, on volatility's `POST /predict`: the requirement's rows and answer."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness import ticks
from harness.requests import Face, facing
from scoring_service.contract.scorer_file import ScorerBlock, ScorerFile
from scoring_service.http.api.openapi import document
from scoring_service.http.listener import listening
from scoring_service.scorers import registry

ROW = {"ret_mean": 0.05, "ret_std": 0.01, "n": 50}


@pytest.fixture
async def face(tmp_path: Path) -> AsyncIterator[Face]:
    async with facing_volatility(tmp_path) as found:
        yield found


def facing_volatility(folder: Path, **options: Any) -> Any:
    (folder / "live").mkdir()
    block = ScorerBlock(member="volatility", parameters={"windowSize": 3})
    (folder / "live" / "scorer.json").write_bytes(ScorerFile(serving=block).encode())
    return facing(folder, build=registry.build, **options)


async def predict(face: Face, *rows: Any, query: str = "", **options: Any) -> Any:
    return await face.ask(f"/predict{query}", json.dumps({"rows": list(rows)}).encode(), **options)


async def test_rows_have_their_scores_in_order_and_the_answer_says_what_made_them(face: Face) -> None:
    answer = await predict(face, ROW, ROW | {"ret_std": 1e-5}, ROW | {"ret_std": 3e-5}, query="?asOf=1763422406.5")

    assert answer.code == 200
    assert list(answer.json) == ["scores", "model_variant", "version", "ts"]
    assert answer.json["scores"] == [ticks.scorer().of_deviation(ret_std) for ret_std in (0.01, 1e-5, 3e-5)]
    assert answer.json["scores"][1] < answer.json["scores"][2] < answer.json["scores"][0]
    assert (answer.json["model_variant"], answer.json["version"]) == ("baseline", "baseline-1")
    assert answer.json["ts"] == "2025-11-17T23:33:26.500000+00:00"


async def test_an_answer_has_the_headers_of_a_score(face: Face) -> None:
    scored, predicted = await face.score(ticks.a_tick(), query="?asOf=5"), await predict(face, ROW, query="?asOf=5")

    def own(answer: Any) -> dict[str, str]:
        return {name: value for name, value in answer.headers.items() if name.startswith("scoring-")}

    assert own(predicted) == own(scored)
    assert own(predicted)["scoring-as-of"] == "5"


async def test_features_of_a_window_have_the_score_of_their_tick(face: Face) -> None:
    *_, tick = (await face.score(*[ticks.a_tick(price) for price in (100, 101, 103)])).json

    answer = await predict(face, tick["features"])

    assert answer.json["scores"] == [tick["score"]]


@pytest.mark.parametrize("count", [1, 1000])
async def test_one_to_a_thousand_rows_are_scored_and_counted(face: Face, count: int) -> None:
    assert len((await predict(face, *[ROW] * count)).json["scores"]) == count
    assert face.worker.metrics.requests is not None
    assert face.worker.metrics.requests.records == {"scored": count}


@pytest.mark.parametrize(
    ("body", "says", "path"),
    [
        ({"rows": []}, "Expected `array` of length >= 1", "$.rows"),
        ({"rows": [ROW] * 1001}, "Expected `array` of length <= 1000", "$.rows"),
        ({"rows": [{"ret_mean": 0.1, "n": 50}]}, "missing required field `ret_std`", "$.rows[0]"),
        ({"rows": [ROW | {"n": 0}]}, "Expected `int` >= 1", "$.rows[0].n"),
        ({"rows": [ROW | {"n": -3}]}, "Expected `int` >= 1", "$.rows[0].n"),
        ({"rows": [ROW | {"n": 1.5}]}, "Expected `int`, got `float`", "$.rows[0].n"),
        ({"rows": [ROW | {"ret_std": -1e-9}]}, "Expected `float` >= 0.0", "$.rows[0].ret_std"),
        ({"rows": [ROW | {"ret_mean": "0.1"}]}, "Expected `float`, got `str`", "$.rows[0].ret_mean"),
        ({}, "missing required field `rows`", None),
        ([], "Expected `object`, got `array`", None),
    ],
)
async def test_what_is_no_such_request_is_refused_with_its_place(face: Face, body: Any, says: str, path: Any) -> None:
    answer = await face.ask("/predict", json.dumps(body).encode())

    assert (answer.code, answer.json["reason"]) == (422, "schema")
    assert says in answer.json["error"]
    assert answer.json.get("path") == path


@pytest.mark.parametrize(
    ("body", "code", "reason"),
    [
        (b"", 422, "json_syntax"),
        (b'{"rows":[{"ret_mean":NaN,"ret_std":1,"n":1}]}', 422, "json_syntax"),
        (b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}", 422, "depth"),
        (b" " * (256 * 1024 + 1), 413, "too_large"),
    ],
)
async def test_bytes_that_are_no_request_are_refused(face: Face, body: bytes, code: int, reason: str) -> None:
    answer = await face.ask("/predict", body)

    assert (answer.code, answer.json["reason"]) == (code, reason)


async def test_it_passes_the_same_gate(face: Face) -> None:
    assert (await predict(face, ROW, key=None)).code == 401
    assert (await predict(face, ROW, key="nobody's")).json["reason"] == "key_unknown"
    assert (await predict(face, ROW, query="?moment=1")).json["reason"] == "parameter"
    assert (await face.ask("/predict", method="GET")).code == 405
    assert (await face.ask("/predict/")).code == 404
    assert (await face.ask("/predictions")).code == 404


async def test_the_status_and_the_version_say_what_makes_the_scores(face: Face) -> None:
    async with listening(face.worker, "127.0.0.1", 0) as port:
        found = await asyncio.to_thread(
            lambda: json.loads(urlopen(f"http://127.0.0.1:{port}/version", timeout=10).read())
        )

    assert (found["model"], found["model_variant"]) == ("baseline-1", "baseline")
    assert (face.worker.status().model_version, face.worker.status().model_variant) == ("baseline-1", "baseline")


async def test_another_scorer_has_no_such_route(tmp_path: Path) -> None:
    async with facing(tmp_path) as face:
        assert (await predict(face, ROW)).code == 404
        assert (await face.ask("/predict", method="GET")).code == 404


async def test_it_is_described(face: Face) -> None:
    described = (await face.ask("/openapi.json", method="GET")).json

    operation = described["paths"]["/predict"]["post"]
    row = described["components"]["schemas"]["FeatureRow"]
    assert operation["operationId"] == "predict"
    assert {"200", "401", "408", "413", "422", "429", "503"} <= operation["responses"].keys()
    assert row["required"] == ["ret_mean", "ret_std", "n"]
    assert described["components"]["schemas"]["Predict"]["properties"]["rows"]["maxItems"] == 1000


def test_a_scorer_without_requests_of_its_own_describes_none() -> None:
    wallets = registry.build(ScorerBlock(member="walletReputation", parameters={"variant": "zeru-v1"}))

    assert document(wallets, "1", is_admin=False)["paths"].keys() == {"/score", "/openapi.json"}


async def test_every_body_is_answered(face: Face) -> None:
    numbers = st.floats(allow_nan=False, allow_infinity=False) | st.integers() | st.none()
    row = st.fixed_dictionaries({"ret_mean": numbers, "ret_std": numbers, "n": st.integers()})

    @given(
        body=st.binary(max_size=60) | st.lists(row, max_size=3).map(lambda rows: json.dumps({"rows": rows}).encode())
    )
    def ask(body: bytes) -> None:
        answer = face.ask_now("/predict", body)

        assert answer.code in {200, 422}
        if answer.code == 200:
            assert all(0 <= score <= 1 for score in answer.json["scores"])

    await asyncio.to_thread(ask)
