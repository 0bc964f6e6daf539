"""How the lane of a partition is made: its buffer, its budget, and the delivery that the guarantee asks for."""

from scoring_service.contract.startup import Startup
from scoring_service.metrics import Metrics
from scoring_service.stream.ports import Streams
from scoring_service.worker.budget import FailureBudget
from scoring_service.worker.buffer import Buffer
from scoring_service.worker.delivery import Delivery
from scoring_service.worker.lane import Lane
from scoring_service.worker.outbox import Outbox
from scoring_service.worker.packing import Packing
from scoring_service.worker.routing import Origin
from scoring_service.worker.timing import Timing
from scoring_service.worker.transactions import Transactions
from scoring_service.worker.trouble import Trouble

BUFFERED_BYTES = 8 * 1024 * 1024
"""Of all lanes together, beside what is being scored and delivered; one lane gets its share, and at least 1 MiB."""
MIN_LANE_BYTES = 1024 * 1024


class LaneMaker:
    """Makes the lanes of a worker."""

    def __init__(  # noqa: PLR0913, RUF100 - wired once, in worker.py
        self,
        startup: Startup,
        streams: Streams,
        packing: Packing,
        metrics: Metrics,
        trouble: Trouble,
        timing: Timing,
    ) -> None:
        self._startup = startup
        self._streams = streams
        self._packing = packing
        self._metrics = metrics
        self._trouble = trouble
        self._timing = timing

    def __call__(self, partition: int, partitions: int, assigned: int) -> Lane:
        """Return the lane of one of `assigned` partitions, of `partitions` that the input topic has."""
        delivery = self._delivery(Origin(self._startup.input.topic, partition, partitions))
        buffer = Buffer(max(MIN_LANE_BYTES, BUFFERED_BYTES // assigned), delivery.max_records)
        budget = FailureBudget(self._startup.delivery.failure_budget)
        return Lane(partition, buffer, self._streams.consumer, delivery, budget, self._metrics)

    def _delivery(self, origin: Origin) -> Delivery:
        promise = self._startup.delivery
        if promise.guarantee == "AtLeastOnce":
            return Outbox(origin, self._streams.producer, self._packing, self._metrics, self._trouble, self._timing)
        return Transactions(
            origin,
            self._streams.transactional(origin.partition),
            self._streams.consumer,
            self._packing,
            promise.transaction_interval_ms / 1000,
            self._metrics,
            self._trouble,
            self._timing,
        )
