"""What a machine lacks makes tests skip with the reason; in CI it makes them fail. Shown on a machine made poor."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from harness.state import REPOSITORY

OLD_JAVA = """#!/bin/sh
echo 'openjdk version "11.0.2" 2019-01-15' >&2
"""
NO_DOCKER = """#!/bin/sh
exit 1
"""
LACKING = {
    "integration/test_harness_kafka.py": "no Kafka: set KAFKA_BOOTSTRAP, install Java 17 or newer, or start Docker",
    "integration/test_harness_apiserver.py": "no API server: build it with tests/harness/build.sh apiserver",
    "e2e/test_harness_cluster.py": "no cluster: ",
}


@pytest.fixture
def poor(tmp_path: Path) -> dict[str, str]:
    """The environment of a machine with an old Java, without Docker and without anything built."""
    for name, script in {"java": OLD_JAVA, "docker": NO_DOCKER}.items():
        (tmp_path / name).write_text(script)
        (tmp_path / name).chmod(0o755)
    inherited = {name: value for name, value in os.environ.items() if name not in ("CI", "KAFKA_BOOTSTRAP")}
    return inherited | {"PATH": f"{tmp_path}:{os.environ['PATH']}", "XDG_CACHE_HOME": str(tmp_path / "cache")}


def outcome_of(tests: str, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", f"tests/{tests}"]
    return subprocess.run(command, cwd=REPOSITORY, env=environment, capture_output=True, text=True)


@pytest.mark.parametrize(("tests", "reason"), LACKING.items(), ids=["kafka", "apiserver", "cluster"])
def test_a_person_sees_what_is_missing_and_nothing_fails(tests: str, reason: str, poor: dict[str, str]) -> None:
    done = outcome_of(tests, poor)

    assert done.returncode == 0, done.stdout
    assert reason in done.stdout
    assert "skipped" in done.stdout
    assert "passed" not in done.stdout


@pytest.mark.parametrize(("tests", "reason"), LACKING.items(), ids=["kafka", "apiserver", "cluster"])
def test_ci_fails_for_the_same_reason(tests: str, reason: str, poor: dict[str, str]) -> None:
    done = outcome_of(tests, poor | {"CI": "true"})

    assert done.returncode == 1, done.stdout
    assert reason in done.stdout
    assert "skipped" not in done.stdout
