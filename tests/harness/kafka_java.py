"""Kafka from its jars: fetched by Maven once per version, run by this machine's Java.

The running broker holds a lock on a file that it inherited open, so "is it up" never mistakes another process for it.
"""

import fcntl
import os
import re
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from harness.kafka_settings import Addresses, settings
from harness.state import HERE, Missing, alone, output, state

JAVA_AT_LEAST: Final = 17
START_WITHIN_S: Final = 60.0
STOP_WITHIN_S: Final = 20.0
POM: Final = HERE / "pom.xml"
VERSION: Final = re.findall(r"<kafka\.version>(.+)</kafka\.version>", POM.read_text())[0]


def missing() -> str | None:
    """Return what this machine lacks to run Kafka this way, or None."""
    version = re.search(r'version "(\d+)', output("java", "-version") or "")
    if not version or int(version[1]) < JAVA_AT_LEAST:
        return f"Java {JAVA_AT_LEAST} or newer"
    return None if _jars().exists() or shutil.which("mvn") else "Maven"


def _jars() -> Path:
    return state() / f"kafka-{VERSION}" / "libs"


def fetch() -> Path:
    """Return the folder with Kafka's jars, fetched if need be (54 MB)."""
    jars = _jars()
    with alone(jars.parent / "lock"):
        if not jars.exists():
            partial = jars.with_name("partial")
            shutil.rmtree(partial, ignore_errors=True)
            goal = ("dependency:copy-dependencies", f"-DoutputDirectory={partial}")
            done = subprocess.run(["mvn", "-q", "-B", "-f", POM, *goal], capture_output=True, text=True)
            if done.returncode:
                raise Missing(f"Maven could not fetch Kafka {VERSION}: {done.stdout[-500:]}")
            partial.rename(jars)
    return jars


@dataclass(frozen=True)
class Instance:
    """One broker of its own folder and ports."""

    folder: Path
    at: Addresses
    properties: Mapping[str, str] = field(default_factory=dict)
    """What differs from the usual settings."""
    format_options: Sequence[str] = ()
    """Given to the tool that makes the folder of a new cluster."""
    options: Sequence[str] = ("-Xmx1g",)
    """Of Java."""

    def is_up(self) -> bool:
        """Say whether its process lives."""
        if not (self.folder / "alive").exists():
            return False
        with (self.folder / "alive").open() as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return True
        return False

    def start(self) -> None:
        """Start it with empty topics and return once it answers.

        Raises:
            Missing: The port is taken by someone else, or it does not come up; the text ends with its log.
        """
        if answers(self.at.port):
            raise Missing(f"port {self.at.port} is taken by another process")
        classpath = f"{fetch()}/*"
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        properties = settings(self.at) | dict(self.properties) | {"log.dirs": str(self.folder / "data")}
        config = self.folder / "server.properties"
        config.write_text("".join(f"{name}={value}\n" for name, value in properties.items()))
        log = self.folder / "log"
        with log.open("w") as stream:
            format_ = ("kafka.tools.StorageTool", "format", "-t", "c2NvcmluZy1oYXJuZXNzLQ", "-c", str(config))
            command = ["java", "-cp", classpath, *format_, *self.format_options]
            subprocess.run(command, stdout=stream, stderr=stream, check=True)
        self.resume()

    def resume(self) -> None:
        """Start it with the topics that it had when it stopped, and return once it answers.

        Raises:
            Missing: It does not come up; the text ends with its log.
        """
        config, log = self.folder / "server.properties", self.folder / "log"
        self._launch(["java", *self.options, "-cp", f"{fetch()}/*", "kafka.Kafka", str(config)], log)
        self._wait(log)

    def _launch(self, command: list[str], log: Path) -> None:
        # through a shell, so that it is nobody's child: it may outlive us and leaves no zombie
        shell = ["sh", "-c", '"$@" >>"$0" 2>&1 & echo $!', str(log), *command]
        with (self.folder / "alive").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            started = subprocess.run(
                shell,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                text=True,
                check=True,
                start_new_session=True,
                pass_fds=[lock.fileno()],
            )
        (self.folder / "pid").write_text(started.stdout)

    def _wait(self, log: Path) -> None:
        deadline = time.monotonic() + START_WITHIN_S
        while not answers(self.at.port):
            if not self.is_up() or time.monotonic() > deadline:
                self.stop()
                raise Missing(f"Kafka did not start: {log.read_text()[-800:]}")
            time.sleep(0.1)

    def send(self, sign: signal.Signals) -> None:
        """Send its process a signal, if it lives."""
        if self.is_up():
            os.kill(int((self.folder / "pid").read_text()), sign)

    def stop(self) -> None:
        """Stop it, politely first."""
        for sign in (signal.SIGTERM, signal.SIGKILL):
            self.send(sign)
            deadline = time.monotonic() + STOP_WITHIN_S
            while self.is_up() and time.monotonic() < deadline:
                time.sleep(0.05)


def answers(port: int) -> bool:
    """Say whether somebody listens at `port` of this machine."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0
