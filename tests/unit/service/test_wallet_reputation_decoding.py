"""Whatever the bytes: a score, or a rejection with a listed reason. Never an exception, never a neighbour's harm."""

import json
import random

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from harness.scoring import a_scorer, outcome, parts, rejected, scored
from harness.wallets import (
    AS_OF,
    SWAPPED_AT,
    WALLET,
    a_deposit,
    a_swap,
    a_token,
    a_wallet,
    encoded,
    imperfect_wallets,
    wallets,
)
from scoring_service.scorers.base import Rejection
from scoring_service.scorers.reasons import Reason

GOOD = encoded(a_wallet(a_swap()))
DEEP = b"[" * 100_000
NAN = float("nan")

GOOD_AND = pytest.mark.parametrize(
    "bad",
    [
        None,
        1,
        "text",
        [],
        {},
        a_swap(action="stake"),
        a_swap(action=None),
        a_swap(timestamp=None),
        a_swap(timestamp="soon"),
        a_swap(timestamp=-1),
        a_swap(timestamp=10**400),
        a_swap(timestamp=True),
        a_swap(document_id=None),
        a_swap(document_id=7),
        a_swap(poolId=7),
        a_swap(amount_in=-1.0),
        a_swap(amount_in="1000"),
        a_swap(amount_in=NAN),
        a_swap(amount_in=float("inf")),
        a_swap(amount_in=True),
        a_swap(tokenIn={}, tokenOut={}),
        a_swap(tokenIn=None, tokenOut=None),
        a_swap(tokenIn="USDC"),
        a_swap(tokenIn=a_token(symbol=1)),
        {key: value for key, value in a_swap().items() if not key.startswith("token")},
        a_swap(action="deposit"),
    ],
    ids=lambda bad: json.dumps(bad)[:60],
)


@given(st.binary(max_size=200))
@example(b"")
@example(b"null")
@example(b"\xef\xbb\xbf" + GOOD)
@example(GOOD[:-3])
@example(GOOD + b"x")
@example(b'{"wallet_address":"\xff","data":[]}')
@example(b'{"wallet_address":"\\ud800","data":[]}')
@example(GOOD.replace(b'"USDC"', b'"\xff"'))
@example(GOOD.replace(b'"USDC"', b'"\\ud800"'))
@example(GOOD.replace(b"1000.0", b"1e999"))
@example(GOOD.replace(b"1000.0", b"01"))
@example(GOOD.replace(b"1000.0", b"9" * 5000))
@example(GOOD.replace(b"1703980800", b"9" * 5000))
@example(GOOD.replace(b"1000000000", b"9" * 5000))
@example(GOOD.replace(b"1000.0", b"NaN"))
@example(b"NaN")
@example(b'"NaN')
@example(b'"' + b'\\"' * 50_000 + b"NaN")
@example(GOOD[:-1] + b',"data":[]}')
@example(GOOD[:-1] + b',"wallet_address":null}')
@example(DEEP)
@example(b'{"x":' + DEEP)
@example(GOOD[:-1] + b',"x":' + DEEP + b"]" * 100_000 + b"}")
@example(GOOD.replace(b"1000000000", DEEP + b"]" * 100_000))
@example(GOOD.replace(b'"USDC"', DEEP + b"]" * 100_000))
@example(b'{"wallet_address":' + b'{"a":' * 100_000)
def test_any_bytes_become_a_score_or_a_listed_reason(content):
    result = outcome(content)

    assert not isinstance(result, Rejection) or result.reason in set(Reason)


@given(wallets(max_size=3), st.randoms(use_true_random=False))
def test_damaged_records_become_a_score_or_a_listed_reason(record, damage: random.Random):
    content = bytearray(encoded(record))
    for _ in range(damage.randint(1, 5)):
        at = damage.randrange(len(content))
        content[at : at + damage.randint(0, 4)] = damage.choice(
            [b"", b'"', b"{", b"]", b"\xff", b"\\", b"null", b"NaN"]
        )

    result = outcome(bytes(content))

    assert not isinstance(result, Rejection) or result.reason in set(Reason)


@given(imperfect_wallets(), st.booleans())
def test_imperfect_records_become_a_score_or_a_listed_reason(record, strict):
    result = outcome(record, strict=strict)

    assert not isinstance(result, Rejection) or result.reason in set(Reason)


