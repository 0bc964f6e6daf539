"""Chart and operator are upgraded, one after the other as a rollout does it: no worker's pod is replaced."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from chart.conftest import Another
from harness import former
from harness.identity import kubeconfig_of
from harness.releases import NAME, Release
from harness.stage import Api, Manifest, Stage, until
from harness.state import REPOSITORY

pytestmark = [pytest.mark.apiserver, pytest.mark.timeout(300)]

PIPELINE = "scoring.dev/v1alpha1/scoringpipelines/wallets"
DEPLOYMENT = "apps/v1/deployments/wallets"


@contextmanager
def operating(release: Release, repository: Path, folder: Path) -> Iterator[None]:
    """Run the operator of a checkout, told what the installed Deployment says, with the installed account's rights."""
    container = release.objects()[f"Deployment/{NAME}"]["spec"]["template"]["spec"]["containers"][0]
    told = {one["name"]: one["value"] for one in container["env"] if "value" in one}
    own = {
        "POD_NAME": "operator-0",
        "POD_NAMESPACE": release.namespace,
        "SCORING_HEALTH_PORT": "0",
        "KUBECONFIG": kubeconfig_of(release.server, release.namespace, NAME, folder),
        "PYTHONPATH": f"{repository / 'operator'}:{repository / 'service'}",
    }
    with (folder / "operator.log").open("ab") as log:
        command = [sys.executable, "-m", "scoring_operator"]
        process = subprocess.Popen(command, env=os.environ | told | own, stdout=log, stderr=log)
    try:
        yield
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


async def weigh(api: Api, trading: float) -> None:
    """Ask for a weight, and wait until every worker serves it and nothing is under way."""
    weights = {"scorer": {"walletReputation": {"weights": {"trading": trading}}}}
    generation = (await api.merge(PIPELINE, {"spec": weights}))["metadata"]["generation"]

    async def is_realised() -> bool:
        """The weight is served and the pipeline Ready."""
        status: dict[str, Any] = ((await api.get(PIPELINE)) or {}).get("status", {})
        said = {each["type"]: (each["status"], each["observedGeneration"]) for each in status.get("conditions", [])}
        return said.get("Ready") == ("True", generation)

    await until(is_realised, within_s=90)


async def lives(api: Api) -> dict[str, str]:
    """Return the uid of each worker's pod."""
    return {pod["metadata"]["name"]: pod["metadata"]["uid"] for pod in await api.items("v1/pods")}


async def stored(api: Api) -> Manifest:
    """Return the spec of the workers' Deployment, and how often it was changed."""
    found = await api.get(DEPLOYMENT)
    assert found is not None
    return {"generation": found["metadata"]["generation"], "spec": found["spec"]}


async def test_an_upgrade_from_the_former_commit_changes_no_workers_template(
    release: Release, another: Another, tmp_path: Path
) -> None:
    """The operator is another namespace's, so that its own Deployment, which nobody runs here, is not played."""
    served = another().namespace
    api = Api(str(release.server.kubeconfig), served)
    try:
        with former.sources() as before:
            print(f"\nfrom {before.revision}")
            chart = before.repository / "charts/scoring-operator"
            await asyncio.to_thread(release.install, "--set=scope=Cluster", chart=chart)
            async with Stage(api).playing():
                with operating(release, before.repository, tmp_path):
                    release.apply_pipeline(namespace=served)
                    await weigh(api, 0.3)
                found, pods = await stored(api), await lives(api)
                await asyncio.to_thread(release.upgrade)
                with operating(release, REPOSITORY, tmp_path):
                    await weigh(api, 0.2)
                assert await stored(api) == found
                assert await lives(api) == pods
                assert len(pods) == 2
    finally:
        api.close()
