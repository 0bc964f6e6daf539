"""Fixtures of an API server that may be hurt, and of operators on a bad line to it."""

import json
import uuid
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from faults.extent import SEED
from harness import apiserver as apiserver_
from harness.api_proxy import ApiProxy, through
from harness.identity import operator_kubeconfig
from harness.prerequisites import needed
from harness.stage import Api, Stage
from operator_faults.hurt import Hurt
from scoring_operator.api import __path__ as api_path

DEFINITION = Path(api_path[0]) / "scoringpipelines.yaml"
ESTABLISHED = ("wait", "--for=condition=Established", "--timeout=60s", "crd/scoringpipelines.scoring.dev")


@pytest.fixture(scope="session")
def server() -> Iterator[apiserver_.Apiserver]:
    """An API server that only tests of faults use: stop it, fill it, starve it."""
    with needed(), apiserver_.obtain("hurt") as server:
        yield server


@pytest.fixture
async def hurt(server: apiserver_.Apiserver, tmp_path: Path) -> AsyncIterator[Hurt]:
    """A namespace whose operators have a line of their own to the API server; the stage and the person have another."""
    server.kubectl("apply", "--server-side", "--force-conflicts", "-f", str(DEFINITION))
    server.kubectl(*ESTABLISHED)
    namespace = f"hurt-{uuid.uuid4().hex[:8]}"
    server.kubectl("create", "namespace", namespace)
    own = operator_kubeconfig(server, namespace, tmp_path)
    url = json.loads(Path(own).read_text())["clusters"][0]["cluster"]["server"]
    proxy, api = ApiProxy(url, server.pki, SEED), Api(str(server.kubeconfig), namespace)
    try:
        async with proxy.listening() as near, Stage(api).playing() as stage:
            stage.is_patient = True
            world = Hurt(api, stage, through(own, near, tmp_path / "hurt.kubeconfig"), tmp_path, proxy)
            yield world
            for operator in world.operators:
                operator.kill()
    finally:
        api.close()
        server.kubectl("delete", "namespace", namespace, "--wait=false")
