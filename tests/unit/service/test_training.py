"""Training on recordings: nothing of later rows teaches, figures are what another program finds, files repeat."""

import json
import math
import random
from itertools import pairwise

import numpy as np
import onnx
import onnxruntime
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score
from typer.testing import CliRunner

from harness import ticks
from scoring_service.cli import app
from scoring_service.scorers.volatility import VolatilityParameters
from scoring_service.scorers.volatility.input import Tick
from scoring_service.training.judging import average_precision
from scoring_service.training.rows import NoRows, rows
from scoring_service.training.split import by_time
from scoring_service.training.volatility import INPUT, OUTPUT, Untaught, trained

PARAMETERS = VolatilityParameters(window_size=10)


def made_up(seconds=900, seed=5):
    """Return ticks of a walk whose steps grow and shrink, several a second, some at the same moment."""
    chance, price, at, found = random.Random(seed), 100.0, ticks.BEGAN, []
    while at < ticks.BEGAN + seconds:
        calm = 1e-5 * (2 + math.sin((at - ticks.BEGAN) / 60))
        price *= 1 + chance.gauss(0, calm)
        found.append(Tick(price, "BTC-USD", at))
        at += chance.choice([0, 0.1, 0.4, 0.9])
    return found


@pytest.fixture(scope="module")
def recording(scoring_data):
    return [row.value for row in ticks.recorded_rows(scoring_data / ticks.CALM)]


# Rows


def test_what_comes_after_a_window_is_the_deviation_of_the_next_minutes_returns():
    given_ticks = made_up(300)

    found = rows(given_ticks, PARAMETERS)

    last = given_ticks[-1].timestamp
    ends = [i for i, tick in enumerate(given_ticks) if i >= 9 and tick.timestamp + 60 <= last]
    assert list(found.at) == [given_ticks[i].timestamp for i in ends]
    for row, i in enumerate(ends):
        later = [tick.price for tick in given_ticks[i:] if tick.timestamp <= given_ticks[i].timestamp + 60]
        returns = [after / before - 1 for before, after in pairwise(later)]
        assert found.future[row] == pytest.approx(np.std(returns), rel=1e-6)


def test_features_are_those_that_the_scorer_gives_its_ticks():
    given_ticks = made_up(200)
    of = ticks.scorer(windowSize=10)
    scored = {
        out.as_of: out.features
        for out in ticks.folded(of, [ticks.row(t) for t in given_ticks])
        if hasattr(out, "score")
    }

    found = rows(given_ticks, PARAMETERS)

    last_of_moment = [i for i in range(len(found.at)) if i + 1 == len(found.at) or found.at[i + 1] != found.at[i]]
    for i in last_of_moment:
        features = scored[found.at[i]]
        assert tuple(found.features[i]) == (features.ret_mean, features.ret_std, features.n)


def test_no_row_looks_across_a_long_pause():
    first = made_up(200)
    second = [Tick(tick.price * 2, tick.symbol, tick.timestamp + 1000) for tick in made_up(200, seed=6)]

    found = rows(first + second, PARAMETERS)

    apart = [rows(part, PARAMETERS) for part in (first, second)]
    assert np.array_equal(found.future, np.concatenate([part.future for part in apart]))
    assert found.future.max() < 1e-3


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 400))
def test_features_and_naive_predictors_know_nothing_of_what_comes_later(cut):
    """Other prices from a moment on leave every row before it alone, but for its future."""
    given_ticks = made_up(300)
    moment = ticks.BEGAN + cut / 2
    other = [Tick(t.price * (1 if t.timestamp < moment else 1.5), t.symbol, t.timestamp) for t in given_ticks]

    one, two = rows(given_ticks, PARAMETERS), rows(other, PARAMETERS)

    before = one.at < moment
    assert np.array_equal(one.features[before], two.features[before])
    for name in one.naive:
        assert np.array_equal(one.naive[name][before], two.naive[name][before]), name


def test_a_recording_that_is_too_short_is_refused():
    with pytest.raises(NoRows, match="expected windows of 10 ticks with 60 s after them, found none"):
        rows(made_up(50), PARAMETERS)


# Split


@given(st.floats(0.1, 0.9))
@settings(max_examples=8, deadline=None)
def test_no_price_is_seen_by_a_row_that_teaches_and_one_that_judges(share):
    found = rows(made_up(600), PARAMETERS)

    split = by_time(found, share)

    assert split.learns.any()
    if split.judges.any():
        assert found.at[split.learns].max() + 60 < found.began[split.judges].min()
    assert not (split.learns & split.judges).any()


def test_nothing_of_the_later_part_teaches_not_even_what_an_event_is():
    given_ticks = made_up()
    found = rows(given_ticks, PARAMETERS)
    taught_until = found.at[by_time(found).learns].max() + 60
    wild = random.Random(1)
    other = [
        tick if tick.timestamp <= taught_until else Tick(tick.price * wild.uniform(0.5, 2), tick.symbol, tick.timestamp)
        for tick in given_ticks
    ]

    one, two = trained(given_ticks, PARAMETERS), trained(other, PARAMETERS)

    assert one.judged.tau == two.judged.tau
    assert graph(one.content) == graph(two.content)
    assert one.judged.model != two.judged.model


