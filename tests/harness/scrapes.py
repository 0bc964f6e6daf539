"""Scrapes to judge: the worst that a worker can show, and what a text of Prometheus' format says."""

from typing import NoReturn

from prometheus_client.parser import text_string_to_metric_families

from harness import toy
from harness.toy import Toy
from scoring_service.candidate import Candidate, Candidates, Comparison, Tally
from scoring_service.candidate.buckets import Share
from scoring_service.candidate.comparison import WINDOW
from scoring_service.candidate.shadow import Shadow
from scoring_service.contract.scorer_file import ScorerBlock
from scoring_service.contract.worker_status import HeldReason
from scoring_service.metrics import Metrics, PartitionGauges, Scrape, Windows
from scoring_service.metrics.requests import Requests
from scoring_service.scorers.drift import Drift
from scoring_service.scorers.reasons import Reason
from scoring_service.stream.kafka.credentials import Credentials

STAGES = ("decode", "score")
"""At which a record may be refused for any reason of the list; what is written may be too large, and nothing else."""
KINDS = ("ca", "certificate", "password")
PAST = 1.7e9
CODES = (200, 202, 401, 404, 405, 408, 413, 422, 429, 500, 503)


def at_its_worst(partitions: int) -> Scrape:
    """Return a scrape of a worker to which everything has happened that can: it has every series there is."""
    metrics = Metrics("wallet-transactions", drain_seconds=1.0)
    for reason in Reason:
        metrics.errors.update({(reason, stage): 10**9 for stage in STAGES})
        metrics.dead_letters[reason] = 10**9
    metrics.errors[Reason.OVERSIZE, "deliver"] = metrics.dead_letter_failures[Reason.OVERSIZE] = 10**9
    credentials = Credentials(loaded_at=dict.fromkeys(KINDS, PAST), not_after=dict.fromkeys(KINDS, PAST))
    metrics.credentials = lambda: credentials
    metrics.candidates = a_candidate()
    metrics.windows = lambda: Windows(keys=10**6, on_several=10**4)
    metrics.drift = lambda: dict.fromkeys(("ret_mean", "ret_std"), Drift(0.123456789, 12.3456789))
    held = [*HeldReason] * partitions
    metrics.partitions = {
        n: PartitionGauges(10**9 + n, n / 7, 10**12 + n, 10**12, is_stalled=True, held=held[n])
        for n in range(partitions)
    }
    metrics.requests = Requests(in_hand=8)
    metrics.requests.answered.update(dict.fromkeys(CODES, 10**9))
    metrics.requests.scored(dict.fromkeys(("scored", "rejected", "absorbed"), 10**9), 1.0)
    return Scrape(metrics, "1.2.3", "aaaaaaaaaaaa", "bbbbbbbbbbbb")


def a_candidate() -> Candidates:
    """Return a candidate to which everything has happened."""
    comparison = Comparison(Toy.range)
    shadow = Shadow(toy.build(toy.block(3.0)), "cccccccccccc", Share("shop/wallets", 100), comparison)
    candidates = Candidates(_never, "shop/wallets")
    candidates.current = Candidate("cccccccccccc", toy.candidate(percent=12.34, threshold=500.0), shadow)
    pairs = [(float(n), float(n * 7 % WINDOW)) for n in range(WINDOW)]
    comparison.add(Tally(comparison, pairs=pairs))
    return candidates


async def _never(block: ScorerBlock) -> NoReturn:
    raise AssertionError(block)


def samples(exposition: str) -> dict[tuple[str, ...], float]:
    """Return every sample by its name and the values of its labels, in the order of the labels' names."""
    return {
        (sample.name, *(value for _, value in sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(exposition)
        for sample in family.samples
    }


def families(exposition: str) -> set[str]:
    """Return the names of all families that are declared, those without series as well."""
    return {line.split(" ")[2] for line in exposition.splitlines() if line.startswith("# TYPE ")}


def series(exposition: str) -> int:
    """Return how many series there are."""
    return sum(not line.startswith("#") for line in exposition.splitlines())
