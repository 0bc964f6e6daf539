"""Where the harness keeps what it built and what runs: outside the checkout, builds in folders named by version."""

import fcntl
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

HERE = Path(__file__).parent
REPOSITORY = HERE.parents[1]


def state() -> Path:
    """Return the harness's folder below the user's cache, made if need be."""
    cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    folder = Path(cache) / "scoring-operator" / "harness"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


class Missing(Exception):
    """This machine lacks something that only its owner can provide; the text says what."""


@contextmanager
def alone(lock: Path) -> Iterator[None]:
    """Hold `lock` exclusively; whoever comes second waits."""
    lock.parent.mkdir(parents=True, exist_ok=True)
    with lock.open("a") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield


def output(*command: str | Path, timeout_s: float = 60) -> str | None:
    """Return what `command` prints, both streams, or None if it is absent, fails or hangs."""
    try:
        done = subprocess.run(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=True, timeout=timeout_s
        )
    except (FileNotFoundError, subprocess.CalledProcessError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip()


def run(*command: str | Path, stdin: str | None = None) -> str:
    """Return what `command` prints on stdout; `stdin` is what it reads.

    Raises:
        RuntimeError: It failed; the text is the end of what it said.
    """
    done = subprocess.run(command, input=stdin, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"{' '.join(map(str, command))}: {done.stderr[-1500:]}")
    return done.stdout


def docker_answers() -> bool:
    """Say whether a Docker daemon can be used; a client without one does not count."""
    return bool(output("docker", "version", "--format", "{{.Server.Version}}", timeout_s=10))
