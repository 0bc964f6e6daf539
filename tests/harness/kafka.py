"""A real Apache Kafka for tests and the demo: `KAFKA_BOOTSTRAP`, else Java with Maven, else Docker's image.

It is shared by all test runs of this machine. `python -m harness.kafka up` keeps it until `down`.
"""

import os
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from harness import kafka_docker, kafka_java
from harness.kafka_settings import Addresses
from harness.sharing import Shared
from harness.state import HERE, Missing, output, state

PORT: Final = 19092
"""Of the shared broker; it takes the next two as well. Give every further broker a port of its own."""


@dataclass(frozen=True)
class Broker:
    """Where a Kafka is and where it came from."""

    bootstrap: str
    """`host:port` for clients on this machine."""
    pod_bootstrap: str | None
    """`host:port` for clients in pods; None if pods cannot reach it."""
    source: str
    """One line for people."""


class Instance(Protocol):
    """A broker that we run, by whatever means."""

    @property
    def at(self) -> Addresses: ...
    def is_up(self) -> bool: ...
    def start(self) -> None: ...
    def stop(self) -> None: ...


@contextmanager
def obtain(name: str = "shared", port: int = PORT) -> Iterator[Broker]:
    """Yield a broker, started unless it is up already; it is stopped when its last user leaves.

    Raises:
        Missing: There is none to be had here; the text says what would help.
    """
    if bootstrap := os.environ.get("KAFKA_BOOTSTRAP"):
        yield Broker(
            bootstrap, os.environ.get("KAFKA_POD_BOOTSTRAP", bootstrap), f"Kafka at KAFKA_BOOTSTRAP {bootstrap}"
        )
        return
    with _shared(name, port).used():
        yield _broker(name, port)


def _shared(name: str, port: int) -> Shared:
    def start() -> None:
        instance, _ = _choose(name, port)
        if not instance.is_up():
            instance.start()

    def stop() -> None:
        for instance in _instances(name, Addresses(port, None)):
            instance.stop()
        output(HERE / "bridge.sh", "down", f"kafka-{name}")

    return Shared(_folder(name), start, stop)


def _broker(name: str, port: int) -> Broker:
    instance, source = _choose(name, port)
    return Broker(instance.at.bootstrap, instance.at.pod_bootstrap, source)


def _instances(name: str, at: Addresses) -> tuple[Instance, Instance]:
    return kafka_java.Instance(_folder(name) / "broker", at), kafka_docker.Instance(f"scoring-harness-{name}", at)


def _choose(name: str, port: int) -> tuple[Instance, str]:
    at = Addresses(port, _host_for_pods(name))
    of_jars, of_image = _instances(name, at)
    if not (java := kafka_java.missing()):
        return of_jars, f"Kafka {kafka_java.VERSION} from Maven's jars at {at.bootstrap}"
    if not (docker := kafka_docker.missing()):
        return of_image, f"Kafka from Docker's image {kafka_docker.IMAGE} at {at.bootstrap}"
    raise Missing(f"no Kafka: set KAFKA_BOOTSTRAP, install {java}, or start {docker}")


def _host_for_pods(name: str) -> str | None:
    """Return where pods see this machine, if that is an address that a process here can listen at."""
    host = output(HERE / "bridge.sh", "up", f"kafka-{name}")
    if host:
        with socket.socket() as probe:
            try:
                probe.bind((host, 0))
            except OSError:
                return None
    return host


def _folder(name: str) -> Path:
    return state() / "kafka" / name


def main(verb: str) -> None:
    """Bring the shared broker up to stay, or take it down, or say whether it is up."""
    shared = _shared("shared", PORT)
    if verb == "up":
        shared.keep()
        broker = _broker("shared", PORT)
        print(broker.source, *([f"for pods at {broker.pod_bootstrap}"] if broker.pod_bootstrap else []), sep="; ")
    elif verb == "down":
        shared.drop()
    elif verb == "status":
        print("up" if any(i.is_up() for i in _instances("shared", Addresses(PORT, None))) else "down")
    else:
        sys.exit("usage: python -m harness.kafka up | down | status")


if __name__ == "__main__":
    try:
        main(" ".join(sys.argv[1:]))
    except Missing as why:
        sys.exit(str(why))
