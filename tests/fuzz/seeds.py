"""Inputs to begin with, by name; what fuzzing adds to them is in `corpus`."""

import json
from collections.abc import Iterator
from typing import Any, Final

from contract.admission_cases import manifest
from harness import samples, ticks, wallets
from harness.wallets import WALLET

_PARAMETERS: Final = {
    "variant": "zeru-v1",
    "weights": {"liquidityProvision": 0.5, "trading": 0.5},
    "categories": "merged",
    "strict": True,
    "zscoreDecimals": 3,
}
_STARTUP: Final = {
    "namespace": "shop", "pipeline": "wallets", "bootstrapServers": ["kafka:9092"],
    "input": {"topic": "in", "group": "c.shop.wallets", "startFrom": "latest"},
    "output": {"successTopic": "ok", "failureTopic": "bad"},
    "delivery": {"guarantee": "AtLeastOnce", "maxLatencyMs": 5, "sessionTimeoutMs": 6000},
    "contractVersion": 1, "opsHost": "127.0.0.1", "opsPort": 0,
}  # fmt: skip

Seeds = Iterator[tuple[str, bytes]]


def record() -> Seeds:
    """Yield records by name, each with the four bytes in front that `targets.record` wants."""
    for name, value in (*_wallets(), *_ticks(), *_of_samples()):
        yield name, b"\0\0\0\0" + value
    plain = wallets.encoded(wallets.a_wallet(wallets.a_swap(), wallets.a_deposit(document_id="d")))
    for name, prefix in {
        "strict": b"\1\0\0\0", "merged": b"\2\2\0\1", "trading-only": b"\3\3\4\2", "tombstone": b"\0\xff\0\0",
        "no-timestamp": b"\0\0\1\0", "log-append-time": b"\0\4\0\0", "latest-timestamp": b"\0\x1a\6\1",
        "headers": b"\0\x0a\7\2",
    }.items():  # fmt: skip
        yield name, prefix + plain


def _wallets() -> Seeds:
    several = [wallets.a_swap(document_id=f"s{day}", timestamp=wallets.SWAPPED_AT - day * 40_000) for day in range(3)]
    several += [wallets.a_deposit(document_id="d", timestamp=1_700_000_000), wallets.a_withdraw(document_id="w")]
    slim = {"document_id": "a", "action": "swap", "timestamp": 1}
    for name, record in {
        "one-swap": wallets.a_wallet(wallets.a_swap()),
        "several": wallets.a_wallet(*several),
        "same-moment": wallets.a_wallet(wallets.a_deposit(document_id="d"), wallets.a_withdraw(document_id="w")),
        "as-of": wallets.a_wallet(wallets.a_deposit(), as_of=1_704_000_000),
        "as-of-text": wallets.a_wallet(wallets.a_deposit(), as_of="2024-01-06T00:00:00Z"),
        "duplicates": wallets.a_wallet(wallets.a_swap(), wallets.a_swap()),
        "bad-among-good": wallets.a_wallet(
            wallets.a_swap(), {}, None, wallets.a_swap(timestamp="soon", document_id="b")
        ),
        "lending": wallets.a_wallet(wallets.a_swap(), protocol_type="lending"),
        "no-legs": wallets.a_wallet(slim),
        "slim": wallets.a_wallet({**slim, "tokenIn": {"amountUSD": 1}}),
        "nan": wallets.a_wallet(wallets.a_swap(float("nan"), float("inf"))),
        "huge": wallets.a_wallet(wallets.a_deposit(1.7e308, 1.7e308)),
        "negative": wallets.a_wallet(wallets.a_swap(-1.0), wallets.a_swap("1", document_id="t")),
        "no-address": wallets.a_wallet(wallets.a_swap(), address="0x12"),
        "empty": {},
    }.items():
        yield name, wallets.encoded(record)


def _ticks() -> Seeds:
    for name, record in {
        "tick": ticks.a_tick(),
        "tick-of-the-exchange": {"product_id": "BTC-USD", "price": "1e2", "timestamp": "2025-11-08T15:12:31.463496"},
        "tick-without-price": ticks.a_tick(None),
        "tick-of-two-symbols": ticks.a_tick(product_id="ETH-USD"),
    }.items():
        yield name, ticks.encoded(record)


def _of_samples() -> Seeds:
    """Yield the first record of each golden case of the samples."""
    for spec in samples.specs():
        for case in spec.get("goldenCases", ()):
            yield f"{'-'.join(spec['scorer'])}-{case['name']}", _json(case["inputs"][0])


