"""A machine that lacks Go or Python's venv is told so in one line. Shown with programs that pretend."""

import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
NO_ENSUREPIP = "echo \"No module named 'ensurepip'\" >&2; exit 1"
HAS_GO = ". tests/harness/lib.sh; . tests/harness/packages.sh; has_go"


@pytest.fixture
def machine(tmp_path):
    """Run a command where programs pretend; what they are not asked for is the machine's own."""

    def run(*command, **programs):
        for name, script in programs.items():
            (tmp_path / name).write_text(f"#!/bin/sh\n{script}\n")
            (tmp_path / name).chmod(0o755)
        path = f"{tmp_path}:/usr/bin:/bin"
        return subprocess.run(
            command, cwd=ROOT, env={"PATH": path, "HOME": str(tmp_path)}, capture_output=True, text=True
        )

    return run


@pytest.mark.parametrize(
    ("said", "enough"),
    [("go1.26.8", True), ("go1.21", True), ("devel go1.27-4f5c", True), ("go1.19.8", False), ("go1.20", False)],
)
def test_go_is_new_enough_from_1_21_on(machine, said, enough):
    done = machine("bash", "-c", HAS_GO, go=f"echo {said}")

    assert (done.returncode == 0, done.stderr) == (enough, "")


def test_go_that_does_not_run_is_no_go(machine):
    done = machine("bash", "-c", HAS_GO, go="exit 127")

    assert (done.returncode == 0, done.stderr) == (False, "")


def test_a_python_without_venv_is_said_so_when_uv_is_missing(machine):
    uv = "/".join(["nowhere", f"uv-{_pinned()}", "bin", "uv"])

    done = machine("make", "CACHE=nowhere", uv, python3=NO_ENSUREPIP)

    assert done.returncode == 2
    assert "install Python 3.11+ with venv (Debian: python3-venv), or uv\n" in done.stderr
    assert "No module" not in done.stderr


def test_uv_is_fetched_in_the_version_of_the_images(machine):
    uv = "/".join(["nowhere", f"uv-{_pinned()}", "bin", "uv"])

    done = machine("make", "--dry-run", "CACHE=nowhere", uv)

    assert f"pip install --quiet --disable-pip-version-check uv=={_pinned()}\n" in done.stdout


def _pinned():
    (line,) = (line for line in (ROOT / "Dockerfile").read_text().splitlines() if line.startswith("ARG UV_VERSION="))
    return line.partition("=")[2]
