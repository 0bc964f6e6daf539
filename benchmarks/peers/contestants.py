"""Who takes part, and with which settings: the tables say both.

All have six partitions to read, 500 records to a batch where they have batches, acks=all, an idempotent producer,
read_committed, a heartbeat each second where it can be set, and the malloc settings of the service image.
"""

from dataclasses import dataclass, replace
from importlib.metadata import version
from typing import Final

import msgspec

from benchmarks.peers import environments
from benchmarks.peers.environments import Unavailable
from benchmarks.workers import NAIVE, SCORER, Contestant, startup


@dataclass(frozen=True)
class Entry:
    """A contestant as the tables present it."""

    contestant: Contestant
    title: str
    settings: str
    lacks: str = "–"
    """What of our worker's output or promise it cannot carry."""
    environment: str = ""
    """A table of `environments.toml`; without one it lives in the project's own."""
    in_rate: bool = True
    in_faults: bool = True
    is_cluster: bool = False
    """Whether its processes know each other's addresses, and end together."""

    @property
    def name(self) -> str:
        """What `--only` takes."""
        return self.contestant.name

    def ready(self) -> Contestant:
        """Return the contestant with its environment made.

        Raises:
            Unavailable: It cannot take part here; the text is one line.
        """
        if self.contestant.is_ours and not _knows(self.contestant):
            raise Unavailable(f"this version of the worker does not know {self.contestant.guarantee}")
        if not self.environment:
            return self.contestant
        python = environments.interpreter(self.environment)
        if self.environment == "crc":
            environments.check(python, "benchmarks.peers.crc")
        return replace(self.contestant, python=python)

    def versions(self) -> str:
        """Return the versions of what makes the contestant what it is."""
        return environments.versions(self.environment) if self.environment else f"aiokafka {version('aiokafka')}"


def _knows(contestant: Contestant) -> bool:
    configuration = startup("", "", "", contestant.delivery())
    try:
        configuration.decode(configuration.encode())
    except msgspec.ValidationError:
        return False
    return True


def _peer(name: str, program: str, guarantee: str = "AtLeastOnce") -> Contestant:
    return Contestant(name, f"benchmarks.peers.programs.{program}", guarantee=guarantee)


_EXACTLY_ONCE: Final = "ExactlyOnce"
_OURS: Final = "defaults; a commit every 500 ms"
_OURS_EXACTLY: Final = "defaults; a producer per partition, a transaction every 100 ms"
_CRC: Final = "; aiokafka built with the hardware's CRC-32C"

ENTRIES: Final = (
    Entry(SCORER, "scorer", _OURS),
    Entry(_peer("scorer-default-malloc", "default_malloc"), "scorer, default malloc", f"{_OURS}; no malloc settings",
          in_rate=False, in_faults=False),
    Entry(replace(SCORER, name="scorer-crc"), "scorer, hardware CRC", _OURS + _CRC, environment="crc",
          in_faults=False),
    Entry(replace(SCORER, name="scorer-exactly", guarantee=_EXACTLY_ONCE), "scorer, exactly-once", _OURS_EXACTLY),
    Entry(replace(SCORER, name="scorer-exactly-crc", guarantee=_EXACTLY_ONCE), "scorer, exactly-once, hardware CRC",
          _OURS_EXACTLY + _CRC, environment="crc", in_rate=False, in_faults=False),
    Entry(_peer("confluent", "confluent"), "confluent-kafka by hand",
          "consume(500, 30 ms), flush, commit; fetch.queue.backoff.ms=10",
          "–", "confluent"),
    Entry(_peer("quix", "quix"), "Quix Streams",
          "one record at a time; commit every 5 s (its default); fetch.queue.backoff.ms=10",
          "batches", "quix"),
    Entry(_peer("quix-exactly", "quix", _EXACTLY_ONCE), "Quix Streams, exactly-once",
          "the same; a transaction every 5 s (its default)", "batches", "quix"),
    Entry(_peer("bytewax", "bytewax"), "Bytewax",
          "flat_map_batch of 500; recovery store, snapshot every 5 s; fetch.queue.backoff.ms=10",
          "consumer group, choice of output partition", "bytewax", is_cluster=True),
    Entry(_peer("faust", "faust"), "Faust-streaming", "take_events(500, 30 ms); one send per output, all awaited",
          "–", "faust"),
    Entry(_peer("faststream", "faststream"), "FastStream",
          "batch=True, max_records=500, batch_timeout_ms=20; publish_batch by partition, then acknowledged",
          "headers of single records: a batch shares them (no scoring-source, no scoring-as-of)", "faststream"),
    Entry(NAIVE, "naive loop", "one record at a time: json, send_and_wait, commit; the formulas in plain Python",
          "headers, tags"),
)  # fmt: skip
