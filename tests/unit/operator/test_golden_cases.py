"""Golden cases go with their slot: changed ones are verified like a revision, and cost nothing if they are missed."""

import msgspec
import pytest

from harness.pipelines import KEY, Workers, a_block, a_case, a_manifest, a_pipeline, a_report, a_revision, written
from scoring_operator import live_file
from scoring_operator.cluster.memory import MemoryCluster
from scoring_operator.config import WorkerDefaults
from scoring_operator.desired.children import Decisions, children
from scoring_operator.facts import Manifest, Observed
from scoring_operator.look import Clocks
from scoring_operator.reconcile import Reconciler
from scoring_operator.revisions import judge, next_file
from scoring_service.contract.names import CONTRACT_VERSION, SCORER_FILE
from scoring_service.contract.scorer_file import ScorerBlock, ScorerFile

PLAIN = a_block()
ONE, TWO = (msgspec.structs.replace(PLAIN, golden_cases=(a_case(name),)) for name in ("one", "two"))
SETTLED = ScorerFile(serving=ONE)
CHANGING = ScorerFile(serving=ONE, proposed=TWO)


def test_changed_cases_are_proposed_beside_those_that_hold_and_make_no_new_revision() -> None:
    assert next_file(SETTLED, TWO, [a_report(file=SETTLED)]) == CHANGING
    assert ONE.revision == TWO.revision == PLAIN.revision == a_revision()
    assert SETTLED.encode() != ScorerFile(serving=TWO).encode()


def test_changed_cases_that_hold_on_every_ready_pod_replace_the_former() -> None:
    assert next_file(CHANGING, TWO, [a_report(n, file=CHANGING) for n in range(2)]) == ScorerFile(serving=TWO)


def test_changed_cases_that_one_pod_misses_stay_proposed_although_it_serves_the_revision() -> None:
    reports = [a_report(0, file=CHANGING), a_report(1, file=CHANGING, refused=a_revision())]

    assert next_file(CHANGING, TWO, reports) == CHANGING
    told = judge(a_revision(), CHANGING, reports)
    assert (told.serving, told.refused, told.verified, told.everywhere) == (a_revision(), a_revision(), False, False)


def test_no_case_ever_reaches_the_pod_template() -> None:
    def template(**parts: object) -> Manifest:
        pipeline, workers = a_pipeline(**parts), WorkerDefaults(image="i")
        found = children(pipeline, workers, Decisions(ScorerFile(proposed=pipeline.block), 1, "i"))
        (deployment,) = [child for child in found if child["kind"] == "Deployment"]
        template: Manifest = deployment["spec"]["template"]
        return template

    assert template(goldenCases=[written(a_case())]) == template()


def test_a_block_without_cases_is_written_as_workers_of_the_former_version_know_it() -> None:
    written = msgspec.json.decode(ScorerFile(serving=PLAIN).encode())

    assert set(written["serving"]) == {"member", "parameters"}


OLD = ScorerFile(contract_version=1, serving=PLAIN)


def test_workers_of_the_former_version_get_their_version_without_cases() -> None:
    older = a_report(file=OLD)

    assert next_file(OLD, ONE, [older]) == OLD
    assert next_file(SETTLED, ONE, [older]) == OLD
    assert judge(a_revision(), OLD, [older], has_cases=True).untried


def test_the_version_is_that_of_the_oldest_pod_and_stays_while_none_answers() -> None:
    assert next_file(OLD, ONE, [a_report(0, file=OLD), a_report(1, file=SETTLED)]) == OLD
    assert next_file(OLD, ONE, []) == OLD
    assert next_file(SETTLED, ONE, []) == SETTLED


def test_cases_are_proposed_once_every_pod_reads_them() -> None:
    assert next_file(OLD, ONE, [a_report(file=SETTLED)]) == ScorerFile(serving=PLAIN, proposed=ONE)


@pytest.mark.parametrize("declared", [-1, 0, CONTRACT_VERSION + 7])
def test_a_version_that_this_operator_does_not_know_becomes_the_nearest_that_it_writes(declared: int) -> None:
    strange = a_report(file=ScorerFile(contract_version=declared, serving=PLAIN))

    assert next_file(OLD, PLAIN, [strange]).contract_version == (1 if declared < 1 else CONTRACT_VERSION)


def observed(file: ScorerFile | None, serving: str = a_revision()) -> Observed:
    """Return what an operator finds that has just started."""
    live = {"kind": "ConfigMap", "metadata": {"name": f"{KEY.name}-live"}}
    found = () if file is None else ({**live, "data": {SCORER_FILE: file.encode().decode()}},)
    return Observed(pipeline={"status": {"revision": {"serving": serving}}}, children=found)


def test_an_operator_that_starts_takes_cases_and_version_from_the_live_file() -> None:
    assert live_file.written(observed(CHANGING), KEY.name, TWO) == CHANGING
    assert live_file.written(observed(OLD), KEY.name, ONE) == OLD


