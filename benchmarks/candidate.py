"""`python -m benchmarks.candidate`: what a candidate costs, under backlog and in the scoring of a batch alone.

The worker's rate moves with what else the machine does; the scoring alone, the lowest of many batches, hardly does.
"""

import asyncio
import statistics
import sys
import time
from typing import Annotated
from uuid import uuid4

import msgspec
import typer

from benchmarks import backlog, report, topics
from benchmarks.process import machine
from benchmarks.records import wallets
from benchmarks.workers import BLOCK, SCORER, Contestant
from harness import kafka
from scoring_service.candidate import Candidates
from scoring_service.codec import BatchScorer
from scoring_service.contract.scorer_file import CandidateBlock, ScorerBlock
from scoring_service.revision.building import Builder
from scoring_service.scorers import registry
from scoring_service.scorers.base import Scorer
from scoring_service.stream.memory import StoredRecord

TRANSACTIONS = 10
COUNT = 120_000
"""Records that outlast the window."""
WINDOW = backlog.Window(warm_up_s=1.0, measured_s=2.5)

_WEIGHTS = {"liquidityProvision": 0.2, "trading": 0.8}
TRIED = ScorerBlock(member=BLOCK.member, parameters={**BLOCK.parameters, "weights": _WEIGHTS})


def _beside(mode: str, percent: float) -> Contestant:
    block = msgspec.convert({"scorer": TRIED, "mode": mode, "percent": percent}, CandidateBlock)
    return Contestant(f"{mode.lower()}-{percent:g}", "scoring_service", candidate=block)


CONTESTANTS = (
    Contestant("none", SCORER.module),
    _beside("Canary", 10),
    _beside("Canary", 100),
    _beside("Shadow", 10),
    _beside("Shadow", 100),
)


BATCHES = 75


def main(repetitions: Annotated[int, typer.Option(min=1, help="Runs of every contestant.")] = 3) -> None:
    """Let workers with and without a candidate drain the same backlog in turns; print a table."""
    with kafka.obtain() as broker:
        print(broker.source, file=sys.stderr)
        runs = asyncio.run(measure(broker.bootstrap, repetitions))
    print(f"{machine()}; {TRANSACTIONS} transactions a record, median of {repetitions} turns\n")
    print(table(runs))
    print(f"\n{batch_table(asyncio.run(scorers()))}")


async def measure(bootstrap: str, repetitions: int) -> dict[str, list[float]]:
    """Return the records per CPU-second of every run, by contestant."""
    runs: dict[str, list[float]] = {}
    topic = f"bench-candidate-{uuid4().hex[:8]}"
    await topics.create(bootstrap, [topic])
    try:
        await topics.fill(bootstrap, topic, wallets(TRANSACTIONS), COUNT)
        for _ in range(repetitions):
            for contestant in CONTESTANTS:
                drained = await backlog.drain(bootstrap, backlog.Backlog(topic, COUNT), contestant, WINDOW)
                runs.setdefault(contestant.name, []).append(drained.per_cpu_s)
    finally:
        await topics.delete(bootstrap, [topic])
    return runs


def table(runs: dict[str, list[float]]) -> str:
    """Return one row per contestant, with its share of the first one's rate."""
    alone = statistics.median(next(iter(runs.values())))
    rows = ["| candidate | records per CPU-second | of the rate without |", "|---|---|---|"]
    for name, rates in runs.items():
        share = statistics.median(rates) / alone
        rows.append(f"| {name} | {report.spread(rates, report.thousands)} | {share:.0%} |")
    return "\n".join(rows)


async def scorers() -> dict[str, BatchScorer]:
    """Return what scores the batches of each contestant."""
    found = {}
    for contestant in CONTESTANTS:
        builder = Builder(registry.build, "bench/candidate", "", keeps_dead_letters=False)
        alone = await builder.built(BLOCK)
        candidates = Candidates(_built, "bench/candidate")
        candidate = await candidates.follow(contestant.candidate, alone.scorer)
        found[contestant.name] = builder.serving(alone.revision, alone.scorer, candidate).batches
    return found


async def _built(block: ScorerBlock) -> Scorer:
    return registry.build(block)


def batch_table(batches: dict[str, BatchScorer]) -> str:
    """Return one row per contestant: microseconds of processor time per record, the lowest of many batches in turns."""
    records = [
        StoredRecord(offset, 0, 0, key, value, ()) for offset, (key, value) in enumerate(wallets(TRANSACTIONS)[:500])
    ]
    spent: dict[str, list[float]] = {name: [] for name in batches}
    for _ in range(BATCHES):
        for name, batch in batches.items():
            began = time.thread_time()
            batch.score_batch(records, "in", 0, None)
            spent[name].append((time.thread_time() - began) / len(records) * 1e6)
    alone = min(next(iter(spent.values())))
    rows = ["| candidate | scoring a record, µs | more than without |", "|---|---|---|"]
    rows += [f"| {name} | {min(found):.1f} | {min(found) / alone - 1:.0%} |" for name, found in spent.items()]
    return "\n".join(rows)


if __name__ == "__main__":
    typer.run(main)
