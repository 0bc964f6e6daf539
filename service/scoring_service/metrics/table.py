"""The metric contract of a worker: every family that a scrape shows and `docs/metrics.md` describes, once.

Names and labels are public: dashboards and alerts of others depend on them. The labels namespace, pipeline and pod are
the scraper's to add, as it knows whom it asks.
"""

from typing import Final

from scoring_service.metrics.by_partition import BY_PARTITION
from scoring_service.metrics.by_request import BY_REQUEST
from scoring_service.metrics.candidate import CANDIDATE
from scoring_service.metrics.counters import COUNTERS
from scoring_service.metrics.drift import DRIFT
from scoring_service.metrics.family import Family
from scoring_service.metrics.gauges import GAUGES
from scoring_service.metrics.histograms import HISTOGRAMS
from scoring_service.metrics.windows import WINDOWS

FAMILIES: Final[tuple[Family, ...]] = (
    *COUNTERS,
    *GAUGES,
    *BY_PARTITION,
    *WINDOWS,
    *DRIFT,
    *CANDIDATE,
    *HISTOGRAMS,
    *BY_REQUEST,
)

MAX_SERIES: Final = 500
"""That one pod ever shows, whatever happens to it, and however many partitions it has."""