def test_cases_of_the_spec_are_not_believed_to_be_verified_when_the_live_file_is_gone() -> None:
    found = live_file.written(observed(None), KEY.name, ONE)

    assert found == ScorerFile(serving=PLAIN)
    assert next_file(found, ONE, []) == ScorerFile(serving=PLAIN, proposed=ONE)


class World:
    """A cluster, its workers and an operator; the clock moves with every round."""

    def __init__(self) -> None:
        self.cluster = MemoryCluster()
        self.workers = Workers(self.cluster)
        self.now = 0.0
        self.restart_operator()

    def restart_operator(self) -> None:
        clocks = Clocks(monotonic=lambda: self.now)
        self.reconcile = Reconciler(self.cluster, self.workers, WorkerDefaults(image="i"), clocks)

    async def settle(self, *cases: str, trading: float = 0.4) -> None:
        """Have the spec ask for cases of these names and a weight; let everybody act until nothing changes."""
        self.cluster.create(a_manifest(trading=trading, goldenCases=[written(a_case(name)) for name in cases]))
        for _ in range(12):
            await self.reconcile(KEY)
            self.workers.run_pods()
            self.workers.refresh()
            self.now += 1.5

    @property
    def status(self) -> Manifest:
        status: Manifest = self.cluster.objects[("ScoringPipeline", *KEY)]["status"]
        return status

    def conditions(self) -> dict[str, tuple[str, str]]:
        return {found["type"]: (found["status"], found["reason"]) for found in self.status["conditions"]}

    @property
    def file(self) -> ScorerFile:
        config_map = self.cluster.objects[("ConfigMap", KEY.namespace, f"{KEY.name}-live")]
        return ScorerFile.decode(config_map["data"][SCORER_FILE].encode())

    def case_names(self, slot: ScorerBlock | None) -> list[str]:
        return [case.name for case in slot.golden_cases] if slot else []


REJECTED = {
    "Available": ("True", "AllPartitionsScored"),
    "Ready": ("False", "WeightsRejected"),
    "Stalled": ("True", "WeightsRejected"),
    "WeightsVerified": ("False", "WeightsRejected"),
}


async def test_a_revision_that_misses_a_case_never_serves_and_the_former_outlives_every_restart() -> None:
    world = World()
    await world.settle("one")
    assert world.conditions()["WeightsVerified"] == ("True", "WeightsTried")

    world.workers.refuse.add(a_revision(0.3))
    await world.settle("one", trading=0.3)
    assert REJECTED.items() <= world.conditions().items()
    for uid in list(world.cluster.pods):
        world.workers.kill(uid)
    world.restart_operator()
    await world.settle("one", trading=0.3)

    assert REJECTED.items() <= world.conditions().items()
    assert world.status["revision"] == {
        "desired": a_revision(0.3),
        "serving": a_revision(),
        "refused": a_revision(0.3),
    }


async def test_cases_that_miss_on_what_serves_are_told_and_cost_nothing_even_if_every_pod_starts_anew() -> None:
    world = World()
    await world.settle("one")

    world.workers.misses.add("two")
    await world.settle("one", "two")
    for uid in list(world.cluster.pods):
        world.workers.kill(uid)
    world.restart_operator()
    await world.settle("one", "two")

    assert REJECTED.items() <= world.conditions().items()
    assert (world.case_names(world.file.serving), world.case_names(world.file.proposed)) == (["one"], ["one", "two"])

    await world.settle("one")
    assert world.conditions()["Ready"] == ("True", "SpecRealised")
    assert world.file.proposed is None


async def test_an_operator_serves_workers_of_the_former_version_and_says_that_cases_are_not_tried() -> None:
    world = World()
    world.workers.version = 1
    await world.settle("one")

    assert (world.file.contract_version, world.case_names(world.file.serving)) == (1, [])
    assert world.conditions()["Available"] == ("True", "AllPartitionsScored")
    assert world.conditions()["Ready"] == ("False", "CasesUntried")
    assert world.conditions()["Stalled"] == ("True", "CasesUntried")
    assert world.conditions()["WeightsVerified"] == ("Unknown", "CasesUntried")

    world.workers.version = CONTRACT_VERSION
    await world.settle("one")
    assert (world.file.contract_version, world.case_names(world.file.serving)) == (CONTRACT_VERSION, ["one"])
    assert world.conditions()["WeightsVerified"] == ("True", "WeightsTried")
    assert world.conditions()["Ready"] == ("True", "SpecRealised")


async def test_a_new_operator_leaves_the_live_file_of_workers_of_the_former_version_as_it_is() -> None:
    world = World()
    world.workers.version = 1
    await world.settle()
    before = world.file.encode()

    world.restart_operator()
    await world.reconcile(KEY)

    assert world.file.encode() == before
    assert world.cluster.annotations == {}
    assert world.file.contract_version == 1


def test_a_file_of_the_former_version_is_the_same_to_the_byte() -> None:
    """Else an upgrade of the operator would have every pod read its live file again."""
    assert OLD.encode() == (
        b'{"contractVersion":1,"proposed":null,"resume":"","serving":{"member":"walletReputation","parameters":'
        b'{"variant":"zeru-v1","weights":{"liquidityProvision":0.6,"trading":0.4}}},"started":false}'
    )
