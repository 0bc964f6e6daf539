"""One scorer, three faces: Kafka, HTTP and the command line give the same bytes for the same record and moment.

Real data is read in place from the folder that the fixture `scoring_data` names; without it that test skips, loudly.
"""

import json
import re
from collections.abc import Sequence
from pathlib import Path

import msgspec
from typer.testing import CliRunner

from harness import twin
from harness.requests import Face, facing
from harness.wallets import AS_OF, a_swap, a_wallet, encoded
from scoring_service.cli import app
from scoring_service.codec import BatchScorer, Lone, Signature
from scoring_service.contract.golden_cases import GoldenCase
from scoring_service.contract.pipeline import parse_pipeline
from scoring_service.contract.scorer_file import ScorerBlock, ScorerFile
from scoring_service.contract.strict_yaml import documents
from scoring_service.generate import wallets
from scoring_service.golden import first_miss, record
from scoring_service.golden.running import STAMPS, Outcome, difference_of
from scoring_service.scorers import registry
from scoring_service.scorers.base import Scorer

SAMPLE = Path(__file__).parents[3] / "manifests" / "wallet-reputation.yaml"
CUT = 500
"""Records of a request; the last one has fewer."""

_stamps = re.compile(rb'"(timestamp|processing_time_ms)":[0-9]+')


def unstamped(value: bytes) -> bytes:
    """Return an output without the two readings of a clock."""
    return _stamps.sub(rb'"\1":0', value)


def the_block() -> ScorerBlock:
    (manifest,) = documents(SAMPLE.read_bytes())
    return registry.completed(parse_pipeline(manifest).block)


def by_command_line(lines: Sequence[bytes], folder: Path, as_of: int = AS_OF) -> list[bytes]:
    file = folder / "records.jsonl"
    file.write_bytes(b"\n".join(lines) + b"\n")
    done = CliRunner().invoke(app, ["score", str(SAMPLE), str(file), "--as-of", str(as_of)])
    assert done.exit_code == 0
    return [unstamped(line) for line in done.stdout_bytes.splitlines()]