def graph(content):
    return onnx.load_from_string(content).graph.SerializeToString(deterministic=True)


# Judging


@given(st.lists(st.tuples(st.integers(0, 5), st.booleans()), min_size=1, max_size=40))
def test_average_precision_is_that_of_scikit_learn_ties_included(pairs):
    scores, events = np.array([float(score) for score, _ in pairs]), np.array([event for _, event in pairs])

    if events.any():
        assert average_precision(scores, events) == pytest.approx(average_precision_score(events, scores))
    else:
        assert math.isnan(average_precision(scores, events))


# The file


def scores(content, features):
    session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
    return session.run([OUTPUT], {INPUT: np.array(features, dtype=np.float32)})[0][:, 1]


def test_the_same_recording_gives_the_same_file():
    assert trained(made_up(), PARAMETERS).content == trained(made_up(), PARAMETERS).content


def test_the_file_says_what_the_figures_are_of():
    """Its own scores of the judging rows have the precision that the report says."""
    given_ticks = made_up()
    found = rows(given_ticks, PARAMETERS)
    split, made = by_time(found), trained(given_ticks, PARAMETERS)

    events = found.future[split.judges] >= made.judged.tau

    assert average_precision_score(events, scores(made.content, found.features[split.judges])) == pytest.approx(
        made.judged.model, abs=1e-3
    )
    assert events.mean() == made.judged.judging_events


def test_scores_are_probabilities():
    found = scores(trained(made_up(), PARAMETERS).content, [(0, 1e-8, 9), (0, 1e-5, 9), (0, 1, 9), (-1, 1e3, 9)])

    assert ((found >= 0) & (found <= 1)).all()


def test_a_file_says_what_it_is_of_and_what_it_was_taught():
    made = trained(made_up(), PARAMETERS)

    notes = {note.key: note.value for note in onnx.load_from_string(made.content).metadata_props}

    reference = json.loads(notes["reference"])
    assert (notes["scorer"], notes["windowSize"]) == ("volatility", "10")
    assert json.loads(notes["judged"])["tau"] == made.judged.tau
    assert len(reference["ret_std"]) == len(reference["ret_mean"]) == math.ceil(made.judged.teaching_rows / 9)


def test_a_recording_that_never_moves_teaches_nothing():
    still = [Tick(100.0, "BTC-USD", ticks.BEGAN + second) for second in range(600)]

    with pytest.raises(Untaught, match="two kinds"):
        trained(still, PARAMETERS)


# The recorded day, and the command


def test_the_recorded_day_has_the_documented_figures(recording):
    judged = trained(recording, VolatilityParameters()).judged

    assert (judged.teaching_rows, judged.judging_rows) == (2589, 1026)
    assert judged.tau == pytest.approx(3.27e-5, rel=0.005)
    assert judged.judging_events == pytest.approx(0.674, abs=0.001)
    assert judged.model == pytest.approx(0.828, abs=0.001)
    assert {name: round(value, 3) for name, value in judged.naive.items()} == {
        "ret_std of the window": 0.818,
        "std of the last 30 s": 0.927,
        "std of the last 60 s": 0.879,
        "EWMA 0.94": 0.928,
        "EWMA 0.97": 0.925,
        "mean z-score": 0.678,
    }


def command(*arguments):
    return CliRunner().invoke(app, ["train", "volatility", *map(str, arguments)])


def test_the_command_writes_the_model_and_says_how_naive_predictors_do(tmp_path):
    file = tmp_path / "ticks.jsonl"
    file.write_bytes(b"\n".join(ticks.encoded({"price": t.price, "timestamp": t.timestamp}) for t in made_up()))

    done = command(file, "--output", tmp_path / "model.onnx", "--report", tmp_path / "r.json", "--window-size", 10)

    assert done.exit_code == 0, done.stderr
    made = trained(made_up(), PARAMETERS)
    assert (tmp_path / "model.onnx").read_bytes() == made.content
    assert json.loads((tmp_path / "r.json").read_bytes())["model"] == made.judged.model
    for words in ("this model", "EWMA 0.94", "knowing nothing", made.sha256):
        assert words in done.stdout


def test_a_recording_of_two_symbols_is_refused(tmp_path):
    file = tmp_path / "ticks.jsonl"
    file.write_bytes(b"\n".join(ticks.encoded(ticks.a_tick(symbol=name)) for name in ("A", "B")))

    done = command(file, "--output", tmp_path / "model.onnx")

    assert (done.exit_code, "expected ticks of one symbol, got A, B" in done.stderr) == (2, True)
    assert not (tmp_path / "model.onnx").exists()


def test_a_file_without_enough_ticks_is_refused(tmp_path):
    file = tmp_path / "ticks.csv"
    file.write_text("timestamp,price\n1,2\n")

    done = command(file, "--output", tmp_path / "model.onnx")

    assert done.exit_code == 2
    assert "found none" in done.stderr