@GOOD_AND
def test_a_bad_transaction_among_good_ones_is_skipped_and_counted(bad):
    alone = scored(a_wallet(a_swap()))

    found = scored(a_wallet(bad, a_swap(), bad))

    assert found.skipped_transactions == 2
    assert found.duplicate_transactions == 0
    assert parts(found) == parts(alone)
    assert found.categories == alone.categories


@GOOD_AND
def test_a_bad_transaction_fails_a_strict_record(bad):
    rejection = rejected(a_wallet(a_swap(), bad), strict=True)

    assert rejection.reason in {Reason.SCHEMA, Reason.TIMESTAMP, Reason.NAN_OR_INF}
    assert rejection.entity == WALLET
    assert rejection.transaction_count == 2


@pytest.mark.parametrize("variant", ["reputation-v2", "seed-readme"])
@GOOD_AND
def test_a_bad_transaction_is_skipped_or_fails_a_strict_record_whatever_the_variant(bad, variant):
    alone = scored(a_wallet(a_swap()), variant=variant)

    found = scored(a_wallet(bad, a_swap()), variant=variant)

    assert found.skipped_transactions == 1
    assert (found.zscore, found.categories) == (alone.zscore, alone.categories)
    assert rejected(a_wallet(a_swap(), bad), variant=variant, strict=True) == rejected(
        a_wallet(a_swap(), bad), strict=True
    )


@GOOD_AND
def test_bad_transactions_alone_fail_the_record(bad):
    rejection = rejected(a_wallet(bad))

    assert rejection.reason in {Reason.NO_VALID_TRANSACTIONS, Reason.TIMESTAMP, Reason.NAN_OR_INF}
    assert rejection.detail.startswith("No valid transactions found")
    assert (rejection.entity, rejection.transaction_count) == (WALLET, 1)


@pytest.mark.parametrize(
    ("content", "reason", "entity"),
    [
        (b"", Reason.JSON_SYNTAX, None),
        (b"not json", Reason.JSON_SYNTAX, None),
        (GOOD[:-1], Reason.JSON_SYNTAX, None),
        (GOOD + b"{}", Reason.JSON_SYNTAX, None),
        (b"\xef\xbb\xbf" + GOOD, Reason.JSON_SYNTAX, None),
        (b"null", Reason.SCHEMA, None),
        (b"[]", Reason.SCHEMA, None),
        (b"[1,", Reason.JSON_SYNTAX, None),
        (b"[NaN]", Reason.SCHEMA, None),
        (b"{}", Reason.SCHEMA, None),
        (encoded(a_wallet(a_swap(), address=None)), Reason.SCHEMA, None),
        (encoded(a_wallet(a_swap(), address=7)), Reason.SCHEMA, None),
        (encoded(a_wallet(a_swap(), address="")), Reason.SCHEMA, ""),
        (encoded(a_wallet(a_swap(), address=WALLET[:34])), Reason.SCHEMA, WALLET[:34]),
        (encoded(a_wallet(a_swap(), address=WALLET + "\n")), Reason.SCHEMA, WALLET + "\n"),
        (encoded(a_wallet(a_swap(), address="x" * 1000)), Reason.SCHEMA, None),
        (encoded({"wallet_address": WALLET}), Reason.SCHEMA, WALLET),
        (encoded({"wallet_address": WALLET, "data": None}), Reason.SCHEMA, WALLET),
        (encoded({"wallet_address": WALLET, "data": {}}), Reason.SCHEMA, WALLET),
        (encoded({"wallet_address": WALLET, "data": []}), Reason.NO_VALID_TRANSACTIONS, WALLET),
        (encoded({"wallet_address": WALLET, "data": [None, {}]}), Reason.NO_VALID_TRANSACTIONS, WALLET),
        (encoded(a_wallet()), Reason.NO_VALID_TRANSACTIONS, WALLET),
        (encoded(a_wallet(a_swap(), protocol_type="lending")), Reason.UNSUPPORTED_PROTOCOL, WALLET),
        (encoded(a_wallet({"borrow": 1}, protocol_type="lending")), Reason.UNSUPPORTED_PROTOCOL, WALLET),
        (encoded(a_wallet(a_swap(), as_of="soon")), Reason.TIMESTAMP, WALLET),
        (encoded(a_wallet(a_swap(), as_of=-1)), Reason.TIMESTAMP, WALLET),
        (encoded(a_wallet(a_swap(timestamp="soon"))), Reason.TIMESTAMP, WALLET),
        (encoded(a_wallet(a_swap(NAN, NAN))), Reason.NAN_OR_INF, WALLET),
        (GOOD.replace(b"1000.0", b"-Infinity"), Reason.NAN_OR_INF, WALLET),
        (GOOD.replace(b"1000.0", b"1e999"), Reason.NAN_OR_INF, WALLET),
        (encoded(a_wallet(a_deposit(1.7e308, 1.7e308))), Reason.NAN_OR_INF, WALLET),
        (
            encoded(a_wallet(a_swap(1.7e308, document_id="1"), a_swap(1.7e308, document_id="2"))),
            Reason.NAN_OR_INF,
            WALLET,
        ),
        (b"[" * 100_000, Reason.DEPTH, None),
        (GOOD[:-1] + b',"unused":' + DEEP + b"]" * 100_000 + b"}", Reason.DEPTH, None),
    ],
)
def test_a_record_that_cannot_be_scored_says_why_and_for_whom(content, reason, entity):
    rejection = rejected(content)

    assert (rejection.reason, rejection.entity) == (reason, entity)
    assert rejection.detail


