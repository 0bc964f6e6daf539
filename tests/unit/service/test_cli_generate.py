"""Generated wallets: the same seed the same bytes, in the requirement's format, as skewed as real ones."""

import json
from collections import Counter

import pytest
from typer.testing import CliRunner

from harness.scoring import outcome, scored
from oracle import zeru
from scoring_service import generate
from scoring_service.cli import app
from scoring_service.scorers.base import Rejection
from scoring_service.scorers.reasons import Reason


def transactions(count: int, **options):
    for record in generate.wallets(count, 1, **options):
        yield from json.loads(record.value)["data"][0]["transactions"]


def run(*arguments: str) -> bytes:
    done = CliRunner().invoke(app, ["generate", "wallets", *arguments])
    assert done.exit_code == 0, done.output
    return done.stdout_bytes


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others():
    assert run("--count", "20", "--seed", "7") == run("--count", "20", "--seed", "7")
    assert run("--count", "20", "--seed", "7") != run("--count", "20", "--seed", "8")
    assert run("--count", "5", "--seed", "7") == b"".join(
        line + b"\n" for line in run("--count", "20", "--seed", "7").splitlines()[:5]
    )


def test_a_line_is_a_record_and_its_key_the_wallets_address():
    for record in generate.wallets(50, 1):
        assert b"\n" not in record.value
        assert json.loads(record.value)["wallet_address"].encode() == record.key


@pytest.mark.parametrize("number", [1, 10, 100])
def test_wallets_have_as_many_transactions_as_asked_for(number):
    assert Counter(
        len(json.loads(r.value)["data"][0]["transactions"]) for r in generate.wallets(9, 1, transactions=number)
    ) == {number: 9}


def test_actions_are_mixed_as_on_real_exchanges():
    actions = Counter(item["action"] for item in transactions(1000, transactions=10))

    assert actions["swap"] / 10_000 == pytest.approx(0.60, abs=0.03)
    assert actions["deposit"] / 10_000 == pytest.approx(0.25, abs=0.03)
    assert actions["withdraw"] / 10_000 == pytest.approx(0.15, abs=0.03)


def test_there_are_at_most_800_pools_and_300_tokens_and_most_amounts_exceed_64_bits_or_come_close():
    items = list(transactions(3000, transactions=10))
    legs = [item[leg] for item in items for leg in ("tokenIn", "tokenOut", "token0", "token1") if leg in item]

    assert 500 < len({item["poolId"] for item in items}) <= generate.POOLS == 800
    assert 150 < len({leg["symbol"] for leg in legs}) <= generate.SYNTHETIC_TOKENS + len(generate.KNOWN_TOKENS) == 300
    assert sum(leg["amount"] > 2**64 for leg in legs) / len(legs) > 0.3


def test_all_transactions_lie_before_the_moment_asked_for():
    assert max(item["timestamp"] for item in transactions(100, until=1_800_000_000)) < 1_800_000_000


def test_every_valid_wallet_is_scored_completely():
    for record in generate.wallets(200, 3):
        found = scored(record.value)
        assert (found.skipped_transactions, found.duplicate_transactions, found.caller_mismatches) == (0, 0, 0)
        assert float(found.zscore) == pytest.approx(zeru.score(record.value, 1_704_499_200)["final"], abs=1e-9)


def test_the_share_asked_for_is_rejected_for_many_reasons():
    found = [outcome(record.value) for record in generate.wallets(1000, 4, transactions=3, invalid=0.3)]

    reasons = Counter(result.reason for result in found if isinstance(result, Rejection))
    assert reasons.total() == pytest.approx(300, abs=45)
    assert set(reasons) == set(Reason) - {Reason.MODEL_ERROR, Reason.OVERSIZE, Reason.TOMBSTONE}


def test_wrong_usage_is_exit_code_2():
    assert CliRunner().invoke(app, ["generate", "wallets", "--invalid", "2"]).exit_code == 2
    assert CliRunner().invoke(app, ["generate", "wallets", "--count", "-1"]).exit_code == 2
