"""What happens in an operator process, by name; the table says under which names it is exported."""

from collections.abc import Callable, Iterable
from typing import Final

from prometheus_client import CollectorRegistry, ProcessCollector

from scoring_operator.metrics import controller_runtime as cr
from scoring_operator.metrics import own
from scoring_operator.metrics.family import Family
from scoring_operator.metrics.instruments import Instruments, Labels

KIND: Final = "ScoringPipeline"
QUEUE: Final = (cr.CONTROLLER, cr.CONTROLLER)
CONFLICT: Final = 409
STATUS: Final = "scoringpipelines/status"


class Metrics:
    """Instruments of one operator process."""

    def __init__(self, version: str = "") -> None:
        """Show what can be counted at 0 from the start; `version` is the operator's."""
        self.registry = CollectorRegistry()
        self._instruments = Instruments((*cr.CONTROLLER_RUNTIME, *own.OWN))
        self.registry.register(self._instruments)
        ProcessCollector(registry=self.registry)
        for family in (cr.RECONCILE_ERRORS, cr.RECONCILE_PANICS):
            self._instruments.count(family, cr.CONTROLLER, by=0)
        for family in (cr.ADDS, cr.RETRIES):
            self._instruments.count(family, *QUEUE, by=0)
        self._instruments.count(own.STATUS_CONFLICTS, by=0)
        for direction in ("up", "down"):
            self._instruments.count(own.SCALINGS, direction, by=0)
        self.read(own.BUILD_INFO, lambda: [((version,), 1)])

    def added(self) -> None:
        """Count a pipeline that became due, or due earlier."""
        self._instruments.count(cr.ADDS, *QUEUE)

    def taken(self, waited_s: float) -> None:
        """Count a pipeline whose reconcile begins after it waited for so long."""
        self._instruments.observe(cr.QUEUE_SECONDS, waited_s, *QUEUE)
        self._instruments.observe(own.QUEUE_WAIT, waited_s)

    def succeeded(self, seconds: float, *, comes_again: bool) -> None:
        """Count a reconcile that got through, and whether it asked to be called again."""
        self._instruments.count(cr.RECONCILES, cr.CONTROLLER, "requeue_after" if comes_again else "success")
        self._instruments.count(own.OWN_RECONCILES, KIND, "success")
        self._took(seconds)

    def failed(self, seconds: float, reason: str, *, crashed: bool) -> None:
        """Count a reconcile that did not, and is tried again."""
        self._instruments.count(cr.RECONCILES, cr.CONTROLLER, "error")
        self._instruments.count(cr.RECONCILE_ERRORS, cr.CONTROLLER)
        self._instruments.count(cr.RECONCILE_PANICS, cr.CONTROLLER, by=int(crashed))
        self._instruments.count(cr.RETRIES, *QUEUE)
        self._instruments.count(own.OWN_RECONCILES, KIND, "crash" if crashed else "error")
        self._instruments.count(own.OWN_RECONCILE_ERRORS, reason)
        self._took(seconds)

    def answered(self, host: str, verb: str, resource: str, code: int, seconds: float) -> None:
        """Count an answer of the API server; code 0 is no answer."""
        self._instruments.count(cr.REQUESTS, str(code), host, verb)
        self._instruments.count(own.API_REQUESTS, verb, resource, str(code))
        self._instruments.observe(own.API_REQUEST_SECONDS, seconds)
        self._instruments.count(own.STATUS_CONFLICTS, by=int((resource, code) == (STATUS, CONFLICT)))

    def drifted(self, kind: str, action: str) -> None:
        """Count a child that somebody else had changed or deleted."""
        self._instruments.count(own.CHILD_DRIFT, kind, action)

    def scaled(self, before: int, after: int) -> None:
        """Count a write of replicas, by its direction."""
        self._instruments.count(own.SCALINGS, "up" if after > before else "down")

    def woke(self, late_s: float) -> None:
        """Note how late the event loop woke up."""
        self._instruments.observe(own.LOOP_LAG, late_s)

    def read(self, family: Family, series: Callable[[], Iterable[tuple[Labels, float]]]) -> None:
        """Let a family be read when scraped."""
        self._instruments.read(family, series)

    def read_one(self, family: Family, value: Callable[[], float], *labels: str) -> None:
        """Let a family of one series be read when scraped."""
        self._instruments.read(family, lambda: [(labels, value())])

    def _took(self, seconds: float) -> None:
        self._instruments.observe(cr.RECONCILE_SECONDS, seconds, cr.CONTROLLER)
        self._instruments.observe(cr.WORK_SECONDS, seconds, *QUEUE)
        self._instruments.observe(own.OWN_RECONCILE_SECONDS, seconds)
