"""From any spec to any other: a pipeline ends as if it had been created so, and then nothing is written any more.

Specs are drawn from the definition (harness/specs.py). `TRANSITIONS=1000` goes through so many of them.
"""

import json
import os
from collections.abc import Callable
from random import Random
from typing import Final

import pytest

from harness.memory_world import MemoryWorld
from harness.specs import Specs, leaves
from harness.transitions import HASTE, kept, told, with_image
from scoring_operator.facts import Manifest
from scoring_service.contract.pipeline import parse_pipeline

TRANSITIONS: Final = int(os.environ.get("TRANSITIONS", "12"))
CHAIN: Final = 6
"""Changes that one pipeline goes through."""
COMMITTED: Final = 7


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
            image = kept(world.pipeline)
            world.put(spec)
            for _ in range(turns):
                await world.turn()
        if random.random() < 0.25:
            world.start()

        await world.rest()

        parse_pipeline(spec)  # what the definition admits is understood
        said = f"seed {seed}, change {number}: {json.dumps(spec['spec'])}"
        fresh = await _created(with_image(spec, image))
        assert told(world.children(), world.pipeline) == told(fresh.children(), fresh.pipeline), said
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
