"""What a plan says of records that are scored twice."""

from collections.abc import Sequence
from statistics import mean, quantiles
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness import toy
from harness.scoring import a_scorer, outcome
from harness.wallets import AS_OF, a_deposit, a_swap, a_wallet, encoded, imperfect_wallets, wallets
from scoring_service import generate
from scoring_service.codec import Lone
from scoring_service.planning.comparison import Comparison
from scoring_service.planning.findings import Findings
from scoring_service.scorers.base import Output, Scorer

REVISIONS = ("before", "after")
TRADING = {"liquidityProvision": 0.0, "trading": 1.0}


def compared(
    records: Sequence[bytes], before: Scorer, after: Scorer, *, movers: int = 5, threshold: float | None = None
) -> Findings:
    comparison = Comparison(before, after, movers)
    comparison.take("in", 0, [Lone(number, AS_OF * 1000, value) for number, value in enumerate(records)])
    return comparison.findings(REVISIONS, threshold)


def toys(*pairs: tuple[str, float], weights: tuple[float, float] = (1, 2), **asked: Any) -> Findings:
    before, after = (toy.build(toy.block(weight)) for weight in weights)
    return compared([toy.record(who, n) for who, n in pairs], before, after, **asked)


@given(st.lists(wallets() | imperfect_wallets(), max_size=6))
def test_the_same_weights_move_nothing(records: list[Any]) -> None:
    found = compared([encoded(record) for record in records], a_scorer(), a_scorer(), threshold=200)

    assert (found.moved, found.gained, found.lost, found.movers) == (0, 0, 0, [])
    assert found.crossing is not None
    assert (found.crossing.up, found.crossing.down, found.crossing.share) == (0, 0, 0.0)
    assert (found.before.counts, found.before.refused) == (found.after.counts, found.after.refused)
    assert found.rank_correlation in (None, pytest.approx(1.0))
    assert found.before.scored + sum(found.before.refused.values()) == found.records == len(records)


@given(st.lists(wallets() | imperfect_wallets(), max_size=6), st.integers(0, 6))
def test_figures_do_not_depend_on_how_records_are_cut_into_pages(records: list[Any], cut: int) -> None:
    lines = [Lone(number, AS_OF * 1000, encoded(record)) for number, record in enumerate(records)]
    whole, parts = (Comparison(a_scorer(), a_scorer(weights=TRADING), 3) for _ in range(2))

    whole.take("in", 0, lines)
    parts.take("in", 0, lines[:cut])
    parts.take("in", 0, lines[cut:])

    assert parts.findings(REVISIONS) == whole.findings(REVISIONS)


def test_every_score_is_that_of_the_scorer() -> None:
    values = [record.value for record in generate.wallets(200, 3, invalid=0.2)]
    outcomes = [outcome(value, weights=TRADING) for value in values]
    expected = [each.number for each in outcomes if isinstance(each, Output)]

    found = compared(values, a_scorer(), a_scorer(weights=TRADING))

    assert found.after.mean == pytest.approx(mean(expected))
    assert found.after.deciles == pytest.approx(quantiles(expected, n=10, method="inclusive"))
    assert sum(found.after.counts) == found.after.scored == len(expected)


def test_refusals_are_counted_by_reason_on_each_side() -> None:
    broken = a_wallet(a_swap(), a_deposit(timestamp="soon"))

    found = compared([encoded(broken), b"{", encoded(a_wallet(a_swap()))], a_scorer(), a_scorer(strict=True))

    assert (found.before.scored, found.before.refused) == (2, {"json_syntax": 1})
    assert (found.after.scored, found.after.refused) == (1, {"json_syntax": 1, "timestamp": 1})
    assert (found.compared, found.gained, found.lost) == (1, 0, 1)


