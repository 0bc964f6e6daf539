"""An operator that is away while things happen: the data plane goes on, and all is caught up on its return."""

import asyncio
import time
from typing import Final

import pytest

from faults.extent import extent
from faults.results import Row
from harness.apiserver import Apiserver
from harness.operated import PIPELINE, leads, value
from harness.stage import until
from operator_faults.conftest import DEFINITION, ESTABLISHED
from operator_faults.hurt import KINDS, Hurt, eventually

pytestmark = [pytest.mark.apiserver, pytest.mark.timeout(1200)]

WITHIN_S: Final = 120.0
AWAY_S: Final = extent(3.0, 600.0)


async def test_what_happens_while_the_operator_is_away_is_caught_up(hurt: Hurt, row: Row) -> None:
    """Row 24. Weights and replicas change, a pod dies, children are deleted and edited."""
    operator = await hurt.begin()
    former = (await hurt.pipeline())["status"]["revision"]["serving"]
    operator.kill()
    await hurt.weigh(0.2)
    await hurt.scale(3)
    await hurt.stage.end((await hurt.api.items("v1/pods"))[0])
    await hurt.delete("v1/services/wallets")
    await hurt.api.merge("policy/v1/poddisruptionbudgets/wallets", {"spec": {"maxUnavailable": 2}})
    await asyncio.sleep(AWAY_S)
    served = {hurt.stage._choice(worker)[0] for worker in hurt.stage.workers.values()}

    returned_at = time.monotonic()
    async with hurt.watched():
        operator = await hurt.start("second")
        recovery_s = await hurt.recovered(returned_at, WITHIN_S)
        await hurt.rests(operator)

    row(24, away_s=AWAY_S, recovery_s=recovery_s, bound_s=WITHIN_S)
    hurt.told_the_truth(returned_at, WITHIN_S)
    assert served == {former}, "pods serve what they did, whoever is there"


async def test_a_pipeline_deleted_while_the_operator_is_away_gets_nothing_back(hurt: Hurt, row: Row) -> None:
    """Row 29. Nothing holds it up, and nothing is made for it again."""
    operator = await hurt.begin()
    operator.kill()
    await hurt.delete(PIPELINE)
    assert await hurt.api.get(PIPELINE) is None, "a finalizer holds it"
    await collect_garbage(hurt)
    began = time.monotonic()

    operator = await hurt.start("second")
    await leads(operator)
    await asyncio.sleep(extent(2.0, 60.0))

    row(29, deleted="a pipeline, while nobody was there", children=len(await hurt.children()))
    assert await hurt.children() == []
    assert [asked.call for asked in hurt.proxy.since(began) if asked.call.writes] == []
    assert value(operator, "scoring_operator_orphans") == 0


async def collect_garbage(hurt: Hurt) -> None:
    """Delete what the pipeline owned, as a cluster's collector does."""
    for child in await hurt.children():
        await hurt.delete(f"{KINDS[child['kind']]}/{child['metadata']['name']}")
    for pod in await hurt.api.items("v1/pods"):
        await hurt.stage.end(pod)


async def test_a_namespace_that_is_deleted_is_let_go(hurt: Hurt, server: Apiserver, row: Row) -> None:
    """Row 29. The namespace's controller deletes kind by kind, the pipeline last: the worst order there is."""
    operator = await hurt.begin()
    namespace, began = hurt.api.namespace, time.monotonic()
    server.kubectl("delete", "namespace", namespace, "--wait=false")

    async def is_empty() -> bool:
        await collect_garbage(hurt)
        return not await hurt.children()

    await until(is_empty)
    assert await hurt.api.get(PIPELINE) is not None
    await hurt.delete(PIPELINE)
    assert await hurt.api.get(PIPELINE) is None, "a finalizer holds it"
    await asyncio.sleep(1.0)

    row(29, deleted="the namespace", recovery_s=time.monotonic() - began, bound_s=WITHIN_S)
    assert await hurt.children() == []
    assert operator.code is None
    assert operator.said("reconcile crashed") == []


async def test_a_definition_that_is_deleted_and_made_again_is_waited_for(
    hurt: Hurt, server: Apiserver, row: Row
) -> None:
    """Row 29. All pipelines go with it."""
    operator = await hurt.begin()
    await asyncio.to_thread(server.kubectl, "delete", "crd", "scoringpipelines.scoring.dev", "--timeout=60s")
    await collect_garbage(hurt)
    await asyncio.sleep(extent(3.0, 60.0))
    await asyncio.to_thread(server.kubectl, "apply", "--server-side", "-f", str(DEFINITION))
    await asyncio.to_thread(server.kubectl, *ESTABLISHED)
    back_at = time.monotonic()

    await eventually(hurt.create)
    recovery_s = await hurt.recovered(back_at, WITHIN_S)
    await hurt.rests(operator)

    row(29, deleted="the definition", recovery_s=recovery_s, bound_s=WITHIN_S)
    assert operator.code is None
