"""The operator as the process that a container runs: it says when it is ready, logs JSON, and ends when told."""

import json
import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from urllib.request import urlopen

import pytest

from harness.apiserver import Apiserver
from harness.identity import operator_kubeconfig
from harness.pipelines import a_manifest
from scoring_operator.api import __path__ as api_path

pytestmark = pytest.mark.apiserver

DEFINITION = Path(api_path[0]) / "scoringpipelines.yaml"
COMMAND = [sys.executable, "-m", "scoring_operator"]


@pytest.fixture
def namespace(apiserver: Apiserver) -> Iterator[str]:
    apiserver.kubectl("apply", "--server-side", "--force-conflicts", "-f", str(DEFINITION))
    apiserver.kubectl("wait", "--for=condition=Established", "--timeout=20s", "crd/scoringpipelines.scoring.dev")
    name = f"process-{uuid.uuid4().hex[:8]}"
    apiserver.kubectl("create", "namespace", name)
    yield name
    apiserver.kubectl("delete", "namespace", name, "--wait=false")


@pytest.fixture
def operator(apiserver: Apiserver, namespace: str, tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    environment = {
        **os.environ,
        "KUBECONFIG": operator_kubeconfig(apiserver, namespace, tmp_path),
        "SCORING_WORKER_IMAGE": "scoring/service:1",
        "SCORING_NAMESPACE": namespace,
        "SCORING_HEALTH_PORT": "0",
    }
    with subprocess.Popen(COMMAND, env=environment, stderr=subprocess.PIPE, text=True) as process:
        yield process
        process.kill()


def line_with(process: subprocess.Popen[str], text: str) -> dict[str, object]:
    """Return the next log line whose `event` is `text`; every line must be JSON."""
    assert process.stderr is not None
    for line in process.stderr:
        logged: dict[str, object] = json.loads(line)
        if logged["event"] == text:
            return logged
    raise AssertionError(f"the process ended without saying {text!r}")


def test_it_serves_until_sigterm_and_then_ends_well(
    operator: subprocess.Popen[str], apiserver: Apiserver, namespace: str, tmp_path: Path
) -> None:
    port = line_with(operator, "operator ready")["health_port"]
    for path in ("livez", "readyz"):
        with urlopen(f"http://127.0.0.1:{port}/{path}") as answer:
            assert answer.read() == b"ok"
    manifest = a_manifest()
    manifest["metadata"] = {"name": "wallets", "namespace": namespace}
    (tmp_path / "pipeline.json").write_text(json.dumps(manifest))
    apiserver.kubectl("apply", "-f", str(tmp_path / "pipeline.json"))

    applied = line_with(operator, "applied")
    operator.send_signal(signal.SIGTERM)
    began = time.monotonic()
    ended = line_with(operator, "stopped reconciling")

    assert (applied["namespace"], applied["name"], applied["generation"]) == (namespace, "wallets", 1)
    assert uuid.UUID(str(applied["reconcile_id"]))
    assert ended["unfinished"] == 0
    assert operator.wait(timeout=10) == 0
    print(f"SIGTERM to exit: {time.monotonic() - began:.2f} s")


def test_a_missing_variable_is_named_and_ends_it_with_two() -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("SCORING_")}

    done = subprocess.run(COMMAND, env=environment, capture_output=True, text=True, timeout=30)

    assert done.returncode == 2
    assert done.stderr == "SCORING_WORKER_IMAGE: expected the image of the workers, got nothing\n"
