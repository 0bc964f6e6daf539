"""Specs that cannot be, and scorers that must not serve: the former goes on, and status says so."""

import time
from typing import Final

import pytest

from faults.results import Row
from harness.operated import PIPELINE
from harness.stage import until
from operator_faults.hurt import Hurt

pytestmark = [pytest.mark.apiserver, pytest.mark.timeout(600)]

WITHIN_S: Final = 60.0
HALTED_WITHIN_S: Final = 120.0


async def said(hurt: Hurt) -> dict[str, tuple[str, str]]:
    """Return status and reason of each condition."""
    return {c["type"]: (c["status"], c["reason"]) for c in (await hurt.pipeline())["status"]["conditions"]}


async def test_a_spec_that_the_cluster_refuses_is_said_and_the_former_pods_run_on(hurt: Hurt, row: Row) -> None:
    """Row 31. More memory is asked for than may be taken."""
    spec = {"pod": {"resources": {"requests": {"memory": "2Gi"}, "limits": {"memory": "1Gi"}}}}
    reason = "ManifestRefused"
    operator = await hurt.begin()
    pods = await hurt.uids()
    began = time.monotonic()
    async with hurt.watched():
        await hurt.api.merge(PIPELINE, {"spec": spec})

        async def is_said() -> bool:
            return (await said(hurt))["Stalled"] == ("True", reason)

        await until(is_said, WITHIN_S)
        said_s = time.monotonic() - began
        assert (await said(hurt))["Available"][0] == "True"
        assert (await said(hurt))["Ready"] == (await said(hurt))["Accepted"] == ("False", reason)
        assert await hurt.uids() == pods
        mended_at = time.monotonic()
        await hurt.api.merge(PIPELINE, {"spec": {"pod": None}})
        recovery_s = await hurt.recovered(mended_at, WITHIN_S)
        await hurt.rests(operator)

    row(31, spec=reason, said_s=said_s, recovery_s=recovery_s, bound_s=WITHIN_S)
    hurt.told_the_truth(began, WITHIN_S)
    assert await hurt.uids() == pods


async def test_a_scorer_that_the_workers_refuse_halts_and_the_former_one_serves(hurt: Hurt, row: Row) -> None:
    """Row 32, halts only. What else may be wrong with one is told by its candidate, before it is the scorer."""
    operator = await hurt.begin()
    pods = await hurt.uids()
    former = (await hurt.pipeline())["status"]["revision"]["serving"]
    began = time.monotonic()
    async with hurt.watched():
        hurt.stage.refuse.add(await hurt.weigh(0.2))

        async def is_halted() -> bool:
            return (await said(hurt))["Stalled"] == ("True", "WeightsRejected")

        await until(is_halted, HALTED_WITHIN_S)
        halted_s = time.monotonic() - began
        assert (await said(hurt))["Available"][0] == "True"
        assert (await hurt.pipeline())["status"]["revision"]["serving"] == former
        await hurt.rests(operator)
        mended_at = time.monotonic()
        await hurt.weigh(0.3)
        recovery_s = await hurt.recovered(mended_at, WITHIN_S)

    row(32, scorer="refused", halted_s=halted_s, recovery_s=recovery_s, bound_s=HALTED_WITHIN_S)
    hurt.told_the_truth(began, HALTED_WITHIN_S)
    assert await hurt.uids() == pods
