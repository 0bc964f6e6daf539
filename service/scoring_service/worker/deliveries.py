"""Which delivery a lane gets: the guarantee of the pipeline, once and for all lanes of a worker."""

from scoring_service.contract.startup import StartupDelivery
from scoring_service.metrics import Metrics
from scoring_service.stream.ports import Streams
from scoring_service.worker.delivery import Delivery
from scoring_service.worker.outbox import Outbox
from scoring_service.worker.packing import Packing
from scoring_service.worker.routing import Origin
from scoring_service.worker.timing import Timing
from scoring_service.worker.transactions import Transactions
from scoring_service.worker.trouble import Trouble


class Deliveries:
    """Makes the delivery of each lane."""

    def __init__(  # noqa: PLR0913, RUF100 - wired once, in worker.py
        self,
        promise: StartupDelivery,
        streams: Streams,
        packing: Packing,
        metrics: Metrics,
        trouble: Trouble,
        timing: Timing,
    ) -> None:
        self._promise = promise
        self._streams = streams
        self._packing = packing
        self._metrics = metrics
        self._trouble = trouble
        self._timing = timing

    def of(self, origin: Origin) -> Delivery:
        """Return the delivery of the lane of one partition."""
        if self._promise.guarantee == "AtLeastOnce":
            return Outbox(origin, self._streams.producer, self._packing, self._metrics, self._trouble, self._timing)
        return Transactions(
            origin,
            self._streams.transactional(origin.partition),
            self._streams.consumer,
            self._packing,
            self._promise.transaction_interval_ms / 1000,
            self._metrics,
            self._trouble,
            self._timing,
        )
