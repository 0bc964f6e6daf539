"""This machine as a cluster, with workers that only pretend: what the reconcile asks for is what runs."""

import asyncio
import itertools
from pathlib import Path

import pytest

from harness.cluster_laws import every_law
from harness.pipelines import KEY, a_manifest
from scoring_operator.cluster.local.cluster import LocalCluster
from scoring_operator.cluster.local.pod import Identity, LocalPod, Timing
from scoring_operator.cluster.local.workload import Machine
from scoring_operator.config import WorkerDefaults
from scoring_operator.desired.children import Decisions, children
from scoring_operator.errors import Conflict, NameTaken
from scoring_service.contract.names import (
    ENV_LIVE_DIRECTORY,
    ENV_POD_NAME,
    ENV_SECRETS_DIRECTORY,
    ENV_STARTUP_DIRECTORY,
    SCORER_FILE,
    STARTUP_FILE,
)
from scoring_service.contract.pipeline import parse_pipeline
from scoring_service.contract.scorer_file import ScorerFile
from scoring_service.contract.startup import Startup

QUICK = Timing(back_off_first_s=0.01, probe_unready_s=0.001, probe_ready_s=0.001)
WORKERS = WorkerDefaults(image="local", ops_host="127.0.0.1", ops_port=0)


class PretendedWorker:
    """Listens at once, and ends when told."""

    numbers = itertools.count(1)

    def __init__(self, environment, *, obeys=True):
        self.environment = environment
        self.pid = next(self.numbers)
        self.signals = []
        self._obeys = obeys
        self._code = asyncio.get_running_loop().create_future()

    async def listening(self):
        return f"127.0.0.1:{self.pid}"

    async def ended(self):
        return await asyncio.shield(self._code)

    def end(self, code):
        if not self._code.done():
            self._code.set_result(code)

    def terminate(self):
        self.signals.append("TERM")
        if self._obeys:
            self.end(0)

    def kill(self):
        self.signals.append("KILL")
        self.end(-9)


class World:
    """A local cluster, the workers that it started, and what a reconcile would apply."""

    def __init__(self, volumes):
        self.workers = []
        self.refusals = []
        self.obey = True
        self.ready = True
        self.changes = []
        inherited = {"INHERITED": "yes", ENV_SECRETS_DIRECTORY: "/home/me/secrets"}
        machine = Machine(volumes, self._launch, self._probe, inherited, QUICK)
        self.cluster = LocalCluster(machine, self.changes.append)

    async def _launch(self, environment):
        if self.refusals:
            raise self.refusals.pop()
        self.workers.append(PretendedWorker(environment, obeys=self.obey))
        return self.workers[-1]

    async def _probe(self, address):
        return self.ready

    def create(self, **parts):
        return self.cluster.put(a_manifest(**parts))

    async def realise(self, replicas=1, *, replaces=False, **parts):
        """Apply what the operator would."""
        self.create(**parts)
        pipeline = parse_pipeline(self.cluster.observe(KEY).pipeline)
        decisions = Decisions(ScorerFile(proposed=pipeline.block), replicas, "local", replaces)
        for child in children(pipeline, WORKERS, decisions):
            await self.cluster.apply(child)

    def pods(self):
        return self.cluster.observe(KEY).pods

    async def until(self, is_so):
        async with asyncio.timeout(10):
            while not is_so():  # noqa: ASYNC110 - whatever the pods do next
                await asyncio.sleep(0.001)

    async def until_ready(self, count):
        await self.until(lambda: [pod.ready for pod in self.pods()] == [True] * count)

    @property
    def alive(self):
        return [worker for worker in self.workers if not worker._code.done()]


def mounted(directory, name):
    return (Path(directory) / name).read_bytes()


@pytest.fixture
async def world(tmp_path):
    made = World(tmp_path)
    yield made
    made.cluster.kill()
    await made.cluster.close()


