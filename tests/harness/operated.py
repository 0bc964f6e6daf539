"""One namespace of an API server with operators as processes, a stage that plays all else, and a person."""

from collections import Counter
from pathlib import Path
from typing import Any

from prometheus_client.parser import text_string_to_metric_families

from harness.operators import OperatorProcess
from harness.pipelines import a_manifest
from harness.stage import Api, Manifest, Stage, settled, until
from scoring_service.contract.revision import revision_of

PIPELINE = "scoring.dev/v1alpha1/scoringpipelines/wallets"
LEASE = "coordination.k8s.io/v1/leases/scoring-operator"
CHILDREN = (
    "v1/configmaps",
    "v1/services",
    "v1/serviceaccounts",
    "apps/v1/deployments",
    "policy/v1/poddisruptionbudgets",
    "v1/pods",
)
WRITES = ("PATCH", "POST", "PUT", "DELETE")


class World:
    """One namespace with operators, a stage and a person."""

    def __init__(self, api: Api, stage: Stage, kubeconfig: str, folder: Path) -> None:
        self.api, self.stage = api, stage
        self.kubeconfig, self._folder = kubeconfig, folder
        """Of the operators."""
        self.operators: list[OperatorProcess] = []

    def launch(self, name: str, *, kubeconfig: str = "", **options: Any) -> OperatorProcess:
        """Start an operator; `options` are those of its process."""
        kubeconfig = kubeconfig or self.kubeconfig
        started = OperatorProcess(name, kubeconfig, self.api.namespace, self._folder, **options)
        self.operators.append(started)
        return started

    async def start(self, name: str, **options: Any) -> OperatorProcess:
        """Start an operator and wait until it has listed everything."""
        started = self.launch(name, **options)
        await started.ready()
        return started

    async def two(self, *, ahead_s: tuple[int, int] = (0, 0)) -> tuple[OperatorProcess, OperatorProcess]:
        """Start a leader and a standby."""
        first = await self.start("first", ahead_s=ahead_s[0])
        await leads(first)
        return first, await self.start("second", ahead_s=ahead_s[1])

    async def create(self) -> None:
        manifest = a_manifest(replicas=2)
        manifest["metadata"] = {"name": "wallets"}
        await self.api.call("POST", "scoring.dev/v1alpha1/scoringpipelines", manifest)
        await until(self.is_ready, within_s=60)

    async def weigh(self, trading: float) -> str:
        """Change a weight; return the revision of the scorer as stored."""
        change = {"spec": {"scorer": {"walletReputation": {"weights": {"trading": trading}}}}}
        ((member, parameters),) = (await self.api.merge(PIPELINE, change))["spec"]["scorer"].items()
        return revision_of(member, parameters)

    async def is_ready(self) -> bool:
        """The pipeline is Ready in its present generation and nothing is under way."""
        pipeline = await self.pipeline()
        said = {c["type"]: c["status"] for c in pipeline.get("status", {}).get("conditions", [])}
        is_told = pipeline.get("status", {}).get("observedGeneration") == pipeline["metadata"]["generation"]
        return is_told and (said["Ready"], said["Reconciling"]) == ("True", "False")

    async def pipeline(self) -> Manifest:
        found = await self.api.get(PIPELINE)
        assert found is not None
        return found

    async def until_serving(self, revision: str) -> None:
        async def serves() -> bool:
            """The revision serves."""
            return bool((await self.pipeline())["status"]["revision"].get("serving") == revision)

        await until(serves, within_s=60)

    async def versions(self) -> dict[str, str]:
        """Return the version of everything that an operator writes or makes others write."""
        items = [item for path in CHILDREN for item in await self.api.items(path)]
        found = [await self.pipeline(), *items]
        return {f"{m.get('kind')} {m['metadata']['uid']}": m["metadata"]["resourceVersion"] for m in found}

    async def lease(self) -> Manifest:
        found = await self.api.get(LEASE)
        assert found is not None
        return dict(found["spec"])


async def leads(operator: OperatorProcess, within_s: float = 60.0) -> None:
    """Return once it leads."""

    async def is_leading() -> bool:
        return operator.is_leading

    await until(is_leading, within_s)


def requests(operator: OperatorProcess) -> Counter[tuple[str, str]]:
    """Return its requests to the API server so far, by verb and resource."""
    counts: Counter[tuple[str, str]] = Counter()
    for family in text_string_to_metric_families(operator.get("metrics")):
        for sample in family.samples:
            if sample.name == "scoring_operator_api_requests_total":
                counts[sample.labels["verb"], sample.labels["resource"]] += int(sample.value)
    return counts


def value(operator: OperatorProcess, name: str) -> float:
    """Return the sum of a family's series."""
    families = text_string_to_metric_families(operator.get("metrics"))
    return sum(sample.value for family in families for sample in family.samples if sample.name == name)


def writes(operator: OperatorProcess) -> dict[tuple[str, str], int]:
    """Return its writes so far, but for those of the Lease."""
    return {what: n for what, n in requests(operator).items() if what[0] in WRITES and what[1] != "leases"}


async def quiet(world: World) -> None:
    """Return once nothing has been written for two seconds."""
    await settled(world.versions, for_s=2.0)


async def leading_of(*operators: OperatorProcess) -> OperatorProcess:
    """Return the one that leads, once one does."""

    async def leader() -> OperatorProcess | None:
        return next((operator for operator in operators if operator.is_leading), None)

    found: OperatorProcess = await until(leader, within_s=60)
    return found


async def looked_at(operator: OperatorProcess, times: int = 2) -> None:
    """Return once it has reconciled so often."""

    async def has_looked() -> bool:
        return value(operator, "controller_runtime_reconcile_total") >= times

    await until(has_looked, within_s=90)
