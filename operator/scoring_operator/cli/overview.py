"""Pure: pipelines at one moment → the rows that a person looks at first."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from rich.table import Table

from scoring_operator.cli.answer import UNKNOWN, age, number, table
from scoring_operator.cli.explanation import condition
from scoring_operator.conditions import Condition
from scoring_operator.facts import Manifest

COLUMNS: Final = ("NAME", "AVAILABLE", "READY", "REPLICAS", "PARTITIONS", "LAG", "REVISION", "REASON", "AGE")
RIGHT: Final = ("REPLICAS", "PARTITIONS", "LAG")


class Overview:
    """Some pipelines at one moment."""

    def __init__(self, pipelines: Sequence[Manifest], now: datetime, *, with_namespace: bool = False) -> None:
        self._pipelines = pipelines
        self._now = now
        self._with_namespace = with_namespace

    def data(self) -> list[dict[str, Any]]:
        """Return name, status and replicas of each, for programs."""
        return [
            {
                "namespace": one["metadata"]["namespace"],
                "name": one["metadata"]["name"],
                "generation": one["metadata"].get("generation", 0),
                "replicas": one["spec"].get("replicas"),
                "status": one.get("status") or {},
            }
            for one in self._pipelines
        ]

    def text(self) -> Table | str:
        """Return the table, for people."""
        if not self._pipelines:
            return "no pipelines"
        if not self._with_namespace:
            return table(COLUMNS, map(self._row, self._pipelines), RIGHT)
        rows = ([one["metadata"]["namespace"], *self._row(one)] for one in self._pipelines)
        return table(("NAMESPACE", *COLUMNS), rows, RIGHT)

    def changes(self, before: "Overview | None") -> Iterator[str]:
        """Yield one line for each pipeline that is not as it was."""
        old = {} if before is None else before.lines()
        new = self.lines()
        yield from (f"{key}: {line}" for key, line in new.items() if old.get(key) != line)
        yield from (f"{key}: gone" for key in old.keys() - new.keys())

    def lines(self) -> dict[str, str]:
        """Return what does not change all the time of each, by `namespace/name`."""
        return {
            _key(one): f"{ready(one)}, revision {_revision(one)}, {_replicas(one)} ready" for one in self._pipelines
        }

    def _row(self, one: Manifest) -> list[str]:
        status = one.get("status") or {}
        created = datetime.fromisoformat(one["metadata"]["creationTimestamp"])
        return [
            one["metadata"]["name"],
            *(condition(status, kind).get("status", "Unknown") for kind in (Condition.AVAILABLE, Condition.READY)),
            _replicas(one),
            f"{_known(status.get('assignedPartitions'))}/{_known(status.get('partitions'))}",
            number((status.get("lag") or {}).get("records")),
            _revision(one),
            condition(status, Condition.READY).get("reason", UNKNOWN),
            age((self._now - created).total_seconds()),
        ]


def overview(pipelines: Sequence[Manifest], *, with_namespace: bool) -> Overview:
    """Return pipelines as they are now."""
    return Overview(pipelines, datetime.now(UTC), with_namespace=with_namespace)


def ready(pipeline: Manifest) -> str:
    """Return whether a pipeline is Ready, and why."""
    said = condition(pipeline.get("status") or {}, Condition.READY)
    return f"Ready {said.get('status', 'Unknown')} ({said.get('reason', 'not judged yet')})"


def _replicas(one: Manifest) -> str:
    return f"{(one.get('status') or {}).get('readyReplicas', 0)}/{one['spec'].get('replicas', UNKNOWN)}"


def _revision(one: Manifest) -> str:
    told = (one.get("status") or {}).get("revision") or {}
    serving, desired = told.get("serving", UNKNOWN), told.get("desired", UNKNOWN)
    return serving if serving == desired else f"{serving} → {desired}{' refused' if told.get('refused') else ''}"


def _key(one: Manifest) -> str:
    return f"{one['metadata']['namespace']}/{one['metadata']['name']}"


def _known(count: int | None) -> str:
    return UNKNOWN if count is None else str(count)