async def by_kafka(face: Face, lines: Sequence[bytes], as_of: int = AS_OF) -> list[bytes]:
    for number, line in enumerate(lines):
        face.broker.append(twin.INPUT, number % 3, line, timestamp=as_of * 1000)
    topics = (twin.SUCCESS, twin.FAILURE)
    await face.broker.until(lambda: sum(len(face.broker.records(topic)) for topic in topics) == len(lines))
    found = {
        tuple(int(part) for part in twin.header(record, "scoring-source").split("/")[1:]): record.value or b""
        for topic in topics
        for record in face.broker.records(topic)
    }
    return [unstamped(found[number % 3, number // 3]) for number in range(len(lines))]


async def by_request(face: Face, lines: Sequence[bytes], as_of: int = AS_OF) -> list[bytes]:
    """Return the results of lists; what stands between them shows that nothing else is there."""
    results: list[bytes] = []
    for first in range(0, len(lines), CUT):
        some = lines[first : first + CUT]
        answer = await face.ask(f"/score?asOf={as_of}", b"[" + b",".join(some) + b"]")
        assert answer.code == 200
        results += _cut(answer.body, len(some))
    return results


def _cut(body: bytes, count: int) -> list[bytes]:
    items = [bytes(item) for item in msgspec.json.decode(body, type=list[msgspec.Raw])]
    assert len(items) == count
    assert body == b"[" + b",".join(items) + b"]"
    return [unstamped(item) for item in items]


async def all_three(folder: Path, lines: Sequence[bytes], as_of: int = AS_OF) -> list[list[bytes]]:
    (folder / "live").mkdir(parents=True)
    (folder / "live" / "scorer.json").write_bytes(ScorerFile(serving=the_block()).encode())
    async with facing(folder, build=registry.build, max_body_bytes=16_777_216) as face:
        return [
            await by_kafka(face, lines, as_of),
            await by_request(face, lines, as_of),
            by_command_line(lines, folder, as_of),
        ]


async def test_931_real_wallets_have_the_same_bytes_on_all_faces(scoring_data: Path, tmp_path: Path) -> None:
    lines = (scoring_data / "dex_wallet_messages.jsonl").read_bytes().splitlines()

    kafka, request, command_line = await all_three(tmp_path, lines)

    assert len(lines) == len(kafka) == 931
    assert kafka == request
    assert kafka == command_line


async def test_records_of_every_kind_of_fault_have_the_same_bytes_on_all_faces(tmp_path: Path) -> None:
    lines = [record.value for record in wallets(300, 5, invalid=0.4)]
    lines = [line for line in lines if _is_json(line)]

    kafka, request, command_line = await all_three(tmp_path, lines)

    assert kafka == request == command_line
    assert 20 < sum(b'"reason"' in result for result in kafka) < len(lines)


def _is_json(line: bytes) -> bool:
    """Tell whether a record can be an item of a list at all; as a request of its own it can be anything."""
    try:
        msgspec.json.decode(b"[" + line + b"]", type=list[msgspec.Raw])
    except (msgspec.DecodeError, RecursionError):
        return False
    return True


def on_trial() -> tuple[Scorer, BatchScorer]:
    scorer = registry.build(the_block())
    return scorer, BatchScorer(scorer, Signature("default/wallet-reputation", the_block().revision, ""))


def golden_cases() -> tuple[GoldenCase, ...]:
    """Return cases of good and bad wallets at two moments, and one that a person wrote."""
    moments = (AS_OF * 1000, (AS_OF + 86_400) * 1000)
    found = [
        Lone(n, moments[n // 30], wallet.value) for n, wallet in enumerate(wallets(60, 7, transactions=2, invalid=0.4))
    ]
    swap = json.loads(encoded(a_wallet(a_swap())))
    written = GoldenCase(
        name="a swap, and no address",
        as_of=AS_OF + 1,
        inputs=(swap, {"wallet_address": "0x12", "data": []}),
        expect=({"zscore": "188.000000000000000000"}, {"reason": "schema"}),
    )
    return (*record(*on_trial(), [found]).cases, written)


async def test_every_golden_case_has_the_same_bytes_on_all_faces_and_they_are_what_it_expects(tmp_path: Path) -> None:
    """So a revision that passes its cases in a pod passes them wherever it is asked."""
    cases, kinds = golden_cases(), set()
    for number, case in enumerate(cases):
        lines = [msgspec.json.encode(value) for value in case.inputs]

        kafka, request, command_line = await all_three(tmp_path / str(number), lines, int(case.as_of))

        assert kafka == request == command_line
        assert len(kafka) == len(case.expect)
        for expected, value in zip(case.expect, kafka, strict=True):
            written = {name: part for name, part in json.loads(value).items() if name not in STAMPS}
            came = Outcome(written.get("reason", ""), written)
            assert difference_of(expected, came, case.tolerance) is None
            kinds.add(came.reason or "scored")
    assert len(cases) >= 3
    assert len(kinds) >= 4
    assert first_miss(*on_trial(), cases) is None


async def test_a_single_request_has_the_bytes_of_the_stream_be_it_json_or_not(tmp_path: Path) -> None:
    lines = [record.value for record in wallets(60, 5, invalid=0.6)]
    (tmp_path / "live").mkdir()
    (tmp_path / "live" / "scorer.json").write_bytes(ScorerFile(serving=the_block()).encode())
    async with facing(tmp_path, build=registry.build) as face:
        kafka = await by_kafka(face, lines)
        answers = [await face.ask(f"/score?asOf={AS_OF}", line) for line in lines]

    assert {answer.code for answer in answers} == {200, 422}
    for expected, answer in zip(kafka, answers, strict=True):
        if answer.code == 200:
            assert unstamped(answer.body) == expected
        else:
            assert b'"failure":' + expected + b"}" in unstamped(answer.body)
