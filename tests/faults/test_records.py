"""Records that nobody would send on purpose: every one ends with a reason, and its neighbours are scored."""

import json
import random
from collections.abc import Sequence
from pathlib import Path

import pytest

from faults import sowing, verdicts
from faults.extent import SEED, extent, guarantees
from faults.ledger import Expected, Limits
from faults.results import Row
from faults.sowing import AS_OF_MS, Sown, sown
from faults.trial import trial
from harness import toy, wallets
from harness.brokers import Quick

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(extent(240, 600))]

MIB = 1024 * 1024


@guarantees
@pytest.mark.parametrize("share", [0.001, 0.01, 1.0])
async def test_poison_ends_as_failures_and_the_rest_is_scored(
    quick: Quick, tmp_path: Path, guarantee: str, share: float, row: Row
) -> None:
    """Row 16, without a failure budget: one in a thousand, one in a hundred, all."""
    async with trial(quick.bootstrap, tmp_path, SEED, guarantee=guarantee, block=toy.block()) as t:
        await t.feed(sowing.toys(SEED, 3_000, spoilt=share))
        worker = await t.start("a")
        await t.finish()
        evidence = await t.judge(is_calm=True)

    row(16, guarantee=guarantee, share=share, failures=len(evidence.failures), scores=len(evidence.successes))
    assert len(evidence.failures) == sum(not item.is_scored for item in evidence.expected.values())
    assert worker.process.returncode == 0


MALFORMED: Sequence[tuple[str, bytes | None, str]] = [
    ("tombstone", None, "tombstone"),
    ("empty", b"", "json_syntax"),
    ("bad UTF-8", b"\xff\xfe{}", "json_syntax"),
    ("bad UTF-8 in a string", wallets.encoded(wallets.a_wallet(address="??")).replace(b"??", b"\xff\xfe"), "schema"),
    ("byte order mark", b"\xef\xbb\xbf{}", "json_syntax"),
    ("depth 10^5", b"[" * 100_000, "depth"),
    ("closed depth 10^5", b'{"data":' + b"[" * 100_000 + b"]" * 100_000 + b"}", "depth"),
    ("a lone surrogate", wallets.encoded(wallets.a_wallet(wallets.a_swap(), more="\ud800")), "json_syntax"),
    ("a list", b"[]", "schema"),
    ("a number", b"7", "schema"),
    ("null", b"null", "schema"),
    ("address of the wrong type", wallets.encoded(wallets.a_wallet(wallets.a_swap(), address=7)), "schema"),
    ("NaN", wallets.encoded(wallets.a_wallet(wallets.a_swap(float("nan")))), "nan_or_inf"),
    ("Infinity", wallets.encoded(wallets.a_wallet(wallets.a_swap(float("inf")))), "nan_or_inf"),
    ("1e999", wallets.encoded(wallets.a_wallet(wallets.a_swap(7.25))).replace(b"7.25", b"1e999"), "nan_or_inf"),
]
"""What a wallet record may be that can never be scored, and the reason that it must have."""

ODD: Sequence[tuple[str, bytes]] = [
    ("uint256", wallets.encoded(wallets.a_wallet(wallets.a_swap(tokenIn=wallets.a_token(amount=2**256 - 1))))),
    ("double keys", b'{"data":[],' + wallets.encoded(wallets.a_wallet(wallets.a_swap()))[1:]),
    ("members that nobody knows", wallets.encoded(wallets.a_wallet(wallets.a_swap(), more=[None, {"a": "\u20ac"}]))),
]
"""What is odd, and must be scored all the same."""


def malformed() -> list[Sown]:
    """Return the corpus, each with keys and without."""
    found: list[tuple[bytes | None, Expected]] = [(value, Expected(reason=reason)) for _, value, reason in MALFORMED]
    found += [(value, verdicts.of_wallet(value, AS_OF_MS / 1000)) for _, value in ODD]
    keyed = [(value, expected, key) for value, expected in found for key in (b"k", None) if key or value]
    return [sown(seq, value, key, expected) for seq, (value, expected, key) in enumerate(keyed)]


@guarantees
async def test_every_malformed_record_has_its_reason(quick: Quick, tmp_path: Path, guarantee: str, row: Row) -> None:
    """Row 19."""
    corpus = malformed()
    neighbours = [item._replace(record=item.record._replace(headers=_seq(item, 1_000))) for item in _good(100)]
    field = corpus + neighbours
    random.Random(SEED).shuffle(field)
    async with trial(quick.bootstrap, tmp_path, SEED, guarantee=guarantee) as t:
        await t.feed(field)
        worker = await t.start("a")
        await t.finish()
        evidence = await t.judge(is_calm=True)

    reasons = sorted({json.loads(read.value or b"{}")["reason"] for read in evidence.failures})
    row(19, guarantee=guarantee, kinds=len(MALFORMED) + len(ODD), reasons=", ".join(reasons))
    assert worker.process.returncode == 0


