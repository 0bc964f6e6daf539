"""What the peers' tables say follows from the runs, and nothing of a page is lost when they are written."""

import pytest
from benchmarks import report
from benchmarks.backlog import Drain
from benchmarks.peers import chart, tables
from benchmarks.peers.aims import aims
from benchmarks.peers.contestants import ENTRIES, Entry
from benchmarks.peers.faults import Silence
from benchmarks.peers.flow import Flow
from benchmarks.peers.run import Figures


def entry(name: str) -> Entry:
    return next(entry for entry in ENTRIES if entry.name == name)


def drained(name: str, per_cpu_s: float) -> Drain:
    return Drain(name, per_cpu_s, per_cpu_s / 2, 100.0)


def figures_of(**per_cpu_s: float) -> Figures:
    figures = Figures(labels={10: "5 KB"})
    for name, value in per_cpu_s.items():
        figures.drains[10, name] = [drained(name, value)]
    return figures


def test_a_table_is_written_between_its_own_markers(tmp_path):
    page = tmp_path / "page.md"
    page.write_text("a\n<!-- BEGIN one -->\nold\n<!-- END one -->\nb\n<!-- BEGIN two -->\nkept\n<!-- END two -->\nc\n")

    report.splice(page, "new", "one")

    assert page.read_text() == (
        "a\n<!-- BEGIN one -->\nnew\n<!-- END one -->\nb\n<!-- BEGIN two -->\nkept\n<!-- END two -->\nc\n"
    )


def test_a_page_without_the_markers_is_left_alone(tmp_path):
    page = tmp_path / "page.md"
    page.write_text("prose")

    with pytest.raises(ValueError, match="BEGIN peers"):
        report.splice(page, "new", "peers")

    assert page.read_text() == "prose"


def test_a_contestant_that_failed_says_why_in_its_row():
    figures = Figures(problems={("backlog", "faust"): "faust ended with 1: no | broker"})

    table = tables.contestants([entry("faust")], {}, figures)

    assert "**failed** (backlog): faust ended with 1: no / broker" in table


def test_being_behind_a_peer_is_an_aim_that_is_not_reached():
    table = aims(figures_of(scorer=20_000, quix=25_000))

    assert "| ahead of quix at 5 KB | 0.80 times | **no** |" in table


def test_silence_that_outlasted_the_run_says_so():
    figures = Figures()
    figures.silences["SIGKILL", "naive"] = [Silence("naive", "SIGKILL", 26.0, 12, 0, survivor_ended=True)]

    table = tables.silences([entry("naive")], figures)

    assert "26.0 s; until the run's end; the other ended too" in table


def test_equal_figures_make_equal_pictures(tmp_path):
    figures = figures_of(scorer=20_000, quix=25_000)

    for name in ("one.svg", "two.svg"):
        chart.draw([entry("scorer"), entry("quix")], figures, tmp_path / name)

    assert (tmp_path / "one.svg").read_bytes() == (tmp_path / "two.svg").read_bytes()


def test_keys_take_turns_through_the_partitions():
    flow = Flow("", "topic", [], {}, partitions=3)

    assert [flow.partition(b"%012d" % number) for number in range(4)] == [0, 1, 2, 0]


def test_every_contestant_has_a_name_of_its_own():
    names = [entry.name for entry in ENTRIES]

    assert len(set(names)) == len(names)
