"""Batches of records become messages: every record once, in order, signed."""

import itertools
import json
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.scoring import a_scorer
from harness.wallets import AS_OF, WALLET, a_swap, a_wallet, encoded, imperfect_wallets
from scoring_service.codec import BatchScorer, Clock, ScoredBatch, Signature
from scoring_service.codec.rows import MAX_VALUE_BYTES
from scoring_service.scorers.base import Absorbed

GOOD = encoded(a_wallet(a_swap()))


class ARecord(NamedTuple):
    value: bytes | None = GOOD
    key: bytes | None = b"key"
    timestamp: int = AS_OF * 1000
    timestamp_type: int = 0
    offset: int = 7


def a_batch_scorer(scorer=None, **parameters) -> BatchScorer:
    readings = itertools.count(100)
    clock = Clock(now=lambda: 1_800_000_000.9, elapsed=lambda: next(readings) / 1000)
    return BatchScorer(scorer or a_scorer(**parameters), Signature("shop/wallets", "0123456789ab", "1.2.3"), clock)


def scored(*records: ARecord, **parameters) -> ScoredBatch:
    return a_batch_scorer(**parameters).score_batch(records, "in", 3, None)


def only_failure(*records: ARecord, **parameters) -> dict:
    batch = scored(*records, **parameters)
    assert (len(batch.success), len(batch.failures)) == (0, 1)
    return json.loads(batch.failures[0].value)


def stripped(value: bytes) -> dict:
    return {k: v for k, v in json.loads(value).items() if k not in {"timestamp", "processing_time_ms"}}


def test_a_score_has_the_members_of_the_requirement():
    (message,) = scored(ARecord()).success

    record = json.loads(message.value)
    assert record == record | {
        "wallet_address": WALLET,
        "zscore": "188.000000000000000000",
        "timestamp": 1_800_000_000,
        "as_of": AS_OF,
        "model_version": "zeru-v1",
        "tags": ["Casual Trader"],
        "skipped_transactions": 0,
        "duplicate_transactions": 0,
    }
    assert [category["category"] for category in record["categories"]] == ["liquidity_provision", "trading"]
    assert [category["score"] for category in record["categories"]] == [270.0, 65.0]
    assert [category["transaction_count"] for category in record["categories"]] == [0, 1]
    assert list(record["categories"][0]["features"]) == [
        "total_deposit_usd",
        "total_withdraw_usd",
        "num_deposits",
        "num_withdraws",
        "withdraw_ratio",
        "account_age_days",
        "avg_holding_time_days",
        "unique_pools",
        "lp_frequency_score",
    ]
    assert list(record["categories"][1]["features"]) == [
        "total_swap_volume_usd",
        "num_swaps",
        "unique_pools_swapped",
        "avg_swap_size_usd",
        "token_diversity_score",
        "swap_frequency_score",
    ]


def test_a_merged_score_has_the_one_category_of_the_task():
    (message,) = scored(ARecord(), categories="merged").success

    (category,) = json.loads(message.value)["categories"]
    assert (category["category"], category["score"], category["transaction_count"]) == ("dexes", 188.0, 1)
    assert category["features"] == category["features"] | {
        "total_deposit_usd": 0.0,
        "total_withdraw_usd": 0.0,
        "num_deposits": 0,
        "num_withdraws": 0,
        "total_swap_volume": 1000.0,
        "num_swaps": 1,
        "unique_pools": 1,
    }


def test_a_failure_has_the_members_of_the_requirement_and_a_reason():
    failure = only_failure(ARecord(encoded(a_wallet(address=WALLET))))

    assert failure == {
        "wallet_address": WALLET,
        "error": "No valid transactions found",
        "reason": "no_valid_transactions",
        "timestamp": 1_800_000_000,
        "processing_time_ms": failure["processing_time_ms"],
        "categories": [],
    }


def test_a_merged_failure_counts_the_transactions():
    failure = only_failure(ARecord(encoded(a_wallet(a_swap(), {}, protocol_type="lending"))), categories="merged")

    assert failure["reason"] == "unsupported_protocol"
    assert failure["categories"] == [{"category": "dexes", "error": failure["error"], "transaction_count": 2}]


@pytest.mark.parametrize("transactions", [(a_swap(), a_swap()), (a_swap(), {})], ids=["clean", "mended"])
def test_a_merged_failure_counts_the_transactions_of_what_is_no_address(transactions):
    failure = only_failure(ARecord(encoded(a_wallet(*transactions, address="none"))), categories="merged")

    assert failure["wallet_address"] == "none"
    assert failure["categories"][0]["transaction_count"] == 2


