"""Row 40: an operator under a definition that is newer or older than its own, on the real API server."""

import asyncio
import copy
import json
import time
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from faults.results import Row
from harness.apiserver import Apiserver
from harness.operated import PIPELINE, value
from harness.stage import until
from operator_faults.conftest import DEFINITION, ESTABLISHED
from operator_faults.hurt import Hurt

pytestmark = [pytest.mark.apiserver, pytest.mark.timeout(600)]

WITHIN_S: Final = 120.0
DROPPED: Final = ("revisions", "firstCommitTime", "controller", "image")
"""Of the status, as if a release before had not known them."""
LOOKS: Final = 3
REFUSED: Final = 300


def definition() -> dict[str, Any]:
    """Return the definition of this checkout."""
    loaded: dict[str, Any] = yaml.safe_load(DEFINITION.read_text())
    return loaded


def newer() -> dict[str, Any]:
    """Return it with a field more, which has a default."""
    of_spec = fields(found := definition(), "spec")
    of_spec["tomorrow"] = {"type": "object", "default": {"half": 1}, "properties": {"half": {"type": "integer"}}}
    of_spec["delivery"]["properties"]["tomorrow"] = {"type": "string", "default": "10s"}
    return found


def older() -> dict[str, Any]:
    """Return it with fewer fields of the status."""
    of_status = fields(found := definition(), "status")
    for name in DROPPED:
        del of_status[name]
    return found


def fields(of: dict[str, Any], part: str) -> dict[str, Any]:
    (version,) = of["spec"]["versions"]
    found: dict[str, Any] = version["schema"]["openAPIV3Schema"]["properties"][part]["properties"]
    return found


async def served(server: Apiserver, wanted: dict[str, Any], folder: Path) -> None:
    """Have the API server serve a definition."""
    (folder / "definition.json").write_text(json.dumps(copy.deepcopy(wanted)))
    await asyncio.to_thread(
        server.kubectl, "apply", "--server-side", "--force-conflicts", "-f", str(folder / "definition.json")
    )
    await asyncio.to_thread(server.kubectl, *ESTABLISHED)


async def test_a_newer_definition_is_said_and_all_that_is_known_goes_on(
    hurt: Hurt, server: Apiserver, tmp_path: Path, row: Row
) -> None:
    """Row 40. Every pipeline has the new field at once, as its default is filled in when it is read."""
    operator = await hurt.begin()
    pods = await hurt.uids()
    try:
        await served(server, newer(), tmp_path)

        async def is_served() -> bool:
            return "tomorrow" in (await hurt.pipeline())["spec"]

        await until(is_served)
        revision = await hurt.weigh(0.2)
        await hurt.scale(3)

        async def is_done() -> bool:
            status = (await hurt.pipeline())["status"]
            return status["revision"].get("serving") == revision and status.get("readyReplicas") == 3

        await until(is_done, within_s=60)

        async def is_said() -> bool:
            said = {c["type"]: (c["status"], c["reason"]) for c in (await hurt.pipeline())["status"]["conditions"]}
            assert said["Available"] == ("True", "AllPartitionsScored")
            return said["Accepted"] == said["Ready"] == ("False", "UnknownFields")

        await until(is_said)
        await hurt.rests(operator)
    finally:
        await served(server, definition(), tmp_path)
    back_at = time.monotonic()
    await hurt.weigh(0.3)
    recovery_s = await hurt.recovered(back_at, WITHIN_S)

    row(40, definition="newer", said="UnknownFields", recovery_s=recovery_s, bound_s=WITHIN_S)
    assert pods <= await hurt.uids()


async def test_a_status_that_an_older_definition_drops_is_not_written_for_ever(
    hurt: Hurt, server: Apiserver, tmp_path: Path, row: Row
) -> None:
    """Row 40."""
    await served(server, older(), tmp_path)
    try:
        operator = await hurt.begin()

        async def are_dropped() -> bool:
            return not {*DROPPED} & (await hurt.pipeline())["status"].keys()

        await until(are_dropped)
        began = time.monotonic()
        for _ in range(LOOKS):
            await hurt.rests(operator)
        further = await hurt.start("second")
        await asyncio.to_thread(operator.end)

        async def has_looked() -> bool:
            return value(further, "controller_runtime_reconcile_total") > 0

        await until(has_looked, within_s=30)
        await hurt.rests(further)
        await hurt.rests(further)
        writes = len([asked for asked in hurt.proxy.since(began) if asked.call.writes and asked.status < REFUSED])
    finally:
        await served(server, definition(), tmp_path)

    back_at = time.monotonic()
    await hurt.weigh(0.3)
    row(
        40,
        definition="older",
        writes_of_an_heir=writes,
        recovery_s=await hurt.recovered(back_at, WITHIN_S),
        bound_s=WITHIN_S,
    )
    assert writes <= 2, "one that claims, and one that tells"
    assert (await hurt.api.get(PIPELINE) or {})["status"].get("controller")
