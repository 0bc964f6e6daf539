"""Drift in the pod: a day against itself is silent, another day is not, and what is compared does not overlap."""

from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from harness import scrapes, ticks, twin
from scoring_service.cli import app
from scoring_service.contract.scorer_file import ScorerBlock, ScorerFile
from scoring_service.metrics import Scrape, text
from scoring_service.scorers.base import Output
from scoring_service.scorers.drift import drift
from scoring_service.scorers.registry import build
from scoring_service.scorers.volatility.windows import APART

RETURNS = 49
SOME = {"retMean": "0 1e-06", "retStd": "1e-05 2e-05"}


def apart(rows, of):
    return of.score(rows, of.start())[1].apart


def numbers(values):
    return " ".join(f"{value:.3e}" for value in values)


def reference_of(rows):
    """Return what windows of rows that do not overlap say, as a parameter."""
    windows = apart(rows, ticks.scorer(drift=SOME))
    return {"retMean": numbers(mean for mean, _ in windows), "retStd": numbers(std for _, std in windows)}


@pytest.fixture(scope="module")
def halves(scoring_data):
    rows = ticks.recorded_rows(scoring_data / ticks.CALM)
    return rows[: len(rows) // 2], rows[len(rows) // 2 :]


@pytest.fixture(scope="module")
def other_day(scoring_data):
    return ticks.recorded_rows(scoring_data / ticks.OTHER_DAY)


def test_windows_that_are_kept_share_no_return(halves):
    rows, _ = halves
    of = ticks.scorer(drift=SOME)

    kept = apart(rows, of)

    scored = [found.features for found in ticks.folded(of, rows) if isinstance(found, Output)]
    assert kept == tuple((window.ret_mean, window.ret_std) for window in scored[::RETURNS])


@given(st.lists(ticks.moved, max_size=60), st.lists(st.integers(0, 60), max_size=4))
def test_what_is_kept_does_not_depend_on_batches(moved, cuts):
    of, rows = ticks.scorer(windowSize=3, drift=SOME), ticks.rows(moved)
    state = of.start()
    for first, last in zip([0, *sorted(cuts)], [*sorted(cuts), len(rows)], strict=True):
        _, state = of.score(rows[first:last], state)

    assert state == of.score(rows, of.start())[1]


def test_no_more_are_kept_than_the_bound_and_none_if_nobody_asks():
    rows = ticks.rows(ticks.one_symbol(100.0 + number % 7 for number in range(2 * APART + 100)))

    assert len(apart(rows, ticks.scorer(windowSize=3, drift=SOME))) == APART
    assert apart(rows, ticks.scorer(windowSize=3)) == ()


def test_half_a_day_is_silent_against_the_other_half(halves):
    first, second = halves
    of = ticks.scorer(drift=reference_of(first))

    found = of.drift([of.score(second, of.start())[1]])

    assert found.keys() == {"ret_mean", "ret_std"}
    assert all(moved.ks < 1 for moved in found.values())


def test_another_day_alarms(halves, other_day):
    of = ticks.scorer(drift=reference_of(halves[0] + halves[1]))

    found = of.drift([of.score(other_day, of.start())[1]])

    assert found["ret_std"].ks > 2
    assert found["ret_std"].psi > 1


def test_partitions_are_taken_together(halves):
    first, second = halves
    of = ticks.scorer(drift=reference_of(first))
    states = [of.score(rows, of.start())[1] for rows in (second[:1000], second[1000:])]

    together = of.drift(states)

    values = [std for state in states for _, std in state.apart]
    assert together["ret_std"] == drift([float(text) for text in reference_of(first)["retStd"].split()], values)


def test_nothing_is_said_of_few_windows_or_without_a_reference(halves):
    with_reference, without = ticks.scorer(drift=reference_of(halves[0])), ticks.scorer()

    assert with_reference.drift([]) == {}
    assert with_reference.drift([with_reference.score(halves[1][:500], with_reference.start())[1]]) == {}
    assert without.drift([without.score(halves[1], without.start())[1]]) == {}


async def test_a_worker_shows_the_drift_of_what_it_has_scored(tmp_path: Path, halves, other_day) -> None:
    block = ScorerBlock(member="volatility", parameters={"drift": reference_of(halves[0])})
    (tmp_path / "scorer.json").write_bytes(ScorerFile(serving=block).encode())
    broker = twin.a_broker(partitions=1)
    for row in other_day[:3000]:
        broker.append(twin.INPUT, 0, ticks.encoded({"price": row.value.price, "timestamp": row.as_of}), b"BTC-USD")

    async with twin.running(broker, tmp_path, build=build) as worker:
        await twin.until(lambda: worker.metrics.delivered == 3000)
        shown = scrapes.samples(text(Scrape(worker.metrics, "1")).decode())

    assert shown["scorer_drift_ks", "ret_std"] > 1
    assert shown["scorer_drift_psi", "ret_std"] > 0.25
    assert ("scorer_drift_ks", "ret_mean") in shown


# The command


def test_the_command_prints_parameters_that_build(scoring_data):
    done = CliRunner().invoke(app, ["reference", str(scoring_data / ticks.CALM)])

    assert done.exit_code == 0, done.stderr
    parameters = yaml.safe_load(done.stdout)
    of = ticks.scorer(**parameters)
    assert of.parameters.reference == ticks.scorer().parameters.reference, "the defaults are those of this recording"
    rows = ticks.recorded_rows(scoring_data / ticks.CALM)
    assert of.drift([of.score(rows, of.start())[1]])["ret_std"].ks < 0.1, "four digits of each number are printed"


def test_the_command_refuses_a_recording_without_a_full_window(tmp_path):
    file = tmp_path / "ticks.jsonl"
    file.write_bytes(ticks.encoded(ticks.a_tick()))

    done = CliRunner().invoke(app, ["reference", str(file)])

    assert (done.exit_code, "expected a window of 50 ticks, found none" in done.stderr) == (2, True)