@pytest.mark.parametrize(
    ("record", "reason", "wallet"),
    [
        (ARecord(None), "tombstone", None),
        (ARecord(b" " * (MAX_VALUE_BYTES + 1)), "oversize", None),
        (ARecord(b"{"), "json_syntax", None),
        (ARecord(timestamp=-1), "timestamp", WALLET),
        (ARecord(timestamp_type=1), "timestamp", WALLET),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_no_scorer_could_read_is_a_failure_too(record, reason, wallet):
    failure = only_failure(record)

    assert (failure["reason"], failure["wallet_address"]) == (reason, wallet)


def test_a_failure_is_counted_at_the_stage_that_refused_its_record():
    batch = scored(ARecord(b"{"), ARecord(encoded(a_wallet())), ARecord(), ARecord(None), ARecord(b"{"))

    assert batch.refused_at == {
        ("json_syntax", "decode"): 2,
        ("no_valid_transactions", "score"): 1,
        ("tombstone", "decode"): 1,
    }


def test_the_moment_of_scoring_is_the_producers_never_the_brokers_nor_the_clocks():
    created = scored(ARecord(timestamp=1_704_499_200_123))
    named = scored(ARecord(encoded(a_wallet(a_swap(), as_of=1_704_000_000)), timestamp_type=1))

    assert json.loads(created.success[0].value)["as_of"] == 1_704_499_200.123
    assert json.loads(named.success[0].value)["as_of"] == 1_704_000_000


@pytest.mark.parametrize(
    ("record", "as_of"),
    [
        (ARecord(), b"1704499200"),
        (ARecord(timestamp=1_704_499_200_123), b"1704499200.123"),
        (ARecord(encoded(a_wallet(a_swap(), as_of=5))), b"5"),
        (ARecord(b"{"), b"1704499200"),
        (ARecord(b"{", timestamp_type=1), b""),
        (ARecord(None, timestamp=0), b"0"),
    ],
)
def test_every_message_says_who_made_it_from_what_and_for_when(record, as_of):
    batch = scored(record)
    (message,) = batch.success + batch.failures

    assert message.headers == [
        ("scoring-pipeline", b"shop/wallets"),
        ("scoring-revision", b"0123456789ab"),
        ("scoring-version", b"1.2.3"),
        ("scoring-source", b"in/3/7"),
        ("scoring-as-of", as_of),
    ]


@pytest.mark.parametrize(
    ("record", "key"),
    [
        (ARecord(key=b"theirs"), b"theirs"),
        (ARecord(key=b""), b""),
        (ARecord(key=None), WALLET.encode()),
        (ARecord(encoded(a_wallet()), key=None), WALLET.encode()),
        (ARecord(b"{", key=None), None),
        (ARecord(b"{", key=b"theirs"), b"theirs"),
        (ARecord(b" " * (MAX_VALUE_BYTES + 1), key=b"theirs"), b"theirs"),
    ],
)
def test_the_output_key_is_the_inputs_else_the_entity_else_null(record, key):
    batch = scored(record)
    (message,) = batch.success + batch.failures

    assert message.key == key


def test_processing_time_is_that_of_the_batch_so_far():
    (message,) = scored(ARecord()).success

    assert json.loads(message.value)["processing_time_ms"] == 1, "the clock advances 1 ms per reading"


def test_an_empty_batch_is_no_message():
    assert scored() == ScoredBatch()


def test_duplicates_are_added_up_for_the_worker():
    twice = ARecord(encoded(a_wallet(a_swap(), a_swap(), a_swap())))

    assert scored(twice, ARecord(), twice).duplicates == 4


@given(st.lists(imperfect_wallets().map(encoded) | st.binary(max_size=20) | st.none(), max_size=80))
def test_every_record_ends_once_in_order_and_with_its_neighbours_unharmed(values):
    records = [ARecord(value, offset=offset) for offset, value in enumerate(values)]
    alone = [scored(record) for record in records]

    batch = scored(*records)

    for topic in ("success", "failures"):
        together = getattr(batch, topic)
        one_by_one = [message for single in alone for message in getattr(single, topic)]
        assert [(m.key, m.headers, stripped(m.value)) for m in together] == [
            (m.key, m.headers, stripped(m.value)) for m in one_by_one
        ]
    assert len(batch.success) + len(batch.failures) == len(values)
    assert sum(batch.rejected.values()) == len(batch.failures)


class Absorbing:
    """A windowed stand-in: absorbs every record, and counts them in its state."""

    def __init__(self, scorer):
        self.decode, self.as_of, self.key, self.failure = scorer.decode, scorer.as_of, scorer.key, scorer.failure

    def score(self, rows, state):
        return [Absorbed("warming")] * len(rows), state + len(rows)


def test_absorbed_records_are_counted_and_the_state_goes_on_from_chunk_to_chunk():
    records = [ARecord(offset=offset) for offset in range(100)] + [ARecord(None)]

    batch = BatchScorer(Absorbing(a_scorer()), Signature("a/b", "r", "v")).score_batch(records, "in", 0, 5)

    assert (batch.absorbed, batch.state) == ({"warming": 100}, 105)
    assert (len(batch.success), batch.rejected) == (0, {"tombstone": 1})
