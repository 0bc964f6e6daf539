"""Every combination of what can be observed of a pipeline, in words, and the facts that it stands for."""

from collections.abc import Iterator, Mapping
from functools import cache
from itertools import product

from harness.pipelines import a_block, a_lane, a_pod, a_report, a_revision
from scoring_operator.conditions import Facts, Reason, Rollout
from scoring_operator.facts import PodReport
from scoring_operator.revisions import judge as judge_revisions
from scoring_service.contract.scorer_file import ScorerFile
from scoring_service.contract.worker_status import LaneState, LaneStatus

PARTITIONS = 4
DIMENSIONS: dict[str, tuple[str, ...]] = {
    "paused": ("no", "yes"),
    "asked": ("two pods", "no pod", "suspended"),
    "problem": ("none", "InvalidSpec", "ManifestRefused", "Conflict", "UnknownFields"),
    "delay": ("no", "yes"),
    "revision": ("verified", "proposed", "not read yet", "refused", "first", "first refused"),
    "rollout": ("done", "under way", "stuck"),
    "pods": (
        "score all",
        "score all, one more starts",
        "score all, one more is kept out",
        "are gone",
        "start",
        "are kept out",
        "one is silent",
        "know no partitions",
        "leave partitions alone",
        "hold a lane for its output",
        "hold a lane for lost offsets",
        "hold a lane for its budget",
        "have a lane that stands still",
        "have a lane that is new",
    ),
}
Situation = Mapping[str, str]


SERVING, PROPOSED = a_block(), a_block(0.3)
FILES = {
    "verified": ScorerFile(serving=SERVING),
    "proposed": ScorerFile(serving=SERVING, proposed=PROPOSED),
    "not read yet": ScorerFile(serving=SERVING, resume="now"),
    "refused": ScorerFile(serving=SERVING, proposed=PROPOSED),
    "first": ScorerFile(proposed=PROPOSED),
    "first refused": ScorerFile(proposed=PROPOSED),
}
LANES = {
    "hold a lane for its output": {"state": LaneState.HELD, "reason": "OutputUnavailable"},
    "hold a lane for lost offsets": {"state": LaneState.HELD, "reason": "OffsetsLost"},
    "hold a lane for its budget": {"state": LaneState.HELD, "reason": "FailureBudgetExceeded"},
    "have a lane that stands still": {"state": LaneState.STALLED},
    "have a lane that is new": {"state": LaneState.INITIALISING},
}


@cache
def reports(pods: str, revision: str) -> tuple[PodReport, ...]:
    """Return what two pods say, and what of them says what."""
    file = FILES[revision]
    read = ScorerFile(serving=SERVING) if revision == "not read yet" else file
    refused = a_revision(0.3) if "refused" in revision else ""
    serving = "" if revision.startswith("first") else a_revision()

    def report(number: int, *lanes: LaneStatus, ready: bool = True, held: str = "", knows: bool = True) -> PodReport:
        parts = {"serving": serving, "refused": refused, "ready": ready, "held": held}
        return a_report(number, file=read, lanes=lanes, partitions=PARTITIONS if knows else None, **parts)

    first, second = (tuple(a_lane(n) for n in range(start, PARTITIONS, 2)) for start in (0, 1))
    good = (report(0, *first), report(1, *second))
    if pods in LANES:
        return (report(0, a_lane(0, **LANES[pods]), *first[1:]), good[1])
    return {
        "score all": good,
        "score all, one more starts": (*good, report(2, ready=False)),
        "score all, one more is kept out": (*good, report(2, ready=False, held="CredentialsMissing", knows=False)),
        "are gone": (),
        "start": (report(0, ready=False), report(1, ready=False)),
        "are kept out": tuple(report(n, ready=False, held="CredentialsMissing", knows=False) for n in range(2)),
        "one is silent": (good[0], PodReport(a_pod(1))),
        "know no partitions": (report(0, knows=False), report(1, knows=False)),
        "leave partitions alone": (good[0], report(1)),
    }[pods]


def observed(situation: Situation) -> Facts:
    """Return the facts of a situation."""
    found = reports(situation["pods"], situation["revision"])
    changed = situation["revision"] not in ("verified", "not read yet")
    desired = a_revision(0.3) if changed else a_revision()
    is_readable = situation["problem"] != "InvalidSpec"
    knows_partitions = situation["pods"] not in ("are kept out", "know no partitions")
    rollout = {"done": Rollout(), "under way": Rollout(complete=False), "stuck": Rollout(complete=False, stuck=True)}
    return Facts(
        replicas=0 if situation["asked"] == "no pod" else 2,
        wanted=2 if situation["asked"] == "two pods" else 0,
        partitions=PARTITIONS if knows_partitions else None,
        reports=found,
        revisions=judge_revisions(desired if is_readable else "", FILES[situation["revision"]], found),
        rollout=rollout[situation["rollout"]],
        suspended=situation["asked"] == "suspended",
        reconcile="paused" if situation["paused"] == "yes" else "",
        problem=None if situation["problem"] == "none" else (Reason(situation["problem"]), "why"),
        delay="the webhook is away" if situation["delay"] == "yes" else "",
    )


def situations(**fixed: str) -> Iterator[Situation]:
    """Yield every combination, but where something is fixed."""
    choices = [(fixed[name],) if name in fixed else values for name, values in DIMENSIONS.items()]
    for values in product(*choices):
        situation = dict(zip(DIMENSIONS, values, strict=True))
        nobody_can_refuse = situation["problem"] == "InvalidSpec" or situation["pods"] == "are gone"
        if not (nobody_can_refuse and "refused" in situation["revision"]):
            yield situation
