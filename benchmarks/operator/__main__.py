"""`python -m benchmarks.operator`: the operator beside a plain kopf operator, into docs/operator-performance.md.

There is no `__init__.py` here, as in no folder of this name: a package called `operator` may shadow the standard
library's.

contestants.py  both operators as processes; plain_kopf.py is the other one
stand_ins.py    what a cluster with nodes would do: deployments.py and workers.py
kube.py         an administrator's requests; seen.py what a watcher sees, audit.py what the operator asked for
sampling.py     memory and connections.py of the operator's process
scene.py        all that a measurement works with
creation.py, steady.py, drift.py, change.py, restart.py, unrelated.py   one measurement each
run.py          one operator through all of them, on an API server of its own
aims.py, tables.py   what the page says
"""

import asyncio
import datetime as dt
import os
from collections.abc import Sequence
from importlib.metadata import version
from typing import Annotated, Final

import typer
from benchmarks import report
from benchmarks.operator import tables
from benchmarks.operator.contestants import OURS, PLAIN
from benchmarks.operator.run import Plan, Result, run, version_of
from benchmarks.process import machine
from benchmarks.workers import ROOT
from rich.console import Console

from harness import apiserver
from scoring_operator.app import RESYNC_S
from scoring_operator.reconcile import STEADY_S

PAGE: Final = ROOT / "docs" / "operator-performance.md"
FULL: Final = Plan(pipelines=500, drift_rounds=10, changes=100, steady_s=RESYNC_S[1] + 30)
"""At rest for so long that one of its complete lists falls into it."""
QUICK: Final = Plan(pipelines=50, drift_rounds=2, changes=25, steady_s=2 * STEADY_S[1])


def main(
    quick: Annotated[bool, typer.Option(help="50 pipelines and short windows, ten minutes.")] = False,
    plain: Annotated[bool, typer.Option(help="Measure the plain kopf operator as well.")] = True,
    write: Annotated[bool, typer.Option(help="Write the tables into docs/operator-performance.md.")] = True,
) -> None:
    """Measure the operator with stand-ins for everything that a cluster with nodes would do."""
    plan, console, results = QUICK if quick else FULL, Console(stderr=True), list[Result]()
    release = ""
    for contestant in (OURS, PLAIN) if plain else (OURS,):
        with apiserver.obtain("audited") as server:
            release = version_of(server)

            def told(what: str, name: str = contestant.name) -> None:
                console.print(f"{dt.datetime.now(dt.UTC):%H:%M:%S} {name}: {what}")

            results.append(asyncio.run(run(contestant, plan, server, told)))
    text = written(results, plan, release)
    print(text)
    if write:
        report.splice(PAGE, text, "operator")


def written(results: Sequence[Result], plan: Plan, release: str) -> str:
    """Return everything between the markers."""
    ours = results[0]
    parts = {
        "Aims": tables.aims_table(ours),
        "Side by side": tables.side_by_side(results),
        "What a created pipeline costs": tables.writes_table(results),
        "Drift": tables.drift_table(ours),
    }
    return "\n\n".join([setting(results, plan, release), *(f"### {title}\n\n{part}" for title, part in parts.items())])


def setting(results: Sequence[Result], plan: Plan, release: str) -> str:
    """Return when, on what and beside what it was measured."""
    today = dt.datetime.now(dt.UTC).date().isoformat()
    loads = [load for result in results for load in result.loads]
    idle = " at idle priority" if os.sched_getscheduler(0) == os.SCHED_IDLE else ""
    return (
        f"Measured on {today}: {machine()}, Kubernetes {release}, kopf {version('kopf')}, kubernetes "
        f"{version('kubernetes')}; {plan.pipelines} pipelines of one pod, one run{idle}, everything on the same "
        f"machine. Its load average was {min(loads):.1f}–{max(loads):.1f}, the run's own processes included."
    )


if __name__ == "__main__":
    typer.run(main)