class LocalPlace:
    """A world, and a person."""

    key = KEY

    def __init__(self, world):
        self.cluster = world.cluster
        self.objects = world.cluster._objects.objects

    async def create(self, **parts):
        self.cluster.put(a_manifest(**parts))

    async def put(self, manifest):
        self.cluster.put(manifest)

    async def get(self, kind, name):
        return self.objects.get((kind, KEY.namespace, name))

    async def forget(self):
        pass  # this process is the cluster: what it forgets is gone

    async def replace(self):
        del self.objects[("ScoringPipeline", *KEY)]
        await self.create()


@every_law
async def test_this_machine_keeps_the_law_of_every_cluster(law, world):
    place = LocalPlace(world)
    await place.create()

    await law(place)


async def test_a_deployment_of_another_uid_is_not_ended(world):
    await world.realise()
    await world.until_ready(1)
    deployment = next(child for child in world.cluster.observe(KEY).children if child["kind"] == "Deployment")

    await world.cluster.delete({**deployment, "metadata": {**deployment["metadata"], "uid": "another"}})

    await world.until_ready(1)
    assert world.workers[0].signals == []


async def test_a_deployment_becomes_as_many_workers(world):
    await world.realise(replicas=2)

    await world.until_ready(2)

    assert len(world.workers) == 2
    assert sorted(pod.address for pod in world.pods()) == sorted(f"127.0.0.1:{worker.pid}" for worker in world.workers)
    assert world.cluster.pids() == {pod.name: int(pod.address.rpartition(":")[2]) for pod in world.pods()}


async def test_a_worker_finds_its_files_where_its_environment_says(world):
    await world.realise()
    await world.until_ready(1)

    environment = world.workers[0].environment

    startup = Startup.decode(mounted(environment[ENV_STARTUP_DIRECTORY], STARTUP_FILE))
    assert (startup.ops_host, startup.ops_port) == ("127.0.0.1", 0)
    assert ScorerFile.decode(mounted(environment[ENV_LIVE_DIRECTORY], SCORER_FILE)).proposed
    assert environment[ENV_POD_NAME] == world.pods()[0].name
    assert environment["INHERITED"] == "yes"


async def test_a_worker_finds_secrets_in_the_folder_that_this_machines_owner_names(world):
    login = {"plain": {"secret": {"name": "kafka-user"}}}

    await world.realise(kafka={"bootstrapServers": ["kafka:9093"], "tls": {}, "sasl": login})
    await world.until_ready(1)

    assert world.workers[0].environment[ENV_SECRETS_DIRECTORY] == "/home/me/secrets"


async def test_a_changed_weight_changes_the_file_and_no_worker(world):
    await world.realise(trading=0.4)
    await world.until_ready(1)
    live = world.workers[0].environment[ENV_LIVE_DIRECTORY]
    before = mounted(live, SCORER_FILE)

    await world.realise(trading=0.5)

    assert mounted(live, SCORER_FILE) != before
    assert len(world.workers) == 1
    assert world.workers[0].signals == []


async def test_a_changed_topic_replaces_workers_one_at_a_time(world):
    await world.realise(replicas=2)
    await world.until_ready(2)
    first = list(world.workers)

    await world.realise(replicas=2, topic="another")
    await world.until(lambda: len(world.workers) == 4 and len(world.alive) == 2)
    await world.until_ready(2)

    assert [worker.signals for worker in first] == [["TERM"], ["TERM"]]
    deployment = next(child for child in world.cluster.observe(KEY).children if child["kind"] == "Deployment")
    assert deployment["status"]["updatedReplicas"] == 2
    assert deployment["status"]["observedGeneration"] == deployment["metadata"]["generation"]


async def test_workers_that_must_not_meet_all_end_before_another_starts(world):
    world.obey = False
    await world.realise(replicas=2)
    await world.until_ready(2)
    first, last = world.workers

    await world.realise(replicas=2, topic="another", replaces=True)
    await world.until(lambda: first.signals == last.signals == ["TERM"])
    first.end(0)
    await world.until(lambda: len(world.pods()) == 1)
    assert [pod.is_former for pod in world.pods()] == [True]
    assert len(world.workers) == 2
    last.end(0)

    await world.until(lambda: len(world.workers) == 4)
    await world.until_ready(2)
    assert [pod.is_former for pod in world.pods()] == [False, False]