def crowded() -> Seeds:
    """Yield recipes of crowded records: the number is an index of `targets.crowded.TIMES`."""
    head = b'{"wallet_address":"%b","data":[' % WALLET.encode()
    block, end = b'{"protocolType":"dexes","transactions":[', b"]}]}"
    swap = b'{"document_id":"\xfe","action":"swap","timestamp":\xfe,"tokenIn":{"amountUSD":1}}'
    deposit = b'{"document_id":"\xfe","action":"mint","timestamp":\xfe,"token0":{"amountUSD":1}}'
    for name, times, parts in (
        ("swaps", 3, (head + block, swap, end)),
        ("twice", 4, (head + block, swap + b"," + swap, end)),
        ("deposits", 2, (head + block, deposit, end)),
        ("same", 2, (head + block, swap.replace(b"\xfe", b"1"), end)),
        ("ones", 4, (head + block, b"1", end)),
        ("too-many-ones", 7, (head + block, b"1", end)),
        ("words", 3, (head + block, b"NaN", end)),
        ("blocks", 2, (head, b'{"protocolType":"\xfe","transactions":[]}', b"]}")),
        ("keys", 2, (b"{", b'"wallet_address":"\xfe"', b"}")),
        ("members", 2, (head + block + b"{", b'"symbol":"\xfe"', b"}" + end)),
        ("deep", 0x80 | 7, (b"", b"[", b"")),
        ("deep-objects", 0x80 | 3, (head, b'{"data":', b"")),
        ("quotes", 0x80 | 7, (b'"', b'\\"', b"NaN")),
    ):
        yield name, bytes([times]) + b"\xff".join(parts)


def live_file() -> Seeds:
    """Yield live files."""
    block = {"member": "walletReputation", "parameters": {"variant": "zeru-v1"}}
    full = {"member": "walletReputation", "parameters": _PARAMETERS}
    wrong = {
        "member": "walletReputation",
        "parameters": {**_PARAMETERS, "weights": {"trading": 2}, "categories": "none"},
    }
    yield "serving", _json({"contractVersion": 1, "serving": block, "proposed": None})
    yield "proposed", _json({"contractVersion": 1, "serving": full, "proposed": block})
    golden = {"name": "one", "asOf": 1704499200, "inputs": [{}], "expect": [{"reason": "schema"}], "tolerance": 0.1}
    ranged = {**golden, "name": "two", "inputs": [{}, {}], "expect": [None, {"zscore": {"min": 1, "max": 2}}]}
    yield "golden", _json({"contractVersion": 2, "serving": {**block, "goldenCases": [golden]}, "proposed": None})
    yield "missed", _json({"contractVersion": 2, "proposed": {**full, "goldenCases": [ranged, golden]}})
    yield "wrong", _json({"contractVersion": 1, "serving": wrong, "proposed": {"member": "none", "parameters": {}}})


def startup() -> Seeds:
    """Yield start-up files."""
    yield "full", _json(_STARTUP)
    yield (
        "least",
        _json({name: _STARTUP[name] for name in ("namespace", "pipeline", "bootstrapServers", "input", "output")}),
    )


def manifests() -> Seeds:
    """Yield ScoringPipelines."""
    yield "least", _json(manifest())
    yield "full", _json(
        manifest(
            {
                "spec.input.group": "g", "spec.input.startFrom": "latest", "spec.delivery.maxLatency": "1s",
                "spec.delivery.sessionTimeout": "1m", "spec.delivery.guarantee": "AtLeastOnce", "spec.replicas": 3,
                "spec.autoscaling": {"mode": "Auto", "minReplicas": 2, "maxReplicas": 6, "targetDrainTime": "90s"},
                "spec.pod.resources": {"limits": {"cpu": 1}}, "metadata.uid": "u", "metadata.generation": 2,
            }
        )
    )  # fmt: skip


def yaml_documents() -> Seeds:
    """Yield YAML."""
    yield "flow", _json(manifest())
    yield "block", b"a: &x\n  k: 1\n  l: [1, 0.5, yes, ~]\nb:\n  <<: *x\n  k: 'it''s'\nc: |\n  text\n# a comment\n"
    yield "several", b'---\n- "\\u00e9"\n---\n- &y {}\n- *y\n...\n'
    yield (
        "aliases",
        b"".join(
            b"%b: &%b [%b]\n" % (name, name, b", ".join([b"*" + of] * 11))
            for of, name in ((b"a", b"b"), (b"b", b"c"), (b"c", b"d"), (b"d", b"e"))
        ).replace(b"b:", b"a: &a [1, 2]\nb:", 1),
    )
    yield "merges", b"a: &a {k: 1}\nb: &b {<<: [*a, *a]}\nc: {<<: *b, k: 2}\n"
    yield "dates", b"a: 2024-01-06\n1: 0x1F\nyes: 190:20:30\nb: !!str 1\n"
    yield "keys", b"? a\n: b\n? c\n"


def _json(value: Any) -> bytes:
    return json.dumps(value).encode()
