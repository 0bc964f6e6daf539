"""Seeded records with what must become of each: the same seed sows the same field."""

import json
import zlib
from collections import defaultdict
from collections.abc import Iterator, Sequence
from random import Random
from typing import NamedTuple

from faults import verdicts
from faults.ledger import SEQ, Expected
from harness.topics import Record
from scoring_service import generate

AS_OF_MS = 1_704_499_200_000
SPOILT = (
    (b"", "schema"),
    (b"{", "schema"),
    (b'{"who":"x"}', "schema"),
    (b'{"who":"x","n":"many"}', "schema"),
    (b"\xff\xfe", "schema"),
)
"""What a toy refuses; it knows one reason."""
NOTE = "note"
"""A member that no scorer needs; tests hide a secret in it."""


class Sown(NamedTuple):
    """One record to write, and what must become of it."""

    record: Record
    expected: Expected


def toys(seed: int, count: int, *, keys: int = 40, spoilt: float = 0.05, secret: str = "") -> Iterator[Sown]:
    """Yield records of the toy scorer: some of them cannot be scored, and keys repeat, so that order matters."""
    random = Random(seed)
    for seq in range(count):
        who = f"w{random.randrange(keys)}"
        if random.random() < spoilt:
            value, reason = random.choice(SPOILT)
            yield sown(seq, value, who.encode(), Expected(reason=reason))
            continue
        n = round(random.uniform(0, 1000), 3)
        value = json.dumps({"who": who, "n": n, NOTE: secret}).encode()
        yield sown(seq, value, who.encode(), Expected((n,)))


def sums(seed: int, count: int, partitions: int) -> Iterator[Sown]:
    """Yield records for the toy with a state: each must come out as the sum of its partition so far."""
    so_far: dict[int, float] = defaultdict(float)
    for seq, item in enumerate(toys(seed, count)):
        key = item.record.key or b""
        expected = item.expected
        if expected.is_scored:
            partition = zlib.crc32(key) % partitions
            so_far[partition] += expected.parts[0]
            expected = Expected((so_far[partition],))
        yield sown(seq, item.record.value, key, expected)


def wallets(
    seed: int, count: int, *, distinct: int = 200, invalid: float = 0.1, transactions: int | None = 4
) -> Iterator[Sown]:
    """Yield wallet records, each wallet again and again for later moments: its score changes, and its order matters."""
    random = Random(seed)
    kinds = list(generate.wallets(distinct, seed, transactions=transactions, invalid=invalid))
    for seq in range(count):
        wallet = random.choice(kinds)
        at_ms = AS_OF_MS + 3_600_000 * seq
        expected = verdicts.of_wallet(wallet.value, at_ms / 1000)
        yield sown(seq, wallet.value, wallet.key, expected, at_ms)


def sown(
    seq: int,
    value: bytes | None,
    key: bytes | None,
    expected: Expected,
    timestamp_ms: int = AS_OF_MS,
    headers: Sequence[tuple[str, bytes]] = (("trace", b"\x00\xff"),),
) -> Sown:
    """Return one record with its number in a header."""
    numbered = ((SEQ, str(seq).encode()), *headers)
    return Sown(Record(value, key, timestamp_ms=timestamp_ms, headers=numbered), expected)
