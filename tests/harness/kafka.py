"""A real Apache Kafka for tests and the demo: `KAFKA_BOOTSTRAP`, else Java with Maven, else Docker's image.

Whoever uses the broker holds a shared lock; the last to leave stops it. `python -m harness.kafka up` keeps it until
`down`.
"""

import fcntl
import os
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol, TextIO

from harness import kafka_docker, kafka_java
from harness.kafka_settings import Addresses
from harness.state import HERE, Missing, alone, output, state

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
    with _users(name) as users:
        try:
            yield up(name, port)
        finally:
            fcntl.flock(users, fcntl.LOCK_UN)
            if _is_last(users) and not _keep(name).exists():
                down(name, port)


def up(name: str = "shared", port: int = PORT) -> Broker:
    """Return the broker, started unless it is up already, and leave it running."""
    with alone(_folder(name) / "lock"):
        instance, source = _choose(name, port)
        if not instance.is_up():
            instance.start()
    return Broker(instance.at.bootstrap, instance.at.pod_bootstrap, source)


def down(name: str = "shared", port: int = PORT) -> None:
    """Stop the broker, whoever uses it."""
    with alone(_folder(name) / "lock"):
        for instance in _instances(name, Addresses(port, None)):
            instance.stop()
        output(HERE / "bridge.sh", "down", f"kafka-{name}")
    _keep(name).unlink(missing_ok=True)


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


@contextmanager
def _users(name: str) -> Iterator[TextIO]:
    with (_folder(name) / "users").open("a") as users:
        fcntl.flock(users, fcntl.LOCK_SH)
        yield users


def _is_last(users: TextIO) -> bool:
    try:
        fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _folder(name: str) -> Path:
    folder = state() / "kafka" / name
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _keep(name: str) -> Path:
    return _folder(name) / "keep"


def main(verb: str) -> None:
    """Bring the shared broker up to stay, or take it down, or say whether it is up."""
    if verb == "up":
        _keep("shared").touch()
        print(up().source)
    elif verb == "down":
        down()
    elif verb == "status":
        print("up" if any(i.is_up() for i in _instances("shared", Addresses(PORT, None))) else "down")
    else:
        sys.exit("usage: python -m harness.kafka up | down | status")


if __name__ == "__main__":
    try:
        main(" ".join(sys.argv[1:]))
    except Missing as why:
        sys.exit(str(why))
