"""What a worker counts, passed to whoever counts as one object, and how Prometheus sees it.

counts.py        what is counted, where it happens
requests.py      the same of requests for scores
distribution.py  a histogram that takes a batch at a time
family.py        what a metric family is
table.py         all of them: the contract; made of
                 counters.py, gauges.py, by_partition.py, windows.py, drift.py, candidate.py, histograms.py,
                 by_request.py
process.py       what the client library says of this process
exposition.py    a scrape: read and written in one moment
"""

from scoring_service.metrics.counts import Delivered, Metrics, PartitionGauges, Windows
from scoring_service.metrics.exposition import text
from scoring_service.metrics.family import Scrape

__all__ = ["Delivered", "Metrics", "PartitionGauges", "Scrape", "Windows", "text"]
