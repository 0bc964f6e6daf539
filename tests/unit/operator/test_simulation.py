"""The simulator: what it reads, what its pods do, and what `kubectl-scoring simulate` says."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import Result
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from harness.pipelines import a_manifest
from scoring_operator.cli import app
from scoring_operator.scaling.obstacles import first
from scoring_operator.scaling.situation import Situation
from scoring_operator.simulation.plant import Model, Plant
from scoring_operator.simulation.trace import Trace, UnreadableTrace, read
from scoring_service.contract.spec import Autoscaling

STEP = "time,rate\n0,100\n600,2000\n7200,300\n18000,0\n"


def trace(text: str) -> Trace:
    return read(text.splitlines())


def test_a_trace_says_how_much_arrives_until_the_next_line() -> None:
    load = trace("rate , time,lag\n5,1000,70\n9,1010,\n0,1030,3\n")

    assert [load.rate(at) for at in (0, 9.9, 10, 29)] == [5, 5, 9, 9]
    assert (load.seconds, load.begins_with) == (30, 70)


def test_a_moment_may_be_written_as_such() -> None:
    assert trace("time,rate\n2026-03-01T12:00:00Z,1\n2026-03-01T12:01:00,2\n").seconds == 60


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "line 1: expected the columns time, rate and perhaps lag, got none"),
        ("time,speed\n0,1\n", "line 1: expected the columns time, rate and perhaps lag, got time, speed"),
        ("time,rate\n0,1\n", "expected at least two lines below the header, got 1"),
        ("time,rate\n0,1\n0,2\n", "line 3: time: expected a later one than before, got '0'"),
        ("time,rate\nnoon,1\n", "line 2: time: expected seconds or a moment, got 'noon'"),
        ("time,rate\nnan,1\n1,1\n", "line 2: time: expected seconds or a moment, got 'nan'"),
        ("time,rate\n0,-1\n", "line 2: rate: expected a number of at least 0, got '-1'"),
        ("time,rate\n0,inf\n", "line 2: rate: expected a number of at least 0, got 'inf'"),
        ("time,rate\n0\n", "line 2: rate: expected a number of at least 0, got None"),
        ("time,rate,lag\n0,1,many\n", "line 2: lag: expected a number of at least 0, got 'many'"),
        ("time,rate\n0,1\n9999999,1\n", "line 3: expected at most 1,000,000 lines and 31 days"),
    ],
)
def test_what_is_no_trace_is_named(text: str, says: str) -> None:
    with pytest.raises(UnreadableTrace) as refused:
        trace(text)

    assert str(refused.value) == says


@given(st.integers(1, 12), st.integers(1, 12), st.lists(st.tuples(st.floats(0, 2000), st.integers(1, 12)), max_size=8))
def test_pods_score_what_arrives_and_never_more_than_they_can(
    partitions: int, replicas: int, load: list[tuple[float, int]]
) -> None:
    model = Model(partitions, per_pod=100.0, start_s=20, pause_s=3)
    plant, now, arrived = Plant(model, replicas), 0.0, 0.0

    for rate, pods in load:
        before, members = sum(plant.positions), plant.members(now)
        plant.step(now, rate, 5.0)
        arrived += rate * 5.0
        assert sum(plant.ends) == pytest.approx(arrived)
        assert sum(plant.positions) - before <= members * 100.0 * 5.0 + 1e-6
        assert -1e-6 <= plant.lag <= arrived + 1e-6
        plant.scale(pods, now)
        now += 5.0
    plant.step(now, 0.0, 5.0)
    assert sum(len(r.status.lanes) for r in plant.reports(now) if r.status) == partitions


def test_a_new_pod_takes_part_after_its_start_and_a_pause() -> None:
    plant = Plant(Model(6, per_pod=100.0, start_s=20, pause_s=3), replicas=2)

    def seen(now: float) -> str:
        obstacle = first(Situation(Autoscaling(), 3, 6, plant.reports(now)))
        return "" if obstacle is None else obstacle[0].value

    plant.scale(3, now=0.0)
    said = []
    for second in range(60):
        plant.step(float(second), 150.0, 1.0)
        said.append((second + 1, plant.members(second + 1.0), seen(second + 1.0)))

    assert [members for _, members, _ in said] == [2] * 19 + [3] * 41
    assert said[18][2] == "PodsNotReady"
    assert said[-1] == (60, 3, "")


def simulate(tmp_path: Path, *options: str, text: str = STEP, **parts: Any) -> Result:
    path, manifest = tmp_path / "load.csv", tmp_path / "pipeline.yaml"
    path.write_text(text)
    manifest.write_text(yaml.safe_dump(a_manifest(**parts)))
    command = ["simulate", str(path), "--partitions", "12", "--capacity", "400"]
    with_manifest = ["--pipeline", str(manifest)] if parts else []
    return CliRunner().invoke(app, [*command, *with_manifest, *options])


def test_the_table_has_a_line_for_each_change_and_the_figures_below(tmp_path: Path) -> None:
    said = simulate(tmp_path)

    assert said.exit_code == 0
    lines = said.output.splitlines()
    assert lines[0].split() == ["TIME", "REPLICAS", "RATE", "LAG", "DRAIN", "REASON"]
    assert [line.split()[1:4] for line in lines[1:3]] == [["1", "→", "12"], ["12", "→", "1"]]
    assert lines[4] == "5:00:00 simulated, 2 changes, at most 1 within an hour"


def test_programs_get_the_same_as_json(tmp_path: Path) -> None:
    said = json.loads(simulate(tmp_path, "-o", "json").output)

    assert [(change["from"], change["to"], change["reason"]) for change in said["changes"]] == [
        (1, 12, "DrainTimeAboveTarget"),
        (12, 1, "FewerPodsSuffice"),
    ]
    assert said["replicas"] == {"least": 1, "most": 12}
    assert said["podHoursAtMost"] == pytest.approx(12 * 5)
    assert said["podHours"] < 40


def test_a_manifest_says_what_to_keep_and_what_to_begin_with(tmp_path: Path) -> None:
    asked = {"mode": "Disabled", "minReplicas": 2, "maxReplicas": 6, "scaleDownDelay": "10m"}

    said = json.loads(simulate(tmp_path, "-o", "json", replicas=3, autoscaling=asked).output)

    assert [(change["from"], change["to"]) for change in said["changes"]] == [(3, 6), (6, 2)]
    assert said["changes"][-1]["at"] == pytest.approx(7200 + 60 + 600, abs=30)


def test_a_backlog_of_the_first_line_waits_at_the_beginning(tmp_path: Path) -> None:
    said = json.loads(simulate(tmp_path, "-o", "json", text="time,rate,lag\n0,100,5000\n600,100,0\n").output)

    assert said["lagAtMost"] == 5000


@pytest.mark.parametrize(("name", "begins"), [("plot.svg", b"<?xml"), ("plot.png", b"\x89PNG")])
def test_a_plot_is_drawn_the_same_each_time(tmp_path: Path, name: str, begins: bytes) -> None:
    drawn = []
    for _ in range(2):
        assert simulate(tmp_path, "--plot", str(tmp_path / name)).exit_code == 0
        drawn.append((tmp_path / name).read_bytes())

    assert drawn[0] == drawn[1]
    assert drawn[0].startswith(begins)


@pytest.mark.parametrize(
    ("options", "text", "says"),
    [
        (("--plot", "plot.pdf"), STEP, "--plot: expected a file that ends with .png or .svg, got plot.pdf"),
        (("--start", "soon"), STEP, "--start: expected a duration such as 50ms, 20s, 1m or 1h, got 'soon'"),
        (("--pipeline", "none.yaml"), STEP, "none.yaml: cannot read it: No such file or directory"),
        ((), "time\n", "load.csv: line 1: expected the columns time, rate and perhaps lag, got time"),
        ((), "\0", "load.csv: line"),
        (("--plot", "/nowhere/plot.svg"), STEP, "/nowhere/plot.svg: No such file or directory"),
    ],
)
def test_what_cannot_be_simulated_ends_with_2_and_one_line(
    tmp_path: Path, options: tuple[str, ...], text: str, says: str
) -> None:
    said = simulate(tmp_path, *options, text=text)

    assert said.exit_code == 2
    assert says in said.output.splitlines()[-1]


def test_a_manifest_that_is_refused_is_named_with_its_field(tmp_path: Path) -> None:
    said = simulate(tmp_path, autoscaling={"minReplicas": 7, "maxReplicas": 6})

    assert said.exit_code == 2
    assert "spec.autoscaling: write a minReplicas of at most maxReplicas" in said.output
