"""What a candidate shows beside the serving revision. Its series vanish with it, another one begins with its own."""

from collections.abc import Callable, Iterable
from typing import Final

from scoring_service.candidate import Candidate
from scoring_service.candidate.comparison import EDGES
from scoring_service.metrics.family import Buckets, Family, Kind, Reading, Scrape, of

NO_CANDIDATE: Final = "without a candidate"
REVISION: Final = ("revision",)

Values = Iterable[tuple[tuple[str, ...], float | Buckets | None]]


def _of(read: Callable[[Candidate], Values]) -> Callable[[Scrape], Iterable[Reading]]:
    """Return what reads values by their further labels; what is unknown has no series."""

    def readings(scrape: Scrape) -> Iterable[Reading]:
        candidates = scrape.metrics.candidates
        candidate = candidates.current if candidates else None
        if candidate is None:
            return ()
        return [Reading((candidate.revision, *labels), value) for labels, value in read(candidate) if value is not None]

    return readings


def _counts(counts: dict[str, int], labels: Iterable[str]) -> Values:
    return [((label,), counts[label]) for label in labels]


def _deltas(candidate: Candidate) -> Values:
    comparison = candidate.second.comparison
    return [((), Buckets(tuple(comparison.deltas()), comparison.compared, 0.0))]


def _crossing(candidate: Candidate) -> Values:
    threshold = candidate.block.threshold
    crossing = None if threshold is None else candidate.second.comparison.crossing(threshold)
    return () if crossing is None else [((direction,), share) for direction, share in crossing._asdict().items()]


CANDIDATE: Final = (
    Family(
        "scorer_candidate_percent",
        Kind.GAUGE,
        "percent",
        "Share of the keys that the candidate scores, by its mode: Shadow or Canary",
        "How much does the candidate do?",
        _of(lambda c: [((c.block.mode,), c.block.percent)]),
        (*REVISION, "mode"),
        NO_CANDIDATE,
    ),
    Family(
        "scorer_candidate_records_total",
        Kind.COUNTER,
        "records",
        "Delivered records of its share by what the candidate made of them: scored, rejected or absorbed",
        "What does the candidate make of what it is given?",
        _of(lambda c: _counts(c.second.comparison.outcomes, ("scored", "rejected", "absorbed"))),
        (*REVISION, "outcome"),
        NO_CANDIDATE,
    ),
    Family(
        "scorer_candidate_errors_total",
        Kind.COUNTER,
        "records",
        "Delivered records at which only the candidate failed, by reason: exception, or rejection (no score where the "
        "serving revision has one); the serving revision answered",
        "May the candidate be promoted? Not while this rises.",
        _of(lambda c: _counts(c.second.comparison.errors, ("exception", "rejection"))),
        (*REVISION, "reason"),
        NO_CANDIDATE,
    ),
    Family(
        "scorer_candidate_refusals_total",
        Kind.COUNTER,
        "candidates",
        "Refusals of a candidate: it cannot be built, misses a golden case, or cannot stand beside what serves; "
        "`/status` says why. One that the live file goes on to ask for, unchanged and refused for the same reason, "
        "counts once",
        "Is the candidate of the spec there at all?",
        lambda s: of(s.metrics.candidates.refusals if s.metrics.candidates else 0),
    ),
    Family(
        "scorer_candidate_seconds_total",
        Kind.COUNTER,
        "seconds",
        "Time that scoring with the candidate took; part of the stage score",
        "What does the candidate cost?",
        _of(lambda c: [((), c.second.comparison.seconds)]),
        REVISION,
        NO_CANDIDATE,
    ),
    Family(
        "scorer_candidate_rank_correlation",
        Kind.GAUGE,
        "1",
        "Shadow: Spearman's rank correlation of both revisions over the last 1,000 compared records, -1 to 1",
        "Does the candidate order records as the serving revision does?",
        _of(lambda c: [((), c.second.comparison.rank_correlation())]),
        REVISION,
        f"{NO_CANDIDATE}, before anything is compared, and while one revision gives all the same score",
    ),
    Family(
        "scorer_candidate_crossing_share",
        Kind.GAUGE,
        "share",
        "Shadow: share of the last 1,000 compared records that lie at or above `threshold` with one revision alone: up "
        "with the candidate, down with the serving one",
        "How many decisions would change?",
        _of(_crossing),
        (*REVISION, "direction"),
        f"{NO_CANDIDATE}, before anything is compared, and without a `threshold`",
    ),
    Family(
        "scorer_candidate_score_delta",
        Kind.HISTOGRAM,
        "share of the score's range",
        "Shadow: the candidate's score less the serving revision's, of every compared record; without sum and count, "
        f"as differences may be negative. Edges: {' '.join(map(str, EDGES))}",
        "How far do scores move, and which way?",
        _of(_deltas),
        REVISION,
        NO_CANDIDATE,
    ),
)