@guarantees
async def test_records_of_any_time_are_scored_or_say_why(
    quick: Quick, tmp_path: Path, guarantee: str, row: Row
) -> None:
    """Row 19, timestamps: long ago, far ahead, none."""
    moments = [0, 1, AS_OF_MS, 4_102_444_800_000, 253_402_300_799_000]
    field = [
        sown(seq, toy.record("w", float(seq)), b"w", Expected((float(seq),)), at_ms)
        for seq, at_ms in enumerate(moments)
    ]
    async with trial(quick.bootstrap, tmp_path, SEED, guarantee=guarantee, block=toy.block()) as t:
        await t.feed(field)
        await t.start("a")
        await t.finish()
        await t.judge(is_calm=True)

    row(19, guarantee=guarantee, timestamps=len(moments))


@guarantees
async def test_a_record_of_ten_megabytes_does_not_hold_its_partition(
    quick: Quick, tmp_path: Path, guarantee: str, row: Row
) -> None:
    """Row 18, the input: it is larger than the worker reads and than the dead letters take."""
    field = list(sowing.toys(SEED, 40, keys=1))
    field[20] = sown(20, b'{"who":"' + b"x" * 10 * MIB + b'"}', field[0].record.key, Expected(reason="oversize"))
    async with trial(
        quick.bootstrap,
        tmp_path,
        SEED,
        guarantee=guarantee,
        block=toy.block(),
        of_input={"max.message.bytes": "12582912"},
    ) as t:
        await t.feed(field, max_request_size=11 * MIB)
        await t.start("a")
        await t.finish()
        evidence = await t.judge(is_calm=True)

    row(18, guarantee=guarantee, input_mib=10, reason="oversize", dead_letters=len(evidence.dead_letters or ()))


@guarantees
async def test_an_output_larger_than_its_topic_takes_becomes_a_failure(
    quick: Quick, tmp_path: Path, guarantee: str, row: Row
) -> None:
    """Row 18, the output."""
    field = list(sowing.toys(SEED, 40))
    value = json.dumps({"who": "x" * 40_000, "n": 1.0}).encode()
    field[20] = sown(20, value, b"w1", Expected(reason="oversize"))
    small = {"max.message.bytes": "20000"}
    async with trial(quick.bootstrap, tmp_path, SEED, guarantee=guarantee, block=toy.block(), of_outputs=small) as t:
        await t.feed(field)
        await t.start("a")
        await t.finish()
        # such a failure is no rejection of the record: it has no dead letter
        await t.judge(is_calm=True)

    row(18, guarantee=guarantee, output="40 kB where 20 kB are taken", reason="oversize")


@guarantees
@pytest.mark.parametrize("codec", ["gzip", "snappy", "lz4", "zstd"])
async def test_a_compressed_bomb_takes_bounded_memory(
    quick: Quick, tmp_path: Path, guarantee: str, codec: str, row: Row
) -> None:
    """Row 20: a value that is small on the line and 40 MiB in memory."""
    bomb = b" " * 40 * MIB
    field = list(sowing.toys(SEED, 200))
    field += [sown(200 + n, bomb, b"w1", Expected(reason="oversize")) for n in range(4)]
    async with trial(
        quick.bootstrap,
        tmp_path,
        SEED,
        guarantee=guarantee,
        block=toy.block(),
        of_input={"max.message.bytes": "67108864"},
    ) as t:
        await t.feed(field, max_request_size=64 * MIB, compression_type=codec)
        await t.start("a")
        await t.finish()
        evidence = await t.judge(is_calm=True, limits=Limits(rss_bytes=600 * MIB))

    peak = max(sample.rss_bytes for sample in evidence.samples) / MIB
    row(20, guarantee=guarantee, codec=codec, peak_rss_mib=peak)


def _good(count: int) -> list[Sown]:
    return list(sowing.wallets(SEED, count, invalid=0.0))


def _seq(item: Sown, base: int) -> tuple[tuple[str, bytes], ...]:
    return tuple((name, b"%d" % (base + int(value)) if name == "seq" else value) for name, value in item.record.headers)
