"""`python -m benchmarks.peers`: the worker beside its peers, on one broker, into docs/performance.md."""

import asyncio
import datetime as dt
import logging
from collections.abc import Iterable, Sequence
from typing import Annotated, TypeVar

import typer
from rich.console import Console
from rich.progress import Progress

from benchmarks import report
from benchmarks.backlog import Window
from benchmarks.peers import chart, tables
from benchmarks.peers.aims import aims
from benchmarks.peers.contestants import ENTRIES, Entry
from benchmarks.peers.environments import Unavailable
from benchmarks.peers.run import BACKLOGS, MEASURES, Figures, Plan, Run, Turn
from benchmarks.process import machine
from benchmarks.workers import ROOT
from harness import kafka, kafka_java

PAGE = ROOT / "docs" / "performance.md"
PICTURE = ROOT / "docs" / "peers.svg"
_SHOWN = f"![Records per CPU-second]({PICTURE.name})"
PORT = 28_392
"""Of a broker of our own, so that nobody else's load is measured."""
QUICK = Window(0.8, 2.0)

_Choice = TypeVar("_Choice", str, int)


def main(
    only: Annotated[list[str] | None, typer.Option(help="Contestants to measure; repeat it. All by default.")] = None,
    sizes: Annotated[list[int] | None, typer.Option(help="Transactions per record: 1, 10, 100; repeat it.")] = None,
    measures: Annotated[list[str] | None, typer.Option(help=f"Of {', '.join(MEASURES)}; repeat it.")] = None,
    repetitions: Annotated[int, typer.Option(min=1, help="Turns of every contestant in every measurement.")] = 3,
    quick: Annotated[bool, typer.Option(help="One turn with short windows, under ten minutes.")] = False,
    write: Annotated[bool, typer.Option(help="Write tables and chart into docs.")] = True,
) -> None:
    """Measure the worker and its peers in turns; a contestant that fails says why in its row."""
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # of topics that are new or gone, and of contestants' ends
    entries = [entry for entry in ENTRIES if entry.name in chosen(only, [entry.name for entry in ENTRIES], "--only")]
    plan = Plan(
        1 if quick else repetitions,
        QUICK if quick else Plan().window,
        chosen(sizes, BACKLOGS, "--sizes"),
        chosen(measures, MEASURES, "--measures"),
    )
    with Progress(console=Console(stderr=True)) as progress:
        ready, versions, problems = prepared(entries, progress)
        with kafka.obtain("bench-peers", PORT) as broker:
            progress.console.print(broker.source)
            figures = asyncio.run(Run(broker.bootstrap, ready, plan, progress).all())
    figures.problems |= problems
    text = written(entries, versions, figures, plan)
    print(text)
    if write:
        report.splice(PAGE, text, "peers")
        if figures.drains:
            chart.draw(entries, figures, PICTURE)


def chosen(asked: Sequence[_Choice] | None, of: Iterable[_Choice], option: str) -> tuple[_Choice, ...]:
    """Return what was asked for, in the usual order; all without a choice."""
    known = tuple(of)
    if unknown := [choice for choice in asked or () if choice not in known]:
        raise typer.BadParameter(f"expected {', '.join(map(str, known))} (got {unknown[0]})", param_hint=option)
    return tuple(choice for choice in known if not asked or choice in asked)


def prepared(
    entries: Sequence[Entry], progress: Progress
) -> tuple[list[Turn], dict[str, str], dict[tuple[str, str], str]]:
    """Make the environments; return who can take part, their versions, and why the others cannot."""
    ready: list[Turn] = []
    versions: dict[str, str] = {}
    problems: dict[tuple[str, str], str] = {}
    bar = progress.add_task("environments", total=len(entries))
    for entry in entries:
        progress.update(bar, description=f"environment of {entry.name}")
        try:
            ready.append((entry, entry.ready()))
            versions[entry.name] = entry.versions()
        except Unavailable as error:
            problems["environment", entry.name] = str(error)
        progress.advance(bar)
    progress.remove_task(bar)
    return ready, versions, problems


def written(entries: Sequence[Entry], versions: dict[str, str], figures: Figures, plan: Plan) -> str:
    """Return everything between the markers."""
    today = dt.datetime.now(dt.UTC).date().isoformat()
    setting = (
        f"Measured on {today}: {machine()}, Kafka {kafka_java.VERSION} on the same machine. Median (lowest–highest) of "
        f"{plan.repetitions} turns, contestants taking turns; {plan.window.measured_s:g} s under backlog, "
        f"{plan.window.warm_up_s:g} s after the first output."
    )
    parts = {
        "Who takes part": tables.contestants(entries, versions, figures),
        "Under backlog": f"{_SHOWN}\n\n{tables.backlogs(entries, figures)}" if figures.drains else "",
        "At a fixed rate": tables.rates(entries, figures) if figures.held else "",
        "After a signal": tables.silences(entries, figures) if figures.silences else "",
        "Exactly-once": tables.guarantees(figures) if figures.guarantee_drains else "",
        "Aims": aims(figures),
    }
    return "\n\n".join([setting, *(f"### {title}\n\n{text}" for title, text in parts.items() if text)])


if __name__ == "__main__":
    typer.run(main)
