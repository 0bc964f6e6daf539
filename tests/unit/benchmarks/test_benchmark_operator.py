"""What the operator's benchmark counts, plays and says: its figures follow from the logs, not from the operator."""

import asyncio
import json
import os
import socket
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from benchmarks.operator import plain_kopf, tables
from benchmarks.operator.aims import aims, quantile
from benchmarks.operator.audit import Audit, Request, reads, writes
from benchmarks.operator.change import has_weight
from benchmarks.operator.connections import connections, inodes
from benchmarks.operator.contestants import OURS, PLAIN
from benchmarks.operator.creation import Creation
from benchmarks.operator.deployments import pod, replica_set, status
from benchmarks.operator.drift import Repair
from benchmarks.operator.run import Result
from benchmarks.operator.scene import is_ready
from benchmarks.operator.seen import Seen, newer, replaced
from benchmarks.operator.steady import Steady
from benchmarks.operator.workers import PARTITIONS, Worker

from harness.pipelines import a_manifest, a_pipeline
from scoring_operator.cluster.kube.pods import pods_of
from scoring_operator.config import WorkerDefaults
from scoring_operator.desired.children import Decisions, children
from scoring_operator.facts import Manifest
from scoring_operator.status import rollout
from scoring_service.contract.scorer_file import ScorerBlock, ScorerFile

WORKERS = WorkerDefaults(image="scoring/service:1")


def logged(verb: str, resource: str, subresource: str = "", *, stage: str = "ResponseComplete", code: int = 200) -> str:
    event = {
        "stage": stage,
        "verb": verb,
        "objectRef": {"resource": resource, "subresource": subresource, "name": "x"},
        "responseStatus": {"code": code},
    }
    return json.dumps(event) + "\n"


def test_only_answered_requests_count_and_a_subresource_is_one_of_its_own(tmp_path: Path) -> None:
    log = tmp_path / "audit.log"
    log.write_text(
        logged("patch", "scoringpipelines", "status")
        + logged("watch", "pods", stage="ResponseStarted")
        + logged("get", "services", code=404)
    )

    found = Audit(log).since(0)

    assert found == [Request("patch", "scoringpipelines/status", 200), Request("get", "services", 404)]


def test_requests_since_a_mark_are_those_of_whole_lines_after_it(tmp_path: Path) -> None:
    log = tmp_path / "audit.log"
    audit = Audit(log)
    assert audit.since(audit.mark()) == []
    log.write_text(logged("create", "services"))
    mark = audit.mark()
    with log.open("a") as appended:
        appended.write(logged("delete", "services") + '{"stage": "Resp')

    assert audit.since(mark) == [Request("delete", "services", 200)]


def test_writes_of_leases_are_none_of_a_pipeline() -> None:
    asked = [Request("update", "leases", 200), Request("patch", "pods", 200), Request("list", "pods", 200)]

    assert writes(asked) == Counter(pods=1)
    assert reads(asked) == 1


def test_a_connection_counts_by_the_port_at_its_other_end() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        before = connections(os.getpid(), port)

        with socket.create_connection(("127.0.0.1", port)):
            assert (before, connections(os.getpid(), port)) == (0, 1)


def test_connections_that_listen_or_have_ended_do_not_count() -> None:
    row = "  {n}: 0100007F:9C40 0100007F:442D {state} 00000000:00000000 00:00000000 00000000     0        0 7{n} 1 0"
    table = "\n".join(["head", *(row.format(n=n, state=state) for n, state in enumerate(("01", "0A", "06")))])

    assert inodes(table, 0x442D) == ["70"]


def an_object(uid: str, version: int, name: str = "a") -> Manifest:
    return {"kind": "Service", "metadata": {"name": name, "uid": uid, "resourceVersion": str(version)}}


async def test_a_deleted_object_is_seen_whole_when_another_of_its_name_comes() -> None:
    seen = Seen(api=None, namespace="x", kinds=())  # type: ignore[arg-type]  # nobody is asked
    former = an_object("one", 1)
    seen.note("Service", "ADDED", former)
    back = asyncio.create_task(seen.until("Service", "a", replaced(former)))
    for event, manifest in (("MODIFIED", an_object("one", 2)), ("DELETED", an_object("one", 3))):
        await asyncio.sleep(0)
        seen.note("Service", event, manifest)
    assert not back.done()

    seen.note("Service", "ADDED", an_object("two", 4))

    await asyncio.wait_for(back, 1)


async def test_several_wait_for_one_object_and_each_for_its_own_state() -> None:
    seen = Seen(api=None, namespace="x", kinds=())  # type: ignore[arg-type]  # nobody is asked
    soon, late = (asyncio.create_task(seen.until("Service", "a", newer(an_object("one", n)))) for n in (1, 2))
    await asyncio.sleep(0)

    seen.note("Service", "ADDED", an_object("one", 2))
    await asyncio.wait_for(soon, 1)
    assert not late.done()
    seen.note("Service", "MODIFIED", an_object("one", 3))

    await asyncio.wait_for(late, 1)


