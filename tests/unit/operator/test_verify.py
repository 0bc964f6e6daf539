"""What `helm test` finds, on a release in memory: it passes only if everything holds, and names what does not."""

import asyncio
from typing import Any

import pytest

from scoring_operator.metrics import own
from scoring_operator.verify import checks
from scoring_operator.verify.memory import MemoryInstallation
from scoring_operator.verify.port import Subject
from scoring_operator.verify.running import checks_of, verified

PLAIN = Subject("shop", "shop.scoring-operator")
WITH_PIPELINE = PLAIN._replace(pipeline="scoring-operator-test")
ADDRESS = "10.0.0.7:8080"


def a_pod(ip: str = "10.0.0.7", port: str = "ops") -> dict[str, Any]:
    """Return the leader's pod."""
    ports = [{"name": port, "containerPort": 8080}]
    return {"spec": {"containers": [{"name": "operator", "ports": ports}]}, "status": {"podIP": ip}}


def a_pipeline(ready: str = "True", observed: int = 3, **status: Any) -> dict[str, Any]:
    """Return the tested pipeline of generation 3, which has committed unless told otherwise."""
    condition = {
        "type": "Ready",
        "status": ready,
        "reason": "NoReadyPods",
        "message": "no pod is ready",
        "observedGeneration": observed,
    }
    told = {"conditions": [condition], "firstCommitTime": "2026-03-01T12:00:00Z"} | status
    return {"metadata": {"generation": 3}, "status": told}


def a_release(**parts: Any) -> MemoryInstallation:
    """Return a release that works, but for `parts`."""
    pages = {f"{ADDRESS}/readyz": "ok", f"{ADDRESS}/metrics": f"{own.LEADER.name} 1.0\n"}
    whole: dict[str, Any] = {
        "lease_holder": "operator-0_1a2b",
        "pods": {"operator-0": a_pod()},
        "pages": pages,
        "tested": a_pipeline(),
    }
    return MemoryInstallation(**(whole | parts))


async def said_of(release: MemoryInstallation, subject: Subject = WITH_PIPELINE) -> tuple[bool, list[str]]:
    """Return verdict and lines of one look."""
    lines: list[str] = []
    return await verified(release, subject, lines.append, within_s=0), lines


async def test_a_release_that_works_passes_every_check() -> None:
    passed, lines = await said_of(a_release())

    assert passed
    assert lines == [f"ok      {check.what}" for check in checks_of(WITH_PIPELINE)]
    assert len(lines) == 5


async def test_without_a_broker_no_pipeline_is_looked_for() -> None:
    passed, lines = await said_of(a_release(tested=None), PLAIN)

    assert passed
    assert len(lines) == 4


NOTHING = f"{own.LEADER.name} 0.0\n"
WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "no definition": ({"refusal": "the server could not find the requested resource"}, "could not find the requested"),
    "nobody leads": ({"lease_holder": ""}, "nobody holds the Lease shop/shop.scoring-operator"),
    "the leader is gone": ({"pods": {}}, "is of operator-0, of whom there is no pod"),
    "the leader has no address": ({"pods": {"operator-0": a_pod(ip="")}}, "pod operator-0 has no address yet"),
    "the leader has no ops port": ({"pods": {"operator-0": a_pod(port="http")}}, "has no address yet"),
    "the leader does not answer": ({"pages": {}}, f"http://{ADDRESS}/readyz: no answer"),
    "no metrics": ({"pages": {f"{ADDRESS}/readyz": "ok"}}, f"http://{ADDRESS}/metrics: no answer"),
    "metrics of somebody else": (
        {"pages": {f"{ADDRESS}/readyz": "ok", f"{ADDRESS}/metrics": "up 1\n"}},
        f"expected {own.LEADER.name} 1, got None",
    ),
    "metrics of a standby": (
        {"pages": {f"{ADDRESS}/readyz": "ok", f"{ADDRESS}/metrics": NOTHING}},
        f"expected {own.LEADER.name} 1, got 0.0",
    ),
    "no pipeline": ({"tested": None}, "there is no ScoringPipeline shop/scoring-operator-test"),
    "a pipeline that nobody has seen": ({"tested": {"metadata": {"generation": 1}}}, "the operator has not seen it"),
    "a pipeline that is not Ready": ({"tested": a_pipeline("False")}, "NoReadyPods: no pod is ready"),
    "a pipeline that was Ready before": ({"tested": a_pipeline(observed=2)}, "it is not Ready"),
    "a pipeline that has not scored": ({"tested": a_pipeline(firstCommitTime=None)}, "it is Ready and has committed"),
}


@pytest.mark.parametrize("case", WRONG)
async def test_what_is_wrong_is_named_and_ends_the_test(case: str) -> None:
    parts, why = WRONG[case]

    passed, lines = await said_of(a_release(**parts))

    assert not passed
    assert lines[-1].startswith("failed  ")
    assert why in lines[-1]
    assert all(line.startswith("ok") for line in lines[:-1])


async def test_what_comes_in_time_is_waited_for() -> None:
    release = a_release(lease_holder="")
    lines: list[str] = []
    running = asyncio.create_task(verified(release, PLAIN, lines.append, within_s=60, every_s=0.001))

    async with asyncio.timeout(10):
        while release.looks < 3:  # noqa: ASYNC110 - it is looked at until it changes
            await asyncio.sleep(0)
    release.lease_holder = "operator-0_1a2b"

    assert await running
    assert lines[-1].startswith("ok")


def test_an_address_of_ipv6_is_bracketed() -> None:
    assert checks.address_of(a_pod(ip="fd00::7")) == "[fd00::7]:8080"
