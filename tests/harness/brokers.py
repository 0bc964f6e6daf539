"""Brokers to hurt: three that replicate, or one that notices a death quickly; with doors for proxies.

A door is a listener of its own: whoever comes through it learns only the addresses of the proxies in front.
"""

import signal
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final, NamedTuple

from harness import kafka_java
from harness.kafka_java import Instance
from harness.kafka_settings import Addresses, settings
from harness.sharing import Shared
from harness.state import Missing, alone, state

TRIO_PORT: Final = 20192
"""Of the first of three; the next are ten further each."""
QUICK_PORT: Final = 20292
QUICK_DOORS: Final = 6
JAVA: Final = ("-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")
"""Three brokers beside everything else on two cores."""
SMALL: Final[Mapping[str, str]] = {
    "offsets.topic.num.partitions": "5",
    "transaction.state.log.num.partitions": "5",
    "group.min.session.timeout.ms": "500",
    "log.cleaner.enable": "false",  # the history of commits is evidence
}


class Door(NamedTuple):
    """A listener behind a proxy."""

    behind: int
    """Port at which the broker listens."""
    front: int
    """Port that it tells clients."""

    @property
    def bootstrap(self) -> str:
        """Address for clients who come through the proxy."""
        return f"127.0.0.1:{self.front}"


def doors(port: int, count: int) -> list[Door]:
    """Return the doors of a broker at `port`."""
    return [Door(port + 2 + 2 * number, port + 3 + 2 * number) for number in range(count)]


def with_doors(properties: Mapping[str, str], found: list[Door]) -> dict[str, str]:
    """Return a broker's properties with a listener for each door."""
    names = [f"DOOR{number}" for number in range(len(found))]

    def also(property_: str, more: list[str]) -> dict[str, str]:
        return {property_: ",".join([properties[property_], *more])}

    return {
        **properties,
        **also("listeners", [f"{n}://127.0.0.1:{d.behind}" for n, d in zip(names, found, strict=True)]),
        **also("advertised.listeners", [f"{n}://{d.bootstrap}" for n, d in zip(names, found, strict=True)]),
        **also("listener.security.protocol.map", [f"{name}:PLAINTEXT" for name in names]),
    }


@dataclass(frozen=True)
class Quick:
    """One broker whose groups notice a death after half a second, if their members ask for it."""

    broker: Instance
    doors: list[Door]

    @property
    def bootstrap(self) -> str:
        """Address for clients on this machine."""
        return self.broker.at.bootstrap


@contextmanager
def quick() -> Iterator[Quick]:
    """Yield the quick broker, shared by all test runs of this machine.

    Raises:
        Missing: It cannot run here; the text says why.
    """
    _need_java()
    at, own = Addresses(QUICK_PORT, None), doors(QUICK_PORT, QUICK_DOORS)
    folder = state() / "kafka" / "quick"
    broker = Instance(folder / "broker", at, with_doors(settings(at) | SMALL, own), options=JAVA)
    with Shared(folder, lambda: None if broker.is_up() else broker.start(), broker.stop).used():
        yield Quick(broker, own)


@dataclass(frozen=True)
class Trio:
    """Three brokers: everything is on all of them, and two must have it."""

    brokers: tuple[Instance, ...]
    doors: tuple[Door, ...]
    """One of each."""

    @property
    def bootstrap(self) -> str:
        """Addresses for clients on this machine."""
        return ",".join(broker.at.bootstrap for broker in self.brokers)

    def start(self) -> None:
        """Start all, with empty topics."""
        self._all(lambda broker: broker.start())

    def stop(self) -> None:
        """Stop all, each as it comes."""
        self._all(lambda broker: broker.send(signal.SIGCONT))
        self._all(lambda broker: broker.send(signal.SIGKILL))
        self._all(lambda broker: broker.stop())

    def heal(self) -> None:
        """Have all up, with what they had."""
        self._all(lambda broker: broker.send(signal.SIGCONT))
        self._all(lambda broker: None if broker.is_up() else broker.resume())

    def kill(self, node: int) -> None:
        """Let the broker with this id (1, 2, 3) die at once, and return when it has."""
        broker = self.brokers[node - 1]
        broker.send(signal.SIGKILL)
        while broker.is_up():
            time.sleep(0.02)

    def _all(self, act: Callable[[Instance], object]) -> None:
        with ThreadPoolExecutor(len(self.brokers)) as pool:
            list(pool.map(act, self.brokers))


@contextmanager
def trio() -> Iterator[Trio]:
    """Yield three brokers of our own; another run on this machine waits until they are free.

    Raises:
        Missing: They cannot run here; the text says why.
    """
    _need_java()
    folder = state() / "kafka" / "trio"
    ats = [Addresses(TRIO_PORT + 10 * number, None) for number in range(3)]
    voters = ",".join(f"{number + 1}@{at.controller}" for number, at in enumerate(ats))
    found = tuple(doors(at.port, 1)[0] for at in ats)
    brokers = tuple(
        Instance(folder / f"broker-{number + 1}", at, _of_three(at, number + 1, voters, door), options=JAVA)
        for number, (at, door) in enumerate(zip(ats, found, strict=True))
    )
    with alone(folder / "lock"):
        cluster = Trio(brokers, found)
        cluster.stop()  # a run that was killed may have left them
        try:
            cluster.start()
            yield cluster
        finally:
            cluster.stop()


def _of_three(at: Addresses, node: int, voters: str, door: Door) -> dict[str, str]:
    replicated = {
        "node.id": str(node),
        "controller.quorum.voters": voters,
        "default.replication.factor": "3",
        "min.insync.replicas": "2",
        "offsets.topic.replication.factor": "3",
        "transaction.state.log.replication.factor": "3",
        "transaction.state.log.min.isr": "2",
        "broker.session.timeout.ms": "6000",  # how long a broker that says nothing keeps its leaderships
        "broker.heartbeat.interval.ms": "1000",
        "replica.lag.time.max.ms": "6000",
        "auto.leader.rebalance.enable": "false",
        "controlled.shutdown.enable": "true",
    }
    return with_doors(settings(at) | SMALL | replicated, [door])


def _need_java() -> None:
    if why := kafka_java.missing():
        raise Missing(f"brokers that tests may hurt need {why}")
