"""`kubectl-scoring plan` on a real API server: the revision that is served, not the one that is asked for."""

import json
import uuid
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from harness.apiserver import Apiserver
from harness.commands import Answer, Person
from harness.pipelines import a_manifest
from harness.stage import Api
from scoring_operator.desired import naming
from scoring_service.contract.names import SCORER_FILE
from scoring_service.contract.scorer_file import ScorerBlock, ScorerFile
from scoring_service.generate import wallets

pytestmark = pytest.mark.apiserver

PIPELINES = "scoring.dev/v1alpha1/scoringpipelines"
SERVED = ScorerBlock(
    member="walletReputation",
    parameters={
        "variant": "zeru-v1",
        "weights": {"liquidityProvision": 0.125, "trading": 0.5},
        "categories": "merged",
        "strict": False,
        "zscoreDecimals": 18,
    },
)


class Place:
    """One namespace with a pipeline, and a person with a manifest and a file of wallets."""

    def __init__(self, kubeconfig: str, api: Api, folder: Path) -> None:
        self._kubeconfig = kubeconfig
        self._api = api
        self._folder = folder
        self.key = f"{api.namespace}/wallets"

    async def create(self, live: ScorerFile) -> None:
        manifest = a_manifest()
        manifest["metadata"] = {"name": "wallets", "namespace": self._api.namespace}
        await self._api.call("POST", PIPELINES, manifest)
        config = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": naming.live_name("wallets")}}
        await self._api.call("POST", "v1/configmaps", {**config, "data": {SCORER_FILE: live.encode().decode()}})

    async def plan(self, **members: Any) -> Answer:
        proposed, file = self._folder / "proposed.yaml", self._folder / "wallets.jsonl"
        proposed.write_text(yaml.safe_dump({**a_manifest(), "metadata": {"name": "wallets"}, **members}))
        file.write_bytes(b"".join(wallet.value + b"\n" for wallet in wallets(20, 3)))
        passed_on = ("--file", str(file), "--as-of", "1704499200", "-o", "json")
        return await Person(self._kubeconfig, self._api.namespace).run("plan", str(proposed), *passed_on)


@pytest.fixture
async def place(kubeconfig: str, apiserver: Apiserver, tmp_path: Path) -> AsyncIterator[Place]:
    namespace = f"plan-{uuid.uuid4().hex[:8]}"
    apiserver.kubectl("create", "namespace", namespace)
    api = Api(kubeconfig, namespace)
    try:
        yield Place(kubeconfig, api, tmp_path)
    finally:
        api.close()
        apiserver.kubectl("delete", "namespace", namespace, "--wait=false")


async def test_a_manifest_is_compared_with_what_the_pods_serve(place: Place) -> None:
    await place.create(ScorerFile(serving=SERVED))

    answer = await place.plan()

    assert answer.code == 0, answer.said
    found = json.loads(answer.out)
    assert (found["records"], found["before"]["revision"]) == (20, SERVED.revision)
    assert found["after"]["revision"] != SERVED.revision


async def test_a_pipeline_that_serves_nothing_yet_is_one_line_and_exit_code_3(place: Place) -> None:
    await place.create(ScorerFile(proposed=SERVED))

    assert await place.plan() == Answer(3, "", f"kubectl-scoring: {place.key} serves no revision yet\n")


async def test_a_pipeline_that_is_not_there_is_exit_code_2(place: Place) -> None:
    answer = await place.plan()

    assert (answer.code, answer.out, len(answer.said.splitlines())) == (2, "", 1)


async def test_what_scorer_plan_refuses_is_refused(place: Place) -> None:
    await place.create(ScorerFile(serving=SERVED))

    answer = await place.plan(spec={**a_manifest()["spec"], "scorer": {"walletReputation": {"variant": "zeru-v9"}}})

    assert (answer.code, answer.out) == (2, "")
    assert "spec.scorer.walletReputation.variant" in answer.said
