"""An operator process that notes each file it opens, address it dials, name it looks up and program it starts.

Python itself tells (`sys.addaudithook`), whichever library asks; what C libraries open on their own, as OpenSSL its
certificates, it does not see.

usage: python -m harness.watched LOG [leak]      (leak: with a bug that opens and dials what a tenant writes)
"""

import contextlib
import json
import os
import socket
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, NamedTuple

SEEN: Final = {
    "open": "opened",
    "os.listdir": "opened",
    "os.scandir": "opened",
    "glob.glob": "opened",
    "socket.connect": "dialled",
    "socket.sendto": "dialled",
    "socket.getaddrinfo": "looked up",
    "socket.gethostbyname": "looked up",
    "socket.gethostbyaddr": "looked up",
    "urllib.Request": "dialled",
    "subprocess.Popen": "started",
    "os.exec": "started",
    "os.posix_spawn": "started",
    "os.spawn": "started",
    "os.system": "started",
}
"""What Python's audit events are about."""


class Deed(NamedTuple):
    """One thing that the process did."""

    what: str
    """`opened`, `dialled`, `looked up` or `started`."""
    whom: str
    """Path, `host:port`, name, or command line."""


def deeds(log: Path) -> set[Deed]:
    """Return everything that a process has noted so far."""
    lines = log.read_text().splitlines() if log.exists() else []
    return {Deed(*json.loads(line)) for line in lines}


def watch(log: Path) -> None:
    """Note everything from now on."""
    notes = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        if event in SEEN:
            noted = [SEEN[event], _whom(event, arguments)]
            os.write(notes, json.dumps(noted).encode() + b"\n")

    sys.addaudithook(hook)


def _whom(event: str, arguments: tuple[Any, ...]) -> str:
    if event.startswith("socket."):
        asked = arguments[1] if event in ("socket.connect", "socket.sendto") else arguments
        return ":".join(map(str, asked[:2])) if isinstance(asked, tuple) else str(asked)
    first = arguments[0]
    return os.fsdecode(first) if isinstance(first, str | bytes | os.PathLike) else str(first)


def _leak() -> None:
    """Let the operator open every text of a spec as a file, and dial the first broker: the bug that others had."""
    from scoring_operator import plan

    understand = plan.understand

    def leaking(manifest: dict[str, Any]) -> Any:
        for text in texts(manifest["spec"]):
            with contextlib.suppress(OSError, ValueError):
                Path(text).open().close()
        host, _, port = manifest["spec"]["kafka"]["bootstrapServers"][0].rpartition(":")
        with contextlib.suppress(OSError, ValueError):
            socket.create_connection((host, int(port)), timeout=0.1).close()
        return understand(manifest)

    plan.understand = leaking


def texts(value: Any) -> Iterator[str]:
    """Yield every text in a manifest, keys as well."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for name, inner in value.items():
            yield from (name, *texts(inner))
    elif isinstance(value, list):
        for inner in value:
            yield from texts(inner)


def main(log: str, *bugs: str) -> int:
    """Run an operator that is watched; return its exit code."""
    watch(Path(log))
    from scoring_operator.__main__ import main as operator

    if "leak" in bugs:
        _leak()
    return operator()


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