def test_deltas_and_the_threshold_are_of_those_that_both_score() -> None:
    found = toys(("a", 1.0), ("b", 3.0), ("c", 5.0), ("d", 0.0), threshold=5.0)

    assert (found.compared, found.moved) == (4, 3)
    assert (found.mean_delta, found.mean_movement, found.largest_movement) == (2.25, 2.25, 5.0)
    assert found.crossing is not None
    assert msgspec.to_builtins(found.crossing) == {"threshold": 5.0, "up": 1, "down": 0, "share": 0.25}


def test_a_score_at_the_threshold_is_above_it() -> None:
    found = toys(("a", 2.5), weights=(2, 1), threshold=5.0)

    assert found.crossing is not None
    assert (found.crossing.up, found.crossing.down) == (0, 1)


def test_the_largest_movers_come_first_each_entity_once() -> None:
    found = toys(("a", 1.0), ("b", 9.0), ("a", 5.0), ("c", 3.0), ("b", 2.0), ("d", 5.0), movers=3)

    assert [(mover.entity, mover.delta, mover.source) for mover in found.movers] == [
        ("b", 9.0, "in/0/1"),
        ("a", 5.0, "in/0/2"),
        ("d", 5.0, "in/0/5"),
    ]


@given(st.lists(st.tuples(st.sampled_from("abcdef"), st.integers(0, 20).map(float)), max_size=30), st.integers(0, 4))
def test_movers_are_those_that_sorting_everything_would_find(pairs: list[tuple[str, float]], most: int) -> None:
    furthest: dict[str, float] = {}
    for who, n in pairs:
        furthest[who] = max(n, furthest.get(who, 0.0))

    found = toys(*pairs, movers=most)

    assert [mover.delta for mover in found.movers] == sorted(filter(None, furthest.values()), reverse=True)[:most]


def test_a_mover_says_why_and_its_reasons_add_up() -> None:
    records = [record.value for record in generate.wallets(50, 9)]

    found = compared(records, a_scorer(), a_scorer(weights=TRADING), movers=10)

    assert len(found.movers) == 10
    for mover in found.movers:
        assert sum(reason.before for reason in mover.reasons) == pytest.approx(mover.before, abs=1e-9)
        assert sum(reason.after for reason in mover.reasons) == pytest.approx(mover.after, abs=1e-9)
        changes = [abs(reason.after - reason.before) for reason in mover.reasons]
        assert changes == sorted(changes, reverse=True)


def test_another_shape_of_the_output_is_explained_under_both_names() -> None:
    found = compared(
        [encoded(a_wallet(a_swap()))], a_scorer(), a_scorer(categories="merged", weights=TRADING), movers=1
    )

    names = {reason.feature.partition(".")[0] for reason in found.movers[0].reasons}
    assert names == {"liquidity_provision", "trading", "dexes"}


def test_a_scorer_that_does_not_explain_itself_moves_without_reasons() -> None:
    assert [mover.reasons for mover in toys(("a", 1.0)).movers] == [[]]


def test_a_state_is_of_one_side_and_one_partition() -> None:
    before, after = toy.build_sums(toy.block(1)), toy.build_sums(toy.block(10))
    comparison = Comparison(before, after, 5)
    for partition in (0, 1, 0):
        comparison.take("in", partition, [Lone(0, AS_OF * 1000, toy.record("a", 1.0))])

    assert comparison.points(10) == [(1.0, 10.0), (1.0, 10.0), (2.0, 20.0)]


def test_points_are_taken_evenly_and_are_no_more_than_asked_for() -> None:
    comparison = Comparison(toy.build(toy.block(1)), toy.build(toy.block(2)), 0)
    comparison.take("in", 0, [Lone(n, AS_OF * 1000, toy.record("a", float(n))) for n in range(100)])

    assert [before for before, _ in comparison.points(10)] == [float(n) for n in range(0, 100, 10)]
    assert len(comparison.points(99)) == 50


def test_nothing_at_all_is_compared_too() -> None:
    found = compared([], a_scorer(), a_scorer(), threshold=1)

    assert (found.records, found.edges, found.mean_delta, found.rank_correlation) == (0, [], None, None)
