"""Connections that a process has to a port, as the kernel lists them."""

from pathlib import Path

LISTENING, CLOSED_HERE = "0A", "06"
"""States of proc(5)'s tcp: TIME_WAIT belongs to no process any more."""


def connections(pid: int, port: int) -> int:
    """Return how many connections of a process lead to `port`, of this machine or another."""
    own = _sockets(pid)
    tables = (Path(f"/proc/{pid}/net/{name}") for name in ("tcp", "tcp6"))
    return sum(inode in own for table in tables if table.exists() for inode in inodes(table.read_text(), port))


def inodes(table: str, port: int) -> list[str]:
    """Return the sockets in the text of a kernel's table whose other end has that port."""
    found = []
    for line in table.splitlines()[1:]:
        _, _, remote, state, *_, inode = line.split()[:10]
        if int(remote.rpartition(":")[2], 16) == port and state not in (LISTENING, CLOSED_HERE):
            found.append(inode)
    return found


def _sockets(pid: int) -> set[str]:
    found = set()
    for descriptor in Path(f"/proc/{pid}/fd").iterdir():
        try:
            target = str(descriptor.readlink())
        except FileNotFoundError:  # closed meanwhile
            continue
        if target.startswith("socket:["):
            found.add(target.removeprefix("socket:[").removesuffix("]"))
    return found
