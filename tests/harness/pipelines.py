"""Pipelines, pods and their reports as tests want them: everything has a default, a test names what it is about."""

import itertools
from collections.abc import Callable, Container, Sequence
from typing import Any

import msgspec

from scoring_operator.cluster.memory import MemoryCluster
from scoring_operator.facts import Key, Manifest, Pod, PodReport
from scoring_service.contract.golden_cases import GoldenCase
from scoring_service.contract.names import CONTRACT_VERSION, SCORER_FILE
from scoring_service.contract.pipeline import Pipeline, parse_pipeline
from scoring_service.contract.revision import digest_of, revision_of
from scoring_service.contract.scorer_file import ScorerBlock, ScorerFile
from scoring_service.contract.worker_status import CandidateStatus, LaneState, LaneStatus, RefusedRevision, WorkerStatus

KEY = Key("shop", "wallets")


def a_manifest(*, trading: float = 0.4, replicas: int = 1, topic: str = "in", **parts: Any) -> Manifest:
    """Return a ScoringPipeline as a person writes it; `parts` are further members of its spec."""
    return {
        "apiVersion": "scoring.dev/v1alpha1",
        "kind": "ScoringPipeline",
        "metadata": {"namespace": KEY.namespace, "name": KEY.name},
        "spec": {
            "kafka": {"bootstrapServers": ["kafka:9092"]},
            "input": {"topic": topic},
            "output": {"successTopic": "ok", "failureTopic": "failed"},
            "scorer": {
                "walletReputation": {
                    "variant": "zeru-v1",
                    "weights": {"liquidityProvision": 0.6, "trading": trading},
                }
            },
            "replicas": replicas,
            **parts,
        },
    }


def a_block(trading: float = 0.4) -> ScorerBlock:
    """Return the scorer block of `a_manifest`."""
    return parse_pipeline(a_manifest(trading=trading)).block


def a_revision(trading: float = 0.4) -> str:
    """Return the revision of `a_manifest`, hashed from what was written."""
    ((member, parameters),) = a_manifest(trading=trading)["spec"]["scorer"].items()
    return revision_of(member, parameters)


def a_case(name: str = "one", **changes: Any) -> GoldenCase:
    """Return a golden case."""
    return GoldenCase(**{"name": name, "as_of": 1.0, "inputs": ({},), "expect": ({"reason": "schema"},)} | changes)


def written(case: GoldenCase) -> Manifest:
    """Return a golden case as a person writes it."""
    found: Manifest = msgspec.to_builtins(case)
    return found


def a_pipeline(**parts: Any) -> Pipeline:
    """Return a parsed pipeline as the API server would have stored it."""
    manifest = a_manifest(**parts)
    manifest["metadata"].update(uid="uid-of-pipeline", generation=1)
    return parse_pipeline(manifest)


def a_pod(number: int = 0, *, ready: bool = True, terminating: bool = False) -> Pod:
    """Return a worker pod that can be asked."""
    return Pod(
        namespace=KEY.namespace,
        name=f"wallets-{number}",
        uid=f"pod-{number}",
        address=f"10.0.0.{number}:9090",
        ready=ready,
        terminating=terminating,
    )


def a_lane(
    partition: int,
    *,
    state: LaneState = LaneState.READY,
    lag: int | None = 0,
    reason: str = "",
    committed: int | None = None,
) -> LaneStatus:
    """Return a lane that has delivered ten records."""
    end = None if lag is None else 10 + lag
    return LaneStatus(
        partition=partition,
        state=state,
        reason=reason,
        position=10,
        last_stable_offset=end,
        committed_offset=committed,
    )


def a_report(
    number: int = 0,
    *,
    file: ScorerFile | None = None,
    serving: str | None = None,
    refused: str = "",
    lanes: Sequence[LaneStatus] = (),
    partitions: int | None = 6,
    ready: bool = True,
    terminating: bool = False,
    held: str = "",
) -> PodReport:
    """Return what a pod says that has read `file` and serves its newest revision, unless told otherwise."""
    file = file or ScorerFile(serving=a_block())
    newest = file.proposed or file.serving
    return PodReport(
        pod=a_pod(number, ready=ready, terminating=terminating),
        status=WorkerStatus(
            version="0.1.0",
            pipeline=str(KEY),
            pod=f"wallets-{number}",
            contract_version=file.contract_version,
            config_digest=digest_of(file.encode()),
            serving=(newest.revision if newest else "") if serving is None else serving,
            refused=RefusedRevision(revision=refused, message="weights.trading is too much") if refused else None,
            ready=ready,
            held=held,
            held_message=f"what {held} means" if held else "",
            partitions=partitions,
            lanes=tuple(lanes),
            candidate=_candidate(file),
        ),
    )