async def test_start_up_files_stay_named_as_long_as_a_pod_reads_them(world):
    await world.realise()
    await world.until_ready(1)

    names = {child["metadata"]["name"] for child in world.cluster.observe(KEY).children if child["kind"] == "ConfigMap"}

    assert world.cluster.observe(KEY).startups == names


async def test_a_worker_that_ends_by_itself_is_started_again_in_the_same_pod(world):
    await world.realise()
    await world.until_ready(1)
    pod = world.pods()[0]

    world.workers[0].end(1)
    await world.until(lambda: len(world.workers) == 2)
    await world.until_ready(1)

    assert world.pods()[0].uid == pod.uid
    assert world.pods()[0].restarts == 1
    assert KEY in world.changes


async def test_a_pod_whose_probe_fails_again_and_again_is_not_ready(world):
    await world.realise()
    await world.until_ready(1)

    world.ready = False

    await world.until(lambda: not world.pods()[0].ready)
    assert world.alive, "a failing readiness probe ends nothing"


async def test_a_worker_that_does_not_drain_in_time_is_killed(world):
    world.obey = False
    pod = LocalPod(
        Identity("shop", "wallets-1", "uid", "template", frozenset()), {}, world._launch, world._probe, QUICK
    )
    running = asyncio.create_task(pod.run(0.01, lambda: None))
    await world.until(lambda: pod.observed().ready)

    pod.stop()
    await running

    assert world.workers[0].signals == ["TERM", "KILL"]


async def test_a_worker_that_cannot_be_started_is_tried_again(world):
    world.refusals.append(OSError(11, "Resource temporarily unavailable"))

    await world.realise()
    await world.until_ready(1)

    assert world.pods()[0].restarts == 1


async def test_restarts_wait_longer_each_time(world):
    pod = LocalPod(
        Identity("shop", "wallets-1", "uid", "template", frozenset()), {}, world._launch, world._probe, QUICK
    )
    running = asyncio.create_task(pod.run(1, lambda: None))
    began = []
    for number in range(5):
        await world.until(lambda: len(world.workers) > number)  # noqa: B023 - used before it changes
        began.append(asyncio.get_running_loop().time())
        world.workers[number].end(1)

    pod.stop()
    await running

    waits = [later - earlier for earlier, later in itertools.pairwise(began)]
    assert waits[0] >= 0.01
    assert waits[3] >= 0.08


async def test_removing_a_pipeline_ends_its_workers_and_takes_its_files(world, tmp_path):
    await world.realise(replicas=2)
    await world.until_ready(2)

    await world.cluster.remove(KEY)

    assert world.alive == []
    assert world.cluster.observe(KEY).pipeline is None
    assert list((tmp_path / KEY.namespace).iterdir()) == []


async def test_closing_ends_every_worker_with_a_drain(world):
    await world.realise(replicas=3)
    await world.until_ready(3)

    await world.cluster.close()

    assert [worker.signals for worker in world.workers] == [["TERM"]] * 3


async def test_an_annotation_is_kept_with_its_pod(world):
    await world.realise()
    await world.until_ready(1)

    await world.cluster.annotate_pod(world.pods()[0], {"scoring.dev/config-digest": "abc"})

    assert next(world.cluster._pods()).annotations == {"scoring.dev/config-digest": "abc"}


async def test_scaling_writes_the_spec_of_the_same_object_only(world):
    world.create()
    seen = world.cluster.observe(KEY).pipeline

    await world.cluster.scale(seen, 3)

    assert world.cluster.observe(KEY).pipeline["spec"]["replicas"] == 3
    with pytest.raises(Conflict):
        await world.cluster.scale(seen, 4)


async def test_a_child_of_another_pipeline_is_not_taken_over(world):
    await world.realise()
    (child, *_) = world.cluster.observe(KEY).children
    foreign = {**child, "metadata": {**child["metadata"], "ownerReferences": []}}

    with pytest.raises(NameTaken):
        await world.cluster.apply(foreign)
