"""CPU time and memory of one process, all its threads included, as Linux accounts them."""

import os
from pathlib import Path
from typing import NamedTuple

_TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")
_UTIME, _STIME = 11, 12  # fields 14 and 15 of proc(5)'s stat, counted after the command's closing bracket


class Usage(NamedTuple):
    """What a process has used so far."""

    cpu_s: float
    """User and kernel time, seconds."""
    peak_rss_mb: float
    """Largest resident set so far, MiB."""
    rss_mb: float
    """Resident set now, MiB."""


def usage(pid: int) -> Usage:
    """Read the usage of a running process."""
    stat = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    status = Path(f"/proc/{pid}/status").read_text()
    peak_kb, now_kb = (
        next(int(line.split()[1]) for line in status.splitlines() if line.startswith(name))
        for name in ("VmHWM:", "VmRSS:")
    )
    return Usage((int(stat[_UTIME]) + int(stat[_STIME])) / _TICKS_PER_SECOND, peak_kb / 1024, now_kb / 1024)


def is_running(pid: int) -> bool:
    """Say whether a process of ours still works, as one that has ended and waits to be reaped does not."""
    stat = Path(f"/proc/{pid}/stat")
    return stat.exists() and stat.read_text().rpartition(")")[2].split()[0] != "Z"


def machine() -> str:
    """Return one line on the machine: processor, cores, memory, kernel and Python."""
    info = Path("/proc/cpuinfo").read_text().splitlines()
    model = next((line.partition(": ")[2] for line in info if line.startswith("model name")), os.uname().machine)
    memory_kb = int(Path("/proc/meminfo").read_text().split()[1])
    return (
        f"{os.cpu_count()} × {model}, {memory_kb // 1024**2} GiB, Linux {os.uname().release.split('-')[0]}, "
        f"Python {'.'.join(map(str, __import__('sys').version_info[:3]))}"
    )
