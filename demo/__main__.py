"""`python -m demo`: the whole product in half a minute, on whatever this machine has.

Exit codes: 0 nothing was lost and the changed weight went live; 1 otherwise.
"""

import asyncio
import contextlib
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from demo.act import TooSlow, perform
from demo.kafka import KafkaStream
from demo.ledger import Outcome
from demo.show import audience
from demo.stream import Stream
from harness import kafka
from harness.state import Missing


def main() -> int:
    """Perform, print the summary, return the exit code."""
    began = time.monotonic()
    with obtained() as stream, tempfile.TemporaryDirectory(prefix="scoring-demo-") as folder:
        print(f"stream: {stream.source}", flush=True)
        try:
            with audience() as watching:
                outcome = asyncio.run(perform(stream, Path(folder), watching))
        except TooSlow as slow:
            print(f"failed: {slow}\n{_end_of_logs(Path(folder))}")
            return 1
    print("\n".join(summary(outcome, time.monotonic() - began)))
    return 0 if outcome.is_good else 1


@contextlib.contextmanager
def obtained() -> Iterator[Stream]:
    """Yield a real Kafka if one can be had, else the in-process stream."""
    with contextlib.ExitStack() as held:
        try:
            print("getting a Kafka…", flush=True)
            stream: Stream = KafkaStream(held.enter_context(kafka.obtain()))
        except Missing as why:
            from demo.memory import MemoryStream

            stream = MemoryStream(str(why))
        yield stream


def summary(outcome: Outcome, took_s: float) -> list[str]:
    """Return what there is to tell."""
    ledger = outcome.ledger
    reasons = ", ".join(f"{reason} {count}" for reason, count in ledger.failures.most_common())
    return [
        "",
        f"records in   {len(ledger.sent):,}",
        f"scores       {ledger.scores:,}",
        f"failures     {ledger.failures.total():,} ({reasons})",
        f"revision     {outcome.before} ({ledger.revisions[outcome.before]:,} outputs)"
        f" → {outcome.after} ({ledger.revisions[outcome.after]:,} outputs)",
        f"weight live  {outcome.live_after_s:.1f} s on every worker, first score after {outcome.first_after_s:.1f} s",
        f"lost         {ledger.lost}, duplicates {ledger.duplicates}, of unknown source {ledger.foreign}",
        f"took         {took_s:.0f} s",
        "all is well" if outcome.is_good else "NOT all is well",
    ]


def _end_of_logs(folder: Path) -> str:
    logs = sorted((folder / "logs").glob("*.log"))
    return "\n".join(f"{log.name}: {log.read_text(errors='replace')[-500:]}" for log in logs)


if __name__ == "__main__":
    sys.exit(main())
