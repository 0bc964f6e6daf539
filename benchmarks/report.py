"""The tables of docs/performance.md, written between two markers so that the prose around them stays."""

import statistics
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from benchmarks.backlog import Drain
from benchmarks.steady import Steady


def spread(values: Iterable[float], digits: Callable[[float], str]) -> str:
    """Return `median (min–max)`."""
    found = sorted(values)
    middle = digits(statistics.median(found))
    return middle if len(found) == 1 else f"{middle} ({digits(found[0])}–{digits(found[-1])})"


def thousands(value: float) -> str:
    """Return a rate as people read it: `31.6k`, `940`."""
    return f"{value / 1000:.1f}k" if value >= 1000 else f"{value:.0f}"


def backlog_table(runs: dict[str, list[Drain]], sizes: Sequence[str]) -> str:
    """Return one row per message size: both contestants and their ratio."""
    rows = [
        "| record | scorer, per CPU-second | naive, per CPU-second | ratio | scorer, wall clock | scorer, peak RSS |",
        "|---|---|---|---|---|---|",
    ]
    for size in sizes:
        ours = [run for run in runs[size] if run.contestant == "scorer"]
        naive = [run for run in runs[size] if run.contestant == "naive"]
        rows.append(
            f"| {size} | {spread((run.per_cpu_s for run in ours), thousands)} "
            f"| {spread((run.per_cpu_s for run in naive), thousands)} "
            f"| {ratio(ours, naive):.1f}x "
            f"| {spread((run.per_wall_s for run in ours), thousands)}/s "
            f"| {max(run.peak_rss_mb for run in ours):.0f} MiB |"
        )
    return "\n".join(rows)


def ratio(ours: Sequence[Drain], naive: Sequence[Drain]) -> float:
    """Return how many times more records per CPU-second, by medians."""
    return statistics.median(run.per_cpu_s for run in ours) / statistics.median(run.per_cpu_s for run in naive)


def steady_table(runs: Sequence[Steady]) -> str:
    """Return one row for all runs at one rate."""
    rate = runs[0].rate
    return "\n".join(
        [
            "| rate | cores of the worker | latency p50 | latency p99 | records without an answer | peak RSS |",
            "|---|---|---|---|---|---|",
            f"| {rate:,}/s | {spread((run.cores for run in runs), lambda v: f'{v:.2f}')} "
            f"| {spread((run.p50_ms for run in runs), lambda v: f'{v:.0f}')} ms "
            f"| {spread((run.p99_ms for run in runs), lambda v: f'{v:.0f}')} ms "
            f"| {sum(run.missing for run in runs)} | {max(run.peak_rss_mb for run in runs):.0f} MiB |",
        ]
    )


def splice(page: Path, figures: str, name: str = "figures") -> None:
    """Replace what stands between the markers of that name in a page.

    Raises:
        ValueError: The page has no such markers.
    """
    begin, end = f"<!-- BEGIN {name} -->", f"<!-- END {name} -->"
    before, found, rest = page.read_text().partition(begin)
    _, closed, after = rest.partition(end)
    if not (found and closed):
        raise ValueError(f"{page}: expected {begin} … {end}")
    page.write_text(f"{before}{begin}\n{figures}\n{end}{after}")
