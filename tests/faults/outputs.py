"""What stands in the outputs: scores, reasons, duplicates, dead letters (I2, I7, I8)."""

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from faults.ledger import EXACTLY_ONCE, REASON, REVISION, SEQ, SOURCE, Evidence, Read, Violation

TOLERANCE = 1e-9
STAMPS = ("timestamp", "processing_time_ms")
SCORES = ("zscore", "score")
"""The member with the score: of a wallet, of a toy."""
WITHOUT_DEAD_LETTER = ("tombstone",)
MAYBE_WITHOUT = ("oversize",)
"""A dead letter that its topic refuses for its size is given up."""


def violations(evidence: Evidence, inputs: Mapping[str, Read]) -> Iterator[Violation]:
    """Yield what is wrong with the outputs of `inputs`, which are by their source."""
    yield from _unequal(evidence)
    yield from _wrong(evidence, inputs)
    if evidence.dead_letters is not None:
        yield from _altered(evidence, inputs)


def _unequal(evidence: Evidence) -> Iterator[Violation]:
    for reads in (evidence.successes, evidence.failures):
        versions: dict[tuple[str, str], set[str]] = defaultdict(set)
        for read in reads:
            body = _body(read)
            essence = {name: value for name, value in body.items() if name not in STAMPS}
            versions[read.header(SOURCE), read.header(REVISION)].add(repr((read.key, read.headers, essence)))
        different = [f"{source} of {revision}" for (source, revision), seen in versions.items() if len(seen) > 1]
        yield from _grouped("I2", "in versions that differ", different)


def _wrong(evidence: Evidence, inputs: Mapping[str, Read]) -> Iterator[Violation]:
    wrong = [
        f"{read.header(SOURCE)}: {why}"
        for read in evidence.successes
        if read.header(SOURCE) in inputs and (why := _wrong_score(evidence, read, inputs[read.header(SOURCE)]))
    ]
    for read in evidence.failures:
        if read.header(SOURCE) in inputs:
            expected = evidence.expected[int(inputs[read.header(SOURCE)].header(SEQ))]
            reason = _body(read).get("reason")
            if expected.is_scored or reason != expected.reason:
                wrong.append(f"{read.header(SOURCE)}: failed for {reason!r}, not {expected.reason or 'at all'!r}")
    yield from _grouped("I7", "not as expected", wrong)


def _wrong_score(evidence: Evidence, output: Read, source: Read) -> str:
    """Return what is wrong with a score; empty if nothing is."""
    expected = evidence.expected[int(source.header(SEQ))]
    weights = evidence.revisions.get(output.header(REVISION))
    if not expected.is_scored:
        return f"scored, not failed for {expected.reason!r}"
    if weights is None:
        return f"of a revision {output.header(REVISION)!r} that nobody wanted"
    score = sum(part * weight for part, weight in zip(expected.parts, weights, strict=True))
    body = _body(output)
    said = next((float(body[name]) for name in SCORES if name in body), None)
    if said is None or not abs(said - score) <= TOLERANCE * max(1.0, abs(score)):
        return f"scored {said}, not {score}"
    return ""


def _altered(evidence: Evidence, inputs: Mapping[str, Read]) -> Iterator[Violation]:
    letters: dict[str, list[Read]] = defaultdict(list)
    for letter in evidence.dead_letters or ():
        letters[letter.header(SOURCE)].append(letter)
    altered = [
        f"{source}: {why}"
        for source, found in letters.items()
        for letter in found
        if (why := _alteration(evidence, letter, inputs.get(source)))
    ]
    yield from _grouped("I8", "not the record as it came", altered)
    reasons = {read.header(SOURCE): _body(read).get("reason") for read in evidence.failures}
    failed = {source for source, reason in reasons.items() if reason not in WITHOUT_DEAD_LETTER}
    owed = {source for source in failed if reasons[source] not in MAYBE_WITHOUT}
    yield from _grouped("I8", "without a dead letter", sorted(owed - letters.keys()))
    yield from _grouped("I8", "dead though they did not fail", sorted(letters.keys() - failed))
    if evidence.guarantee == EXACTLY_ONCE:
        yield from _grouped("I3", "dead more than once", [s for s, found in letters.items() if len(found) > 1])


def _alteration(evidence: Evidence, letter: Read, source: Read | None) -> str:
    if source is None:
        return "of no such input"
    came = (source.key, source.value, source.timestamp_ms, source.headers)
    if (letter.key, letter.value, letter.timestamp_ms, letter.headers[: len(source.headers)]) != came:
        return "key, value, timestamp or headers differ"
    own = letter.headers[len(source.headers) :]
    if not all(name.startswith("scoring-") for name, _ in own):
        return f"headers that are not ours: {own}"
    reason, expected = letter.header(REASON), evidence.expected[int(source.header(SEQ))].reason
    return "" if reason == expected else f"reason {reason!r}, not {expected!r}"


def _body(read: Read) -> dict[str, Any]:
    body = json.loads(read.value or b"null")
    return body if isinstance(body, dict) else {}


def _grouped(invariant: str, what: str, cases: list[str]) -> Iterator[Violation]:
    if cases:
        yield Violation(invariant, f"{len(cases)} {what}: {', '.join(cases[:5])}")
