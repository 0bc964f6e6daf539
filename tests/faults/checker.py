"""The judge: pure, and without a line of the worker's code.

I1  no loss: all that the group has committed, and at the end all that there is, has come out
I2  at least once: duplicates of one record under one revision are equal but for two stamps
I3  exactly once: one output per record
I4  no invention: every output names an input record, and has its key
I5  outputs of one key keep the order of its records
I6  a commit is never ahead of what is durable, and never goes back
I7  the score is the oracle's, the reason the expected one            (outputs.py)
I8  a dead letter is the record as it came                            (outputs.py)
I9  what the workers count is what is there                           (accounts.py)
I13 memory, descriptors and threads are bounded                       (accounts.py)
I14 no secret is said                                                 (accounts.py)
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import accumulate

from faults import accounts, outputs
from faults.ledger import EXACTLY_ONCE, SEQ, SOURCE, Evidence, Expected, Read, Violation

SHOWN = 5
"""Of the records that break a promise in the same way."""
CLOCKS_MS = 2
"""By which the stamps of two processes on one machine may differ."""
NEVER = float("inf")


def violations(evidence: Evidence) -> list[Violation]:
    """Return every broken promise; an empty list is what everybody hopes for."""
    book = _Book(evidence)
    return [
        *_lost(book),
        *_doubled(book),
        *_invented(book),
        *_out_of_order(book),
        *_committed_ahead(book),
        *_committed_back(book),
        *outputs.violations(evidence, book.inputs),
        *accounts.violations(evidence),
    ]


def duplicates(evidence: Evidence) -> int:
    """Return how many outputs there are beyond the first of each record."""
    book = _Book(evidence)
    return sum(len(found) - 1 for found in book.outputs.values() if found)


class _Book:
    """Inputs and outputs by `topic/partition/offset`."""

    def __init__(self, evidence: Evidence) -> None:
        self.evidence = evidence
        self.inputs = {f"{evidence.topic}/{r.partition}/{r.offset}": r for r in evidence.inputs}
        self.outputs: dict[str, list[Read]] = defaultdict(list)
        for read in (*evidence.successes, *evidence.failures):
            self.outputs[read.header(SOURCE)].append(read)

    def expected(self, read: Read) -> Expected:
        return self.evidence.expected[int(read.header(SEQ))]

    def owed(self) -> Iterator[tuple[str, Read]]:
        """Yield the inputs that must have an output, by their source."""
        starts = self.evidence.starts
        for source, read in self.inputs.items():
            if read.offset >= starts.get(read.partition, 0) and not self.expected(read).is_absorbed:
                yield source, read

    def by_partition(self) -> dict[int, list[Read]]:
        """Return the inputs that must have an output, in offset order."""
        found: dict[int, list[Read]] = defaultdict(list)
        for _, read in self.owed():
            found[read.partition].append(read)
        return {partition: sorted(reads, key=lambda read: read.offset) for partition, reads in found.items()}

    def first_ms(self, read: Read) -> float:
        """Return when the first output of an input was made."""
        made = self.outputs.get(f"{self.evidence.topic}/{read.partition}/{read.offset}")
        return min(output.timestamp_ms for output in made) if made else NEVER


def _lost(book: _Book) -> Iterator[Violation]:
    lost = [f"{source} (seq {read.header(SEQ)})" for source, read in book.owed() if not book.outputs.get(source)]
    yield from grouped("I1", "without an output", lost)
    made = {commit.partition: commit.offset for commit in book.evidence.commits}
    short = [
        f"{book.evidence.topic}/{partition} at {made.get(partition)} of {end}"
        for partition, end in book.evidence.ends.items()
        if (made.get(partition) or 0) != end and end > book.evidence.starts.get(partition, 0)
    ]
    yield from grouped("I1", "not committed to the end, or beyond it", short)


def _doubled(book: _Book) -> Iterator[Violation]:
    is_exact = book.evidence.guarantee == EXACTLY_ONCE
    doubled = [f"{source} x{len(made)}" for source, made in book.outputs.items() if len(made) > 1]
    if is_exact:
        yield from grouped("I3", "more than once", doubled)
    elif book.evidence.is_calm:
        yield from grouped("I2", "doubled although nothing happened", doubled)


def _invented(book: _Book) -> Iterator[Violation]:
    unknown = [
        f"{source or 'no source'} at {made[0].partition}/{made[0].offset}"
        for source, made in book.outputs.items()
        if source not in book.inputs or book.expected(book.inputs[source]).is_absorbed
    ]
    yield from grouped("I4", "of no such input", unknown)
    other = [
        f"{source}: {made[0].key!r} for {book.inputs[source].key!r}"
        for source, made in book.outputs.items()
        if source in book.inputs and book.inputs[source].key not in (None, made[0].key)
        if not (made[0].key is None and book.expected(book.inputs[source]).reason in outputs.MAYBE_WITHOUT)
    ]  # an output that no topic takes may owe its size to its key
    yield from grouped("I4", "with another key", other)


def _out_of_order(book: _Book) -> Iterator[Violation]:
    for name, reads in (("success", book.evidence.successes), ("failure", book.evidence.failures)):
        newest: dict[tuple[int, int, bytes | None], int] = {}
        seen: set[str] = set()
        wrong = []
        for read in sorted(reads, key=lambda read: (read.partition, read.offset)):
            source = read.header(SOURCE)
            if source in seen or source not in book.inputs:
                continue
            seen.add(source)
            _, partition, offset = source.rsplit("/", 2)
            place = (read.partition, int(partition), read.key)
            if newest.get(place, -1) > int(offset):
                wrong.append(f"{source} after {newest[place]} in {name}/{read.partition}")
            newest[place] = max(newest.get(place, -1), int(offset))
        yield from grouped("I5", "out of order", wrong)


def _committed_ahead(book: _Book) -> Iterator[Violation]:
    ahead = []
    inputs = book.by_partition()
    offsets = {partition: [read.offset for read in reads] for partition, reads in inputs.items()}
    # how late the latest of all first outputs up to each record was: a commit behind it must be later
    latest = {partition: list(accumulate(map(book.first_ms, reads), max)) for partition, reads in inputs.items()}
    for commit in book.evidence.commits:
        place = bisect_left(offsets.get(commit.partition, []), commit.offset)
        if place and latest[commit.partition][place - 1] > commit.at_ms + CLOCKS_MS:
            ahead.append(f"{commit.offset} in partition {commit.partition} at {commit.at_ms}")
    yield from grouped("I6", "committed before it was durable", ahead)


def _committed_back(book: _Book) -> Iterator[Violation]:
    newest: dict[int, int] = {}
    back = []
    for commit in book.evidence.commits:
        if commit.offset < newest.get(commit.partition, 0):
            back.append(f"{commit.offset} after {newest[commit.partition]} in partition {commit.partition}")
        newest[commit.partition] = commit.offset
    if not book.evidence.may_go_back:
        yield from grouped("I6", "went back", back)


def grouped(invariant: str, what: str, cases: Sequence[str]) -> Iterator[Violation]:
    """Yield one violation for all cases of one kind, with the first few of them; none for none."""
    if cases:
        more = f", and {len(cases) - SHOWN} more" if len(cases) > SHOWN else ""
        yield Violation(invariant, f"{len(cases)} {what}: {', '.join(cases[:SHOWN])}{more}")


def explained(seed: int, schedule: Sequence[str], found: Sequence[Violation]) -> str:
    """Return what a person needs to see of a run that broke promises."""
    return "\n".join([f"seed {seed}", *(f"  {step}" for step in schedule), *map(str, found)])
