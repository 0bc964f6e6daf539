"""Events in a real cluster: `events.k8s.io/v1`, one object for each series."""

import hashlib
from datetime import datetime
from typing import Final

from scoring_operator import scope
from scoring_operator.cluster.kube.client import MERGE, KubeClient, NotFound
from scoring_operator.cluster.kube.kinds import PIPELINE, Kind
from scoring_operator.errors import Conflict
from scoring_operator.events.limits import Occurrence
from scoring_operator.facts import Manifest

EVENT: Final = Kind("Event", "events.k8s.io", "v1", "events", labels="")
ACTION: Final = "Reconcile"
"""What we were doing: an Event must say it, and we do nothing else."""
NOTE_LENGTH: Final = 1024
DIGEST_LENGTH: Final = 16


class KubeEvents:
    """Writes Events as one release of the operator."""

    def __init__(self, client: KubeClient, controller: str) -> None:
        self._client = client
        self._controller = controller
        self._query = {"fieldManager": scope.field_manager(controller)}

    async def write(self, occurrence: Occurrence) -> None:
        """Write an Event, or that it happened again."""
        if not occurrence.is_repeated:
            await self._create(occurrence)
            return
        series = {"series": {"count": occurrence.count, "lastObservedTime": _micro(occurrence.last)}}
        path = EVENT.path(occurrence.about.key.namespace, _name(occurrence))
        try:
            await self._client.request("PATCH", path, body=series, content_type=MERGE, query=self._query)
        except NotFound:  # it has expired
            await self._create(occurrence)

    async def _create(self, occurrence: Occurrence) -> None:
        path = EVENT.path(occurrence.about.key.namespace)
        try:
            await self._client.request("POST", path, body=self._manifest(occurrence), query=self._query)
        except NotFound:
            raise
        except Conflict:
            return  # a try whose answer was lost has written it

    def _manifest(self, occurrence: Occurrence) -> Manifest:
        event, (key, uid) = occurrence.event, occurrence.about
        return {
            "apiVersion": EVENT.api_version,
            "kind": EVENT.name,
            "metadata": {"namespace": key.namespace, "name": _name(occurrence)},
            "eventTime": _micro(occurrence.first),
            "reportingController": "scoring.dev/operator",
            "reportingInstance": self._controller,
            "action": ACTION,
            "type": event.severity,
            "reason": event.reason,
            "note": event.note[:NOTE_LENGTH],
            "regarding": {
                "apiVersion": PIPELINE.api_version,
                "kind": PIPELINE.name,
                "namespace": key.namespace,
                "name": key.name,
                "uid": uid,
            },
        }


def _name(occurrence: Occurrence) -> str:
    """Return the name of a series: the same for each of its repetitions, another one for the next series."""
    said = "\n".join([occurrence.about.uid, *occurrence.event, occurrence.first.isoformat()])
    return f"{occurrence.about.key.name}.{hashlib.sha256(said.encode()).hexdigest()[:DIGEST_LENGTH]}"


def _micro(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
