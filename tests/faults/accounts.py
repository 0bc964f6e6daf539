"""What the workers say of themselves: counts, what they use, and what they must not say (I9, I13, I14)."""

from collections.abc import Iterator

from faults.ledger import Evidence, Tally, Violation


def violations(evidence: Evidence) -> Iterator[Violation]:
    """Yield every account that does not add up, every use beyond its limit, every secret that was said."""
    for tally in evidence.tallies:
        yield from _does_not_add_up(tally)
    yield from _differs_from_the_log(evidence)
    yield from _used_too_much(evidence)
    yield from _said_a_secret(evidence)


def _does_not_add_up(tally: Tally) -> Iterator[Violation]:
    delivered = tally.scored + tally.rejected + tally.absorbed
    if tally.consumed != delivered + tally.in_flight + tally.abandoned:
        yield Violation("I9", f"consumed is not delivered + in flight + abandoned: {tally}")


def _differs_from_the_log(evidence: Evidence) -> Iterator[Violation]:
    """Compare counts with topics: never more counted than written, and as much if nobody was killed in between."""
    is_complete = evidence.is_calm and bool(evidence.tallies) and all(tally.is_final for tally in evidence.tallies)
    for outcome, reads in (("scored", evidence.successes), ("rejected", evidence.failures)):
        counted = sum(getattr(tally, outcome) for tally in evidence.tallies)
        if counted > len(reads) or (is_complete and counted != len(reads)):
            yield Violation("I9", f"{counted} counted as {outcome}, {len(reads)} written")


def _used_too_much(evidence: Evidence) -> Iterator[Violation]:
    for use in ("rss_bytes", "descriptors", "threads"):
        limit = getattr(evidence.limits, use)
        worst = max(evidence.samples, key=lambda sample: getattr(sample, use), default=None)
        if worst is not None and getattr(worst, use) > limit:
            yield Violation("I13", f"worker {worst.worker} used {getattr(worst, use)} {use}, at most {limit} expected")


def _said_a_secret(evidence: Evidence) -> Iterator[Violation]:
    for where, text in evidence.said.items():
        for secret in evidence.secrets:
            if secret in text:
                yield Violation("I14", f"{where} has the secret {secret[:4].decode()}…")
