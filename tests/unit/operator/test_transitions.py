"""From any spec to any other: a pipeline ends as if it had been created so, and then nothing is written any more.

Specs are drawn from the definition (harness/specs.py). `TRANSITIONS=1000` goes through so many of them.
"""

import json
import os
from collections.abc import Callable
from copy import deepcopy
from random import Random
from typing import Any, Final

import pytest

from harness.memory_world import IMAGE, MemoryWorld
from harness.pipelines import KEY
from harness.specs import Specs, leaves
from scoring_operator.facts import Manifest
from scoring_service.contract.names import SCORER_FILE
from scoring_service.contract.pipeline import parse_pipeline

TRANSITIONS: Final = int(os.environ.get("TRANSITIONS", "12"))
CHAIN: Final = 6
"""Changes that one pipeline goes through."""
HASTE: Final = ((0,), (0,), (1, 0), (2, 0), (0, 1, 4, 0))
"""Turns between changes: most are through before the next one comes, some are not."""
COMMITTED: Final = 7
DEPLOYMENT: Final = f"Deployment/{KEY.name}"
LIVE_FILE: Final = f"ConfigMap/{KEY.name}-live"


@pytest.mark.timeout(60 + 5 * TRANSITIONS)
@pytest.mark.parametrize("seed", range(TRANSITIONS // CHAIN))
async def test_a_changed_pipeline_ends_as_if_it_had_been_created_so(
    seed: int, record_property: Callable[[str, object], None]
) -> None:
    specs, random = Specs(seed), Random(seed)
    spec = specs.new()
    world = await _created(spec)
    for number in range(CHAIN):
        for turns in random.choice(HASTE):
            spec = specs.next(spec)
            kept = _kept(world)
            world.put(spec)
            for _ in range(turns):
                await world.turn()
        if random.random() < 0.25:
            world.start()

        await world.rest()

        parse_pipeline(spec)  # what the definition admits is understood
        said = f"seed {seed}, change {number}: {json.dumps(spec['spec'])}"
        assert _told(world) == _told(await _created(_with_image(spec, kept))), said
        assert await world.writes_at_rest() == 0, said
    record_property("transitions", CHAIN)


def test_every_field_of_the_definition_has_values_to_change_between() -> None:
    specs = Specs(0)

    with_one = {".".join(path) for path, schema in leaves() if len(specs.values(schema, path)) < 2}

    assert {path.rpartition(".")[2] for path in with_one} == {"variant"}  # there is only one so far


async def _created(spec: Manifest) -> MemoryWorld:
    world = MemoryWorld(committed=COMMITTED)
    world.put(spec)
    await world.rest()
    return world


def _kept(world: MemoryWorld) -> str:
    """Return the image that the workers keep if the spec names none: that with which they have scored."""
    if not world.pipeline["status"]["revision"].get("serving"):
        return IMAGE
    (container,) = world.children()[DEPLOYMENT]["spec"]["template"]["spec"]["containers"]
    image: str = container["image"]
    return image


def _with_image(spec: Manifest, kept: str) -> Manifest:
    """Return the spec as if it named the image that the pipeline keeps: no other history may show."""
    named = deepcopy(spec)
    named["spec"]["pod"]["image"] = named["spec"]["pod"]["image"] or kept
    return named


def _told(world: MemoryWorld) -> dict[str, Any]:
    """Return all that there is of a pipeline, but for what only its history can tell."""
    children = world.children()
    runs = bool(children[DEPLOYMENT]["spec"]["replicas"])
    file = json.loads(children[LIVE_FILE]["data"][SCORER_FILE])
    if not runs:  # nobody is there to verify: what served before stays beside what is proposed
        file |= {"proposed": file["proposed"] or file["serving"], "serving": None, "started": False}
    status = world.pipeline["status"]
    conditions = {c["type"]: (c["status"], c["reason"]) for c in status["conditions"]}
    return {
        "children": children | {LIVE_FILE: file},
        "replicas": world.pipeline["spec"]["replicas"],
        "conditions": conditions if runs else {},
        "status": {name: status.get(name) for name in ("lag", "partitions", "readyReplicas", "revision")}
        if runs
        else {},
    }
