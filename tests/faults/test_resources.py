"""A machine that gives no disk, or little memory."""

import os
import resource
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from faults import sowing
from faults.extent import SEED, extent, guarantees
from faults.ledger import Limits
from faults.results import Row
from faults.subject import Plan
from faults.trial import trial
from harness.brokers import Quick

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(extent(240, 600))]

MIB = 1024 * 1024
LIMIT = 350 * MIB
PARTITIONS = 6
SPIKE = 240
TRANSACTIONS = 1_000
"""Of one wallet of the spike: about half a megabyte."""

DISKS = ("full", "without inodes", "read-only")


@guarantees
@pytest.mark.parametrize("kind", DISKS)
async def test_a_worker_needs_no_disk(quick: Quick, tmp_path: Path, guarantee: str, kind: str, row: Row) -> None:
    """Row 34: a full disk, one without inodes, a read-only one, to work in and for temporary files."""
    with disk(tmp_path / "disk", kind) as folder:
        async with trial(quick.bootstrap, tmp_path, SEED, guarantee=guarantee) as t:
            await t.feed(sowing.wallets(SEED, 600))
            worker = await t.start("a", Plan(disk=str(folder)))
            assert Path(f"/proc/{worker.pid}/cwd").readlink() == folder
            assert (await worker.until(lambda status: status.scored_total > 0)).ready
            await t.finish()
            assert worker.process.returncode == 0
            await t.judge(is_calm=True)

    row(34, guarantee=guarantee, disk=kind)


@guarantees
async def test_a_spike_of_large_records_stays_within_a_memory_limit(
    quick: Quick, tmp_path: Path, guarantee: str, row: Row
) -> None:
    """Row 35: the limit is on all data of the process, so what goes beyond it fails at once."""
    async with trial(quick.bootstrap, tmp_path, SEED, guarantee=guarantee, partitions=PARTITIONS) as t:
        await t.feed(sowing.wallets(SEED, SPIKE, distinct=12, transactions=TRANSACTIONS))
        worker = await t.start("a", Plan(memory_bytes=LIMIT))
        await t.finish(within_s=120)
        assert worker.process.returncode == 0
        evidence = await t.judge(is_calm=True, limits=Limits(rss_bytes=LIMIT))

    peak = max(sample.rss_bytes for sample in evidence.samples) / MIB
    fed = sum(len(read.value or b"") for read in evidence.inputs) / MIB
    row(35, guarantee=guarantee, limit_mib=LIMIT / MIB, peak_rss_mib=peak, fed_mib=fed)
    assert fed > 60, "this is a spike"


@guarantees
async def test_a_worker_that_runs_out_of_memory_leaves_the_rest_to_the_next(
    quick: Quick, tmp_path: Path, guarantee: str, row: Row
) -> None:
    """Row 35: from one moment on the process gets no memory, and dies of it or works with what it has."""
    async with trial(quick.bootstrap, tmp_path, SEED, guarantee=guarantee, partitions=PARTITIONS) as t:
        worker = await t.start("a")
        await worker.until(lambda status: len(status.lanes) == PARTITIONS)
        feeding = t.feed(sowing.wallets(SEED, SPIKE, distinct=12, transactions=TRANSACTIONS))
        await t.until(worker, lambda status: status.scored_total > 10, within_s=60)
        resource.prlimit(worker.process.pid, resource.RLIMIT_DATA, (MIB, resource.RLIM_INFINITY))
        t.note("no more memory")
        await feeding
        died = not await t.until(worker, lambda status: status.uptime_seconds > 25, within_s=40)
        t.note(f"worker a {'died' if died else 'lives'}")
        if not died:
            t.kill(worker)
        await t.start("b")
        await t.finish(within_s=120)
        evidence = await t.judge()

    peak = max(sample.rss_bytes for sample in evidence.samples) / MIB
    row(35, guarantee=guarantee, limit="none left", died=died, code=worker.process.returncode, peak_rss_mib=peak)


@contextmanager
def disk(folder: Path, kind: str) -> Iterator[Path]:
    """Yield a file system on which nothing can be written."""
    if os.geteuid() != 0:
        pytest.skip("only root may mount a disk to fill")
    folder.mkdir()
    size = "size=64k,nr_inodes=2" if kind == "without inodes" else "size=64k"
    made = subprocess.run(["mount", "-t", "tmpfs", "-o", size, "tmpfs", str(folder)], capture_output=True, check=False)
    if made.returncode:
        pytest.skip(f"cannot mount a disk to fill: {made.stderr.decode().strip()}")
    try:
        _spoil(folder, kind)
        with pytest.raises(OSError, match=r"No space|Read-only"):
            (folder / "more").write_bytes(b"x" * 8192)
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def _spoil(folder: Path, kind: str) -> None:
    if kind == "read-only":
        subprocess.run(["mount", "-o", "remount,ro", str(folder)], check=True)
    elif kind == "without inodes":
        (folder / "last").touch()
    else:
        with pytest.raises(OSError, match="No space"):
            (folder / "all").write_bytes(b"x" * 2 * 64 * 1024)
