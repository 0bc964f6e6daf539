"""`python -m benchmarks.scorers`: what a record costs with each sample; writes docs/scorers/README.md.

Each sample is measured by `scorer bench`, in a process of its own, on real records where there are any, else on the
inputs of its golden cases.
"""

import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from tools import tables
from tools.generated import ROOT
from tools.plan_page import data

from benchmarks.process import machine
from benchmarks.report import splice

PAGE: Final = ROOT / "docs/scorers/README.md"
REAL: Final = {"wallet-reputation": "dex_wallet_messages.jsonl"}
"""By sample: the file of real records in the format that it reads."""
COLUMNS: Final = ("sample", "scorer", "records per second", "µs per record", "bytes per record", "records")


def main() -> None:
    """Measure every sample, and write the table."""
    samples = sorted((ROOT / "manifests").glob("*.yaml"))
    rows = [_row(sample, _measured(sample)) for sample in samples]
    told = f"Measured on {datetime.now(UTC):%Y-%m-%d}: {machine()}; one core, no brokers."
    splice(PAGE, f"{told}\n\n{tables.rows(COLUMNS, rows)}", "costs")


def _measured(sample: Path) -> dict[str, Any]:
    files = [str(data() / REAL[sample.stem])] if sample.stem in REAL else []
    command = [sys.executable, "-m", "scoring_service.cli", "bench", str(sample), *files, "-o", "json"]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def _row(sample: Path, cost: dict[str, Any]) -> tuple[str, ...]:
    records = f"`{REAL[sample.stem]}`" if sample.stem in REAL else "its golden cases"
    became = ", ".join(f"{count} {name}" for name, count in sorted(cost["outcomes"].items()))
    rate, each, size = (cost[name] for name in ("records_per_second", "microseconds_per_record", "bytes_per_record"))
    return sample.stem, cost["scorer"], f"{rate:,.0f}", f"{each:.1f}", f"{size:.0f}", f"{records}: {became}"


if __name__ == "__main__":
    main()
