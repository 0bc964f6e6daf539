"""From any spec to any other on a real API server: a pipeline ends as if created so, and is then left alone.

Specs are drawn from the definition (harness/specs.py). `TRANSITIONS=100` goes through so many of them.
"""

import json
import os
import time
from collections.abc import AsyncIterator, Callable
from random import Random
from typing import Final

import pytest

from contract.admission_cases import near
from harness.apiserver import Apiserver
from harness.kube_world import KubeWorld, kube_world
from harness.specs import Specs
from harness.transitions import HASTE, kept, told, with_image
from scoring_operator.api import crd

TRANSITIONS: Final = int(os.environ.get("TRANSITIONS", "10"))
CHAIN: Final = 5
"""Changes that one pipeline goes through."""
COMMITTED: Final = 7
AS_IN_A_POD: Final = {
    ("spec", "pod", "affinity"): ({}, near(), near(node=7), near(pods=50, away=2)),
    ("spec", "pod", "tolerations"): ([], [{"operator": "Exists"}], [{"key": "spot", "value": "a"}, {"key": "gpu"}]),
}
"""What the definition leaves to the Deployment, which refuses most other values: no pod ever runs with those."""
PRIORITY: Final = ("spec", "pod", "priorityClassName")

pytestmark = [pytest.mark.apiserver, pytest.mark.timeout(300 + 60 * TRANSITIONS)]


@pytest.fixture
async def world(kubeconfig: str, apiserver: Apiserver) -> AsyncIterator[KubeWorld]:
    """A world whose cluster has every priority class that a spec may name: without it there are no pods."""
    named = crd.schema()
    for step in PRIORITY:
        named = named["properties"][step]
    names = filter(None, Specs(0).values(named, PRIORITY))
    kind = {"apiVersion": "scheduling.k8s.io/v1", "kind": "PriorityClass", "value": 1}
    classes = [{**kind, "metadata": {"name": name}} for name in names]
    wanted = json.dumps({"apiVersion": "v1", "kind": "List", "items": classes})
    apiserver.kubectl("apply", "-f", "-", stdin=wanted)
    async with kube_world(apiserver) as world:
        world.stage.committed = COMMITTED
        yield world


@pytest.mark.parametrize("seed", range(TRANSITIONS // CHAIN))
async def test_a_changed_pipeline_ends_as_if_it_had_been_created_so(
    world: KubeWorld, seed: int, record_property: Callable[[str, object], None]
) -> None:
    specs, random, began = Specs(seed, AS_IN_A_POD), Random(seed), time.monotonic()
    spec, ends = specs.new(), []
    await world.put(spec)
    await world.rest()
    for number in range(CHAIN):
        for turns in random.choice(HASTE):
            spec = specs.next(spec)
            image = kept(await world.pipeline())
            await world.put(spec)
            for _ in range(turns):
                await world.turn()
        if random.random() < 0.25:
            world.start()

        await world.rest()

        said = f"seed {seed}, change {number}: {json.dumps(spec['spec'])}"
        ends.append((with_image(spec, image), told(await world.children(), await world.pipeline()), said))
        versions = await world.versions()
        assert await world.writes_at_rest() == 0, said
        assert await world.versions() == versions, said
    for fresh, end, said in ends:
        await world.clear()
        await world.put(fresh)
        await world.rest()
        assert end == told(await world.children(), await world.pipeline()), said
    record_property("transitions", CHAIN)
    print(f"seed {seed}: {CHAIN} transitions, {time.monotonic() - began:.1f} s")
