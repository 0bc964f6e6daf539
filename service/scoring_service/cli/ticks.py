"""Recordings that a command learns from: ticks of one symbol."""

from pathlib import Path

from scoring_service.cli.lines import opened
from scoring_service.cli.manifest import refuse
from scoring_service.replay.recording import recorded
from scoring_service.scorers.base import Rejection
from scoring_service.scorers.volatility.decoding import decoded
from scoring_service.scorers.volatility.input import Tick


def ticks_of(file: Path) -> list[Tick]:
    """Return the ticks of a recording that say their moments; ends the process if they are of several symbols.

    Raises:
        NoTicks: The heading does not have the columns of ticks.
    """
    with opened(file) as lines:
        found = [decoded(record.value) for record in recorded(lines, is_csv=".csv" in file.suffixes)]
    ticks = [tick for tick in found if not isinstance(tick, Rejection) and tick.timestamp is not None]
    symbols = sorted({tick.symbol for tick in ticks})
    if len(symbols) > 1:
        refuse(f"{file}: expected ticks of one symbol, got {', '.join(symbols[:3])}")
    return ticks