def test_nan_in_one_transaction_leaves_its_neighbours_alone():
    found = scored(a_wallet(a_swap(document_id="1"), a_swap(NAN, document_id="2")))

    assert found.skipped_transactions == 1
    assert parts(found)[2] == 188.0


@pytest.mark.parametrize("word", [b"NaN", b"-Infinity", b"Infinity"])
def test_nan_where_no_formula_looks_does_not_matter(word):
    found = scored(GOOD.replace(b"1000000000", word).replace(b"uniswap_v3", b'NaN \\" Infinity'))

    assert found.skipped_transactions == 0
    assert parts(found)[2] == 188.0


def test_bytes_that_are_not_utf_8_where_no_formula_looks_do_not_matter():
    assert parts(scored(GOOD.replace(b"uniswap_v3", b"\xff\xfe")))[2] == 188.0


@pytest.mark.parametrize(
    "written",
    [
        SWAPPED_AT,
        float(SWAPPED_AT),
        SWAPPED_AT * 1000,
        str(SWAPPED_AT),
        f"{SWAPPED_AT}.0",
        str(SWAPPED_AT * 1000),
        "2023-12-31T00:00:00Z",
        "2023-12-31T00:00:00",
        "2023-12-31T01:00:00+01:00",
        "2023-12-31T00:00:00.000Z",
        "2023-12-31",
    ],
)
def test_one_moment_may_be_written_in_many_ways(written):
    plain = scored(a_wallet(a_deposit()))

    assert scored(a_wallet(a_deposit(timestamp=written))) == plain
    assert scored(a_wallet(a_deposit(), as_of=written)).as_of == SWAPPED_AT


@given(imperfect_wallets(), st.randoms(use_true_random=False))
def test_the_order_of_transactions_matters_neither_for_scores_nor_for_failures(record, shuffler: random.Random):
    before = outcome(record)
    data = record.get("data")
    if isinstance(data, list) and data and isinstance(data[0], dict) and "transactions" in data[0]:
        shuffler.shuffle(data[0]["transactions"])

    assert outcome(record) == before


@given(wallets(max_size=4))
def test_the_slow_way_to_decode_gives_the_same_scores_as_the_fast_one(record):
    fast = scored(record, AS_OF)
    slow = scored({**record, "as_of": str(AS_OF)})

    assert a_scorer().decode(encoded({**record, "as_of": str(AS_OF)})).refusals.count == 0
    assert slow == fast


def test_a_missing_pool_and_a_null_pool_are_one_pool_without_a_name():
    without = a_swap(document_id="1")
    del without["poolId"]

    found = scored(a_wallet(without, a_swap(document_id="2", poolId=None), a_swap(document_id="3", poolId="")))

    assert found.categories[1].features.unique_pools_swapped == 1