def _candidate(file: ScorerFile, refuse: Container[str] = ()) -> CandidateStatus | None:
    """Return what a pod says of the candidate in a file."""
    asked = file.candidate
    if asked is None:
        return None
    revision = asked.scorer.revision
    refusal = "cannot be built" if revision in refuse else ""
    return CandidateStatus(revision=revision, mode=asked.mode, percent=asked.percent, refusal=refusal)


class Workers:
    """Plays the Deployment controller, the kubelet and the workers of one pipeline on a `MemoryCluster`.

    It is a fleet as well: calling it asks the pods.
    """

    def __init__(self, cluster: MemoryCluster, partitions: int = 6) -> None:
        self.cluster = cluster
        self.partitions = partitions
        self.refuse: set[str] = set()
        """Revisions that no worker can build."""
        self.misses: set[str] = set()
        """Names of golden cases that no revision passes."""
        self.version = CONTRACT_VERSION
        """The newest version of the live file that the pods read."""
        self.silent: set[str] = set()
        """Uids of pods that do not answer."""
        self.lag = 0
        self.committed: int | None = None
        """Offset that the group has committed in every partition."""
        self.meanwhile: list[Callable[[], None]] = []
        """What happens while pods are asked, once each."""
        self._read: dict[str, bytes] = {}
        self._serving: dict[str, str] = {}
        self._refused: dict[str, str] = {}
        self._numbers = itertools.count()

    def run_pods(self) -> None:
        """Do what the Deployment asks: as many pods as it says, of its template, and its status accordingly."""
        deployment = self.cluster.objects.get(("Deployment", *KEY))
        if deployment is None:
            return
        template = deployment["spec"]["template"]
        for uid in [uid for uid, made_from in self.cluster.templates.items() if made_from != template]:
            self.kill(uid)
        wanted = deployment["spec"]["replicas"]
        while len(self.cluster.pods) > wanted:
            self.kill(next(reversed(self.cluster.pods)))
        while len(self.cluster.pods) < wanted:
            pod = a_pod(next(self._numbers))
            self.cluster.pods[pod.uid] = pod
            self.cluster.templates[pod.uid] = template
        deployment["status"] = {
            "observedGeneration": deployment["metadata"]["generation"],
            "replicas": wanted,
            "updatedReplicas": wanted,
            "readyReplicas": wanted,
        }

    def refresh(self, *, everyone: bool = False) -> None:
        """Let pods read the live file as the kubelet would: those that are new or nudged, or all."""
        config_map = self.cluster.objects.get(("ConfigMap", KEY.namespace, f"{KEY.name}-live"))
        if config_map is None:
            return
        content = config_map["data"][SCORER_FILE].encode()
        try:
            file = ScorerFile.decode(content)
        except msgspec.MsgspecError:
            return  # whoever has read a file goes on with it, whoever has not waits for one
        for uid in self.cluster.pods:
            nudged = bool(self.cluster.annotations.pop(uid, {}))
            if file.contract_version <= self.version and (everyone or nudged or uid not in self._read):
                self._read[uid] = content
                self._act(uid, file)

    def kill(self, uid: str) -> None:
        """Let a pod die."""
        del self.cluster.pods[uid]
        self.cluster.templates.pop(uid, None)
        for known in (self._read, self._serving, self._refused):
            known.pop(uid, None)

    def _act(self, uid: str, file: ScorerFile) -> None:
        slots = [block for block in (file.proposed, file.serving) if block is not None]
        passing = [block.revision for block in slots if self._passes(block)]
        self._refused[uid] = slots[0].revision if slots and not self._passes(slots[0]) else ""
        if passing or uid not in self._serving:
            self._serving[uid] = passing[0] if passing else ""

    def _passes(self, block: ScorerBlock) -> bool:
        return block.revision not in self.refuse and not self.misses & {case.name for case in block.golden_cases}

    async def __call__(self, pods: Sequence[Pod]) -> tuple[PodReport, ...]:
        """Return what the pods say."""
        while self.meanwhile:
            self.meanwhile.pop(0)()
        return tuple(self._report(number, len(pods), pod) for number, pod in enumerate(pods))

    def _report(self, number: int, count: int, pod: Pod) -> PodReport:
        if pod.uid in self.silent:
            return PodReport(pod)
        refused = self._refused.get(pod.uid, "")
        return PodReport(
            pod,
            WorkerStatus(
                version="0.1.0",
                pipeline=str(KEY),
                contract_version=self.version,
                config_digest=digest_of(self._read[pod.uid]) if pod.uid in self._read else "",
                serving=self._serving.get(pod.uid, ""),
                candidate=_candidate(ScorerFile.decode(self._read[pod.uid]), self.refuse)
                if pod.uid in self._read
                else None,
                refused=RefusedRevision(revision=refused, message="cannot be built") if refused else None,
                ready=True,
                partitions=self.partitions,
                lanes=tuple(
                    a_lane(partition, lag=self.lag, committed=self.committed)
                    for partition in range(number, self.partitions, count)
                ),
            ),
        )
