"""A candidate on a real Kafka: 931 real wallets, two sets of weights, an independent implementation of the scores."""

import json
from pathlib import Path

import pytest
from aiokafka import ConsumerRecord

from harness import topics, workers
from harness.kafka import Broker
from oracle import zeru
from scoring_service.candidate.buckets import Share
from scoring_service.contract.names import SCORER_FILE
from scoring_service.contract.scorer_file import CandidateBlock, ScorerBlock, ScorerFile

pytestmark = pytest.mark.kafka

COUNT = 931
SERVING, TRIED = workers.block(), workers.block(0.2, 0.8)
WEIGHTS = {SERVING.revision: (0.6, 0.4), TRIED.revision: (0.2, 0.8)}


def write(folder: Path, candidate: CandidateBlock | None, proposed: ScorerBlock | None = None) -> None:
    """Swap the live file of the worker, as the kubelet would."""
    path = folder / "a" / SCORER_FILE
    fresh = path.with_suffix(".new")
    fresh.write_bytes(ScorerFile(serving=SERVING, proposed=proposed, candidate=candidate).encode())
    fresh.rename(path)


def zscore(record: ConsumerRecord) -> float:
    return float(json.loads(record.value)["zscore"])


def expected(value: bytes | None, revision: str) -> float:
    assert value is not None
    return float(zeru.score(value, workers.AS_OF_MS / 1000, WEIGHTS[revision])["final"])


@pytest.mark.parametrize("guarantee", ["AtLeastOnce", "ExactlyOnce"])
async def test_a_canary_answers_its_share_of_real_wallets_until_it_is_promoted(
    kafka: Broker, scoring_data: Path, tmp_path: Path, guarantee: str
) -> None:
    startup = await workers.a_pipeline(kafka.bootstrap, guarantee=guarantee)
    wallets = workers.real_wallets(scoring_data)
    share = Share(f"{startup.namespace}/{startup.pipeline}", 30)

    async with workers.running(startup, tmp_path) as worker:
        write(tmp_path, CandidateBlock(scorer=TRIED, mode="Canary", percent=30))
        await worker.until(lambda s: s.candidate is not None)
        await topics.produce(kafka.bootstrap, startup.input.topic, wallets)
        beside = (await worker.until(lambda s: s.scored_total == COUNT)).candidate
        metrics = await worker.metrics()
        write(tmp_path, None, proposed=TRIED)
        promoted = await worker.until(lambda s: s.serving == TRIED.revision, within_s=2)
        await topics.produce(kafka.bootstrap, startup.input.topic, wallets)
        await worker.until(lambda s: s.scored_total == 2 * COUNT)

    assert beside is not None
    assert (beside.revision, beside.mode, beside.refusal, beside.last_error) == (TRIED.revision, "Canary", "", "")
    assert promoted.candidate is None
    scores = await topics.read(kafka.bootstrap, startup.output.success_topic)
    values = {wallet.key: wallet.value for wallet in wallets}
    ends: dict[bytes | None, list[str]] = {}
    for record in scores:
        revision = workers.revision(record)
        assert abs(zscore(record) - expected(values[record.key], revision)) <= 1e-9
        ends.setdefault(record.key, []).append(revision)
    assert ends == {key: [(TRIED if share.has(key or b"") else SERVING).revision, TRIED.revision] for key in values}
    chosen = sum(share.has(key or b"") for key in values)
    label = f'{{revision="{TRIED.revision}",outcome="scored"}}'
    assert metrics[f"scorer_candidate_records_total{label}"] == chosen


async def test_a_shadow_of_real_wallets_shows_in_metrics_and_in_no_output(
    kafka: Broker, scoring_data: Path, tmp_path: Path
) -> None:
    startup = await workers.a_pipeline(kafka.bootstrap)
    wallets = workers.real_wallets(scoring_data)
    threshold = 100.0

    async with workers.running(startup, tmp_path) as worker:
        write(tmp_path, CandidateBlock(scorer=TRIED, mode="Shadow", percent=100, threshold=threshold))
        await worker.until(lambda s: s.candidate is not None)
        await topics.produce(kafka.bootstrap, startup.input.topic, wallets)
        await worker.until(lambda s: s.scored_total == COUNT)
        metrics = await worker.metrics()

    scores = await topics.read(kafka.bootstrap, startup.output.success_topic)
    assert len(scores) == COUNT
    assert {workers.revision(record) for record in scores} == {SERVING.revision}
    pairs = [(expected(w.value, SERVING.revision), expected(w.value, TRIED.revision)) for w in wallets]
    ups = sum(first < threshold <= second for first, second in pairs)
    downs = sum(second < threshold <= first for first, second in pairs)
    of = f'revision="{TRIED.revision}"'
    assert metrics[f'scorer_candidate_crossing_share{{{of},direction="up"}}'] == pytest.approx(ups / COUNT)
    assert metrics[f'scorer_candidate_crossing_share{{{of},direction="down"}}'] == pytest.approx(downs / COUNT)
    at_most = sum((second - first) / 1000 <= -0.01 for first, second in pairs)
    assert metrics[f'scorer_candidate_score_delta_bucket{{{of},le="-0.01"}}'] == at_most
    assert metrics[f'scorer_candidate_score_delta_bucket{{{of},le="+Inf"}}'] == COUNT
    assert -1 <= metrics[f"scorer_candidate_rank_correlation{{{of}}}"] < 1
    assert metrics[f"scorer_candidate_seconds_total{{{of}}}"] > 0
