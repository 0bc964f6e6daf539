"""What a worker counts, passed to whoever counts as one object; `exposition` shows it to Prometheus."""

from scoring_service.metrics.counts import Delivered, Metrics, PartitionGauges
from scoring_service.metrics.exposition import render

__all__ = ["Delivered", "Metrics", "PartitionGauges", "render"]
