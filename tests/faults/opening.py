"""How trials about topics and groups open, and what they ask of lanes and outputs.

Some records are scored and committed, by a worker that has gone by then (`scored_once`) or stays (`at_work`).
"""

import hashlib
import itertools
from collections import Counter
from collections.abc import Callable
from typing import Final

from faults import collecting, sowing
from faults.crew import Worker
from faults.extent import SEED
from faults.ledger import SOURCE, Evidence
from faults.sowing import Sown
from faults.trial import Trial
from scoring_service.contract.worker_status import WorkerStatus

PARTITIONS: Final = 3
FIRST: Final = 600
"""Records that are scored before anything happens."""
MORE: Final = 300
"""Records that wait when it has happened."""


def field(first: int, count: int) -> list[Sown]:
    """Return records `first` and following of the one field of these trials."""
    return list(itertools.islice(sowing.toys(SEED, first + count), first, None))


async def scored_once(t: Trial) -> dict[int, int]:
    """Have a worker score the first records and stop; return where it has stopped. The operator has seen it commit."""
    await t.feed(field(0, FIRST))
    await t.start("a")
    await t.finish()
    await t.judge(is_calm=True)
    t.has_started = True
    _, ends = await collecting.bounds(t.bootstrap, t.topic)
    return ends


async def at_work(t: Trial) -> Worker:
    """Return a worker that has scored and committed the first records, and knows from the operator that it has."""
    await t.feed(field(0, FIRST))
    worker = await t.start("a")
    await t.committed(lambda known: sum(max(0, offset) for offset in known.values()) >= FIRST, within_s=60)
    t.has_started = True
    worker.swap(t.live())
    digest = hashlib.sha256(t.live().encode()).hexdigest()
    await worker.until(lambda status: digest in status.config_digest)
    return worker


def all_are(*reasons: str) -> Callable[[WorkerStatus], bool]:
    """Return a condition: every lane is held for one of these reasons."""
    return lambda status: len(status.lanes) == PARTITIONS and all(lane.reason in reasons for lane in status.lanes)


def all_are_through(status: WorkerStatus) -> bool:
    """Return whether every lane has delivered all that there is."""
    return len(status.lanes) == PARTITIONS and all(lane.lag == 0 for lane in status.lanes)


def outputs(evidence: Evidence) -> Counter[str]:
    """Return how often each input has come out."""
    return Counter(read.header(SOURCE) for read in (*evidence.successes, *evidence.failures))