def a_stored_deployment(replicas: int = 2) -> Manifest:
    decisions = Decisions(file=ScorerFile(), replicas=replicas, image="scoring/service:1")
    found = next(child for child in children(a_pipeline(), WORKERS, decisions) if child["kind"] == "Deployment")
    return {**found, "metadata": {**found["metadata"], "uid": "of-deployment", "generation": 3}}


def test_the_operator_takes_what_is_played_for_pods_of_the_present_template() -> None:
    deployment = a_stored_deployment()
    made = {**replica_set(deployment), "kind": "ReplicaSet"}
    made["metadata"]["uid"] = "of-set"
    played = {**pod(made, 7), "kind": "Pod"}
    played["metadata"] |= {"uid": "of-pod", "namespace": "shop"}

    (found,) = pods_of([deployment, made, played])

    assert not found.is_former
    assert rollout({**deployment, "status": status(deployment)}, [found]).complete


@pytest.mark.parametrize("count", [1, 2, 4, 7])
def test_played_workers_share_out_every_partition_once(count: int) -> None:
    names = [f"pod-{number}" for number in range(count)]

    said = [Worker(name, "shop/wallets", "live", "", None, siblings=names).status() for name in names]  # type: ignore[arg-type]  # no listener

    assert sorted(lane.partition for each in said for lane in each.lanes) == list(range(PARTITIONS))


def test_the_plain_operator_makes_the_same_children() -> None:
    manifest = a_manifest()
    manifest["metadata"] |= {"uid": "uid-of-pipeline", "generation": 1}
    file = ScorerFile(serving=a_pipeline().block)

    wanted = plain_kopf.wanted(manifest, WORKERS)

    assert wanted == children(a_pipeline(), WORKERS, Decisions(file=file, replicas=1, image=WORKERS.image))


@pytest.mark.parametrize("slot", ["serving", "proposed"])
def test_a_weight_has_arrived_in_either_slot(slot: str) -> None:
    block = ScorerBlock(member="walletReputation", parameters={"weights": {"trading": 0.25}})
    content = ScorerFile(**{slot: block}).encode().decode()
    seen = {"data": {"scorer.json": content}}

    assert has_weight(0.25)(seen)
    assert not has_weight(0.5)(seen)
    assert not has_weight(0.25)(None)


def a_ready(generation: int, observed: int, ready: str = "True") -> Manifest:
    condition = {"type": "Ready", "status": ready, "observedGeneration": observed}
    return {"metadata": {"generation": generation}, "status": {"conditions": [condition]}}


def test_ready_of_a_former_generation_is_not_ready() -> None:
    assert is_ready(a_ready(2, 2))
    assert not is_ready(a_ready(2, 1))
    assert not is_ready(a_ready(2, 2, "False"))
    assert not is_ready({"metadata": {"generation": 1}})
    assert not is_ready(None)


def a_result(**parts: Any) -> Result:
    made = Creation(2, 61.0, [1.0, 2.0], Counter(configmaps=6, services=2), 4, 0.1, 100.0)
    rest = Steady(60.0, 0.01, 90.0, Counter(), 30, 0, 17.0)
    return Result(**{"contestant": OURS, "creation": made, "steady": rest, "drift": [], "connections": 5, **parts})


def test_an_aim_that_is_missed_says_so_and_one_without_figures_is_not_judged() -> None:
    found = {aim.aim: aim.is_reached for aim in aims(a_result())}

    assert found["2 pipelines created, until all are Ready: at most 60 s"] is False
    assert found["writes per created pipeline: at most 6"] is True
    assert found["writes but the Lease's on idle topics, in 1 min: none"] is True
    assert not any("drift" in aim or "Secrets" in aim or "restart" in aim for aim in found)


def test_one_late_repair_does_not_hide_in_the_median() -> None:
    repairs = [Repair("Service deleted", took) for took in (0.010, 0.012, 5.0)]

    table = tables.drift_table(a_result(drift=repairs))

    assert "| Service deleted | 12.0 ms | 5000.0 ms | 3 |" in table


def test_an_operator_that_repairs_nothing_says_never_and_a_failure_says_why() -> None:
    plain = a_result(contestant=PLAIN, creation=None, problems={"creation": "plain kopf ended with 1: no"})

    table = tables.side_by_side([a_result(drift=None), plain])

    assert "| drift repaired, p50 / p99 | – | never |" in table
    assert "| created until all are Ready | 61.0 s | – |" in table
    assert "| failed at | – | creation: plain kopf ended with 1: no |" in table


def test_a_percentile_of_one_value_is_that_value() -> None:
    assert quantile([3.0], 99) == 3.0
    assert quantile([0.0, 1.0], 50) == 0.5


def test_a_mark_never_falls_into_a_line_that_is_being_written(tmp_path):
    def line(name):
        asked = {"stage": "ResponseComplete", "verb": "get", "responseStatus": {"code": 200}}
        return json.dumps({**asked, "objectRef": {"resource": name}}).encode() + b"\n"

    log = tmp_path / "audit.log"
    audit = Audit(log)
    assert audit.mark() == 0
    log.write_bytes(line("before") + line("meanwhile")[:20])

    mark = audit.mark()
    log.write_bytes(line("before") + line("meanwhile") + line("after")[:-1])

    assert [request.resource for request in audit.since(mark)] == ["meanwhile"]
