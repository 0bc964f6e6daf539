"""What a plan has found, for a terminal: tables, and the distributions as bars."""

from collections.abc import Iterator
from itertools import pairwise
from typing import Final

from rich.bar import Bar
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from scoring_service.planning.findings import Findings, Mover, Side

BAR_WIDTH: Final = 24
REASONS_SHOWN: Final = 3
NOTHING: Final = "–"
MEANS: Final = ("mean", "lowest tenth up to", "median", "highest tenth from")


def view(findings: Findings) -> RenderableType:
    """Return all of it, one table after the other."""
    tables = [summary(findings), distribution(findings)]
    if findings.movers:
        tables.append(movers(findings))
    return Group(*tables)


def summary(findings: Findings) -> Table:
    """Return what there was before and is after."""
    shown = Table("", "BEFORE", "AFTER", title=f"{findings.records:,} records", title_justify="left", box=None)
    for column in shown.columns[1:]:
        column.justify = "right"
    shown.add_row("revision", findings.before.revision, findings.after.revision)
    for row in sides(findings):
        shown.add_row(*row)
    for name, fact in facts(findings):
        shown.add_row(name, "", fact)
    return shown


def sides(findings: Findings) -> Iterator[tuple[str, str, str]]:
    """Yield what is said of each side, by name."""
    before, after = findings.before, findings.after
    yield "scored", f"{before.scored:,}", f"{after.scored:,}"
    for reason in sorted({**before.refused, **after.refused}):
        yield f"refused: {reason}", f"{before.refused.get(reason, 0):,}", f"{after.refused.get(reason, 0):,}"
    for name, old, new in zip(MEANS, _means(before), _means(after), strict=True):
        yield name, number(old), number(new)


def facts(findings: Findings) -> Iterator[tuple[str, str]]:
    """Yield what is said of both sides together, by name."""
    yield "scored by both", f"{findings.compared:,}"
    yield "moved", f"{findings.moved:,} ({_share(findings.moved, findings.compared)})"
    if findings.gained or findings.lost:
        yield "gain a score, lose it", f"{findings.gained:,}, {findings.lost:,}"
    yield "mean change", number(findings.mean_delta, sign="+")
    yield "mean movement", number(findings.mean_movement)
    yield "largest movement", number(findings.largest_movement)
    yield "rank correlation", NOTHING if findings.rank_correlation is None else f"{findings.rank_correlation:.4f}"
    if crossing := findings.crossing:
        yield f"cross {crossing.threshold:g}", f"{crossing.up:,} up, {crossing.down:,} down ({crossing.share:.1%})"


def distribution(findings: Findings) -> Table:
    """Return a row for each bin, with a bar for each side on one scale."""
    before, after = findings.before.counts, findings.after.counts
    most = max([1, *before, *after])
    shown = Table("SCORE", "BEFORE", "", "AFTER", "", box=None, title="distribution", title_justify="left")
    for place in (0, 1, 3):
        shown.columns[place].justify = "right"
    for (low, high), old, new in zip(pairwise(findings.edges), before, after, strict=True):
        bars = [Bar(most, 0, count, width=BAR_WIDTH) for count in (old, new)]
        shown.add_row(f"{low:g} to {high:g}", f"{old:,}", bars[0], f"{new:,}", bars[1])
    return shown


def movers(findings: Findings) -> Table:
    """Return those that move most, each with the features that move it."""
    shown = Table("MOVES MOST", "BEFORE", "AFTER", "CHANGE", "BECAUSE OF", box=None)
    for column in shown.columns:
        column.overflow = "fold"
    for column in shown.columns[1:4]:
        column.justify, column.no_wrap = "right", True
    for mover in findings.movers:
        cells = (
            mover.entity,
            number(mover.before),
            number(mover.after),
            number(mover.delta, sign="+"),
            because(mover),
        )
        shown.add_row(*map(Text, cells))  # as text: an entity may look like markup
    return shown


def because(mover: Mover) -> str:
    """Return the features that move it most, one to a line, and by how much."""
    changed = [reason for reason in mover.reasons if reason.before != reason.after][:REASONS_SHOWN]
    return "\n".join(f"{each.after - each.before:+,.1f} {each.feature}" for each in changed)


def number(value: float | None, sign: str = "") -> str:
    """Return a score or a difference of scores with two digits; a dash for none."""
    return NOTHING if value is None else f"{value:{sign},.2f}"


def _means(side: Side) -> tuple[float | None, ...]:
    if not side.deciles:
        return (None,) * 4
    return (side.mean, side.deciles[0], side.deciles[4], side.deciles[8])


def _share(part: int, of: int) -> str:
    return f"{part / of:.1%}" if of else NOTHING
