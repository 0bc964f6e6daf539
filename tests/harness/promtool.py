"""Prometheus' own judge of what a scrape says: `promtool` from the PATH, else out of Debian's package."""

import shutil
import subprocess
import tarfile
import tempfile
from pathlib import Path

from harness.state import Missing, alone, state

PACKAGE = "prometheus"
MEMBER = "./usr/bin/promtool"


def obtain() -> Path:
    """Return the program; the package is fetched once and unpacked, not installed.

    Raises:
        Missing: There is none to be had here; the text says what would help.
    """
    if found := shutil.which("promtool"):
        return Path(found)
    own = state() / "promtool"
    with alone(state() / "promtool.lock"):
        if not own.exists():
            _unpack(own)
    return own


def complaints(promtool: Path, exposition: bytes) -> str:
    """Return what `promtool check metrics` says against an exposition; empty if nothing."""
    done = subprocess.run([promtool, "check", "metrics"], input=exposition, capture_output=True)
    said = (done.stdout + done.stderr).decode().strip()
    return said or ("" if done.returncode == 0 else f"exit code {done.returncode}")


def _unpack(to: Path) -> None:
    if not (shutil.which("apt-get") and shutil.which("dpkg-deb")):
        raise Missing("no promtool: install Prometheus' tools (there is no apt-get)")
    with tempfile.TemporaryDirectory(dir=to.parent) as folder:
        try:
            subprocess.run(["apt-get", "download", "-q", PACKAGE], cwd=folder, check=True, capture_output=True)
            (package,) = Path(folder).glob(f"{PACKAGE}_*.deb")
            files = subprocess.run(["dpkg-deb", "--fsys-tarfile", package], check=True, capture_output=True).stdout
        except subprocess.CalledProcessError as error:
            said = error.stderr.decode().strip().rpartition("\n")[2]
            raise Missing(f"no promtool: apt-get download {PACKAGE}: {said}") from error
        archive = Path(folder, "files.tar")
        archive.write_bytes(files)
        with tarfile.open(archive) as opened:
            program = opened.extractfile(MEMBER)
            assert program is not None
            fresh = to.with_suffix(".new")
            fresh.write_bytes(program.read())
    fresh.chmod(0o755)
    fresh.rename(to)
