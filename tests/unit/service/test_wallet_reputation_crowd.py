"""A few kilobytes must not cost a pod its memory: what a record may have is bounded, and checked before it is read."""

import sys
import tracemalloc
from collections.abc import Callable

import pytest

from harness.scoring import a_scorer, outcome, rejected
from harness.wallets import WALLET
from scoring_service.scorers.base import Rejection
from scoring_service.scorers.reasons import Reason
from scoring_service.scorers.wallet_reputation.input import MAX_TRANSACTIONS

UNUSABLE, BARE = b"1", b'{"document_id":"","action":"swap","timestamp":1}'
MANY = 510_000
"""Items; more than are read just to see how many they are."""
BLOCK = b'{"protocolType":"dexes","transactions":[]}'


def a_record(item: bytes, count: int, around: bytes = b'{"protocolType":"dexes","transactions":[%b]}') -> bytes:
    items = around % b",".join([item] * count)
    return b'{"wallet_address":"%b","data":[%b]}' % (WALLET.encode(), items)


def peak_bytes(call: Callable[[], object]) -> int:
    tracemalloc.start()
    try:
        call()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def calls_of(call: Callable[[], object]) -> int:
    """Return how many calls of Python and C functions a call makes: work, whatever the machine."""
    count = 0

    def note(*_: object) -> None:
        nonlocal count
        count += 1

    sys.setprofile(note)
    try:
        call()
    finally:
        sys.setprofile(None)
    return count


@pytest.mark.parametrize("item", [UNUSABLE, b"NaN"])
def test_a_record_of_rubbish_takes_little_more_memory_than_its_bytes(item):
    content = a_record(item, MANY)

    assert peak_bytes(lambda: a_scorer().decode(content)) < 4 * len(content) + 2_000_000


def test_refusals_take_no_memory_once_they_are_counted():
    content = a_record(UNUSABLE, MAX_TRANSACTIONS)
    held = []

    tracemalloc.start()
    held.append(a_scorer().decode(content))
    kept = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()

    assert held[0].refusals.count == MAX_TRANSACTIONS
    assert kept < 100_000


@pytest.mark.parametrize("count", [MAX_TRANSACTIONS + 1, MANY])
@pytest.mark.parametrize("around", [b'{"protocolType":"dexes","transactions":[%b]}', b"%b"], ids=["in a block", "data"])
def test_what_is_too_much_is_counted_and_not_read(count, around):
    content = a_record(UNUSABLE, count, around)
    scorer = a_scorer()

    assert calls_of(lambda: scorer.decode(content)) < 3 * count + 200, "reading takes some thirty calls an item"


@pytest.mark.parametrize("item", [UNUSABLE, BARE])
def test_one_transaction_more_than_allowed_fails_the_record(item):
    full, crowded = outcome(a_record(item, MAX_TRANSACTIONS)), rejected(a_record(item, MAX_TRANSACTIONS + 1))

    assert isinstance(full, Rejection)
    assert (full.reason, full.transaction_count) == (Reason.NO_VALID_TRANSACTIONS, MAX_TRANSACTIONS)
    assert (crowded.reason, crowded.entity) == (Reason.SCHEMA, WALLET)
    assert crowded.detail == "transactions: expected at most 50000 in one record, got more"


@pytest.mark.parametrize("item", [UNUSABLE, BLOCK])
def test_one_block_more_than_allowed_fails_the_record(item):
    full, crowded = (
        outcome(a_record(item, MAX_TRANSACTIONS, b"%b")),
        rejected(a_record(item, MAX_TRANSACTIONS + 1, b"%b")),
    )

    assert isinstance(full, Rejection)
    assert full.reason == Reason.NO_VALID_TRANSACTIONS
    assert crowded.detail == "data: expected at most 50000 in one record, got more"


@pytest.mark.parametrize("item", [UNUSABLE, BARE])
def test_transactions_of_all_blocks_count_together(item):
    block = b'{"protocolType":"%b","transactions":[%b]}'
    half = b",".join([item] * (MAX_TRANSACTIONS // 2 + 1))
    both = b",".join([block % (b"dexes", half), block % (b"lending", half)])

    assert rejected(a_record(both, 1, b"%b")).detail.startswith("transactions: expected at most")


def test_commas_inside_strings_and_inner_lists_are_no_transactions():
    text = b'"' + b"," * MANY + b'\\""'
    inner = b"[" + b"1," * MANY + b"1]"

    for content in (a_record(text, 2), a_record(inner, 2)):
        assert rejected(content).transaction_count == 2
