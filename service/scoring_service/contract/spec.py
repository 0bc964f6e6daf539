"""`spec` of a ScoringPipeline as types: what a person writes.

Defaults here equal the CRD's (a test compares them), so that a manifest read from a file and one read from the API
server mean the same.
"""

from typing import Any, Literal

from scoring_service.contract.wire import Closed


class Kafka(Closed, frozen=True):
    """The brokers of all topics of this pipeline."""

    bootstrap_servers: tuple[str, ...]


class Input(Closed, frozen=True):
    """The topic to read, and where a new group begins."""

    topic: str
    group: str = ""
    start_from: Literal["earliest", "latest"] = "earliest"


class Output(Closed, frozen=True):
    """The topics to write."""

    success_topic: str
    failure_topic: str


class Delivery(Closed, frozen=True):
    """The delivery promise; durations as `50ms`, `20s`, `1m`."""

    guarantee: Literal["AtLeastOnce"] = "AtLeastOnce"
    max_latency: str = "50ms"
    session_timeout: str = "20s"


class Autoscaling(Closed, frozen=True):
    """Who decides on `spec.replicas`: a person (Disabled), or the number of partitions (PerPartition)."""

    mode: Literal["Disabled", "PerPartition"] = "Disabled"
    partitions_per_replica: int = 1


class Pod(Closed, frozen=True):
    """What of the worker's pod a person may set."""

    resources: dict[str, Any] = {}
    """`requests` and `limits`, as in a container."""


class PipelineSpec(Closed, frozen=True):
    """`spec` of a ScoringPipeline."""

    kafka: Kafka
    input: Input
    output: Output
    scorer: dict[str, dict[str, Any]]
    """A union: exactly one member, named as in `SCORER_MEMBERS`."""
    delivery: Delivery = Delivery()
    replicas: int = 1
    autoscaling: Autoscaling = Autoscaling()
    pod: Pod = Pod()
