"""Kafka from its image, for a machine with Docker and without Java."""

import subprocess
import time
from dataclasses import dataclass
from typing import Final

from harness.kafka_java import VERSION
from harness.kafka_settings import Addresses, settings
from harness.state import Missing, docker_answers, output

IMAGE: Final = f"apache/kafka:{VERSION}"
START_WITHIN_S: Final = 60.0
STARTED: Final = "Kafka Server started"


def missing() -> str | None:
    """Return what this machine lacks to run Kafka this way, or None."""
    return None if docker_answers() else "Docker"


@dataclass(frozen=True)
class Instance:
    """One broker in a container; its ports are published at the same addresses as those of a broker of jars."""

    container: str
    at: Addresses

    def is_up(self) -> bool:
        """Say whether its container runs."""
        return output("docker", "inspect", "--format", "{{.State.Running}}", self.container) == "true"

    def start(self) -> None:
        """Start it with empty topics and return once it says it has started.

        Raises:
            Missing: Docker refuses, or it does not come up; the text ends with its log.
        """
        environment = [f"KAFKA_{k.upper().replace('.', '_')}={v}" for k, v in settings(self.at, bind_all=True).items()]
        published = [
            f"{address}:{address.rpartition(':')[2]}"
            for address in (self.at.bootstrap, self.at.pod_bootstrap)
            if address
        ]
        options = [*(f"--env={e}" for e in environment), *(f"--publish={p}" for p in published)]
        self.stop()
        run = ["docker", "run", "--detach", "--name", self.container, *options, IMAGE]
        done = subprocess.run(run, capture_output=True, text=True)
        if done.returncode:
            raise Missing(f"Docker could not run {IMAGE}: {done.stderr[-500:]}")
        self._wait()

    def _wait(self) -> None:
        deadline = time.monotonic() + START_WITHIN_S
        while STARTED not in (log := output("docker", "logs", self.container) or ""):
            if not self.is_up() or time.monotonic() > deadline:
                self.stop()
                raise Missing(f"Kafka did not start: {log[-800:]}")
            time.sleep(0.2)

    def stop(self) -> None:
        """Remove the container, if there is one."""
        output("docker", "rm", "--force", "--volumes", self.container)
