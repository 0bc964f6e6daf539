"""`spec` of a ScoringPipeline as types: what a person writes.

Defaults here equal the CRD's (a test compares them), so that a manifest read from a file and one read from the API
server mean the same.
"""

from typing import Any, Literal

import msgspec

from scoring_service.contract.golden_cases import GoldenCase
from scoring_service.contract.network import Egress, Peer
from scoring_service.contract.pod import Pod
from scoring_service.contract.wire import Closed

FailureReason = Literal[
    "depth",
    "json_syntax",
    "model_error",
    "nan_or_inf",
    "no_valid_transactions",
    "oversize",
    "schema",
    "timestamp",
    "tombstone",
    "unsupported_protocol",
]
"""Why a record can never be scored: the closed list of the scorers; a test keeps them equal."""


class SecretKey(Closed, frozen=True):
    """One key of a Secret in the pipeline's namespace."""

    name: str
    key: str


class SecretName(Closed, frozen=True):
    """A Secret in the pipeline's namespace whose keys have fixed names."""

    name: str


class Tls(Closed, frozen=True):
    """Encrypted connections; empty trusts the certificate authorities of the image."""

    ca_secret: SecretKey | None = None
    """Certificate authorities to trust instead, PEM."""
    client_secret: SecretName | None = None
    """Of type kubernetes.io/tls: `tls.crt` and `tls.key` prove who the client is (mTLS)."""


class Plain(Closed, frozen=True):
    """SASL PLAIN; the Secret has the keys `username` and `password`."""

    secret: SecretName


class Scram(Closed, frozen=True):
    """SASL SCRAM; the Secret has the keys `username` and `password`."""

    mechanism: Literal["SCRAM-SHA-256", "SCRAM-SHA-512"]
    secret: SecretName


class Sasl(Closed, frozen=True):
    """A union: exactly one member."""

    plain: Plain | None = None
    scram: Scram | None = None


class Kafka(Closed, frozen=True):
    """The brokers of all topics of this pipeline, and how to prove oneself to them."""

    bootstrap_servers: tuple[str, ...]
    tls: Tls | None = None
    sasl: Sasl | None = None
    egress: Egress | None = None
    """Where the pods may connect to, besides DNS and the ports of the addresses."""


class Warmup(Closed, frozen=True):
    """How scorers that keep a state get it back; the duration as `30s`, `5m`."""

    records: int = 10_000
    duration: str = "1m"


class Input(Closed, frozen=True):
    """The topic to read, and where a new group begins."""

    topic: str
    group: str = ""
    start_from: Literal["earliest", "latest"] = "earliest"
    on_offsets_lost: Literal["Hold", "Earliest", "Latest"] = "Hold"
    warmup: Warmup | None = None
    """Scorers with a state alone; None is the default warm-up."""


class Output(Closed, frozen=True):
    """The topics to write."""

    success_topic: str
    failure_topic: str
    dead_letter_topic: str = ""


class FailureBudget(Closed, frozen=True):
    """More failures than this hold a lane before they are written."""

    percent: float
    window: str
    reasons: tuple[FailureReason, ...] = ()
    """Reasons that count; empty: all."""


class Delivery(Closed, frozen=True):
    """The delivery promise; durations as `50ms`, `20s`, `1m`."""

    guarantee: Literal["AtLeastOnce", "ExactlyOnce"] = "AtLeastOnce"
    max_latency: str = "50ms"
    session_timeout: str = "20s"
    transaction_interval: str = "100ms"
    failure_budget: FailureBudget | None = None


class Candidate(Closed, frozen=True):
    """A second revision of the scorer beside the serving one, in the same pods."""

    scorer: dict[str, dict[str, Any]]
    """A union: the same member as in `spec.scorer`, with other parameters."""
    mode: Literal["Shadow", "Canary"]
    percent: float
    """Share of the keys."""
    threshold: float | None = None
    """Score whose crossings are counted."""
    golden_cases: tuple[GoldenCase, ...] = ()
    """What it must make of given records before it is tried."""


class Autoscaling(Closed, frozen=True):
    """Who decides on `spec.replicas`: a person (Disabled), the number of partitions, or the load (Auto).

    Advise decides as Auto does and writes nothing. Durations as `60s`, `5m`, `1h`.
    """

    mode: Literal["Disabled", "PerPartition", "Advise", "Auto"] = "Disabled"
    partitions_per_replica: int = 1
    min_replicas: int = 1
    max_replicas: int = 1000
    target_drain_time: str = "60s"
    cooldown: str = "5m"
    scale_down_delay: str = "1h"


class RateLimit(Closed, frozen=True):
    """Requests of one client to one pod: so many a second on average, so many at once."""

    per_second: int = 50
    burst: int = 100


class Api(Closed, frozen=True):
    """Scoring by request: `POST /score` on every pod."""

    keys_secret: SecretName
    """The Secret of the API keys: client → `sha256$salt$hash`."""
    rate_limit: RateLimit = RateLimit()
    max_body_bytes: int = 8_388_608
    from_: tuple[Peer, ...] = msgspec.field(default=(), name="from")
    """Who may connect to the port; empty: whoever reaches the pods."""
    admin: bool = False
    """Whether `POST /admin/restart-kafka` is served."""


class PipelineSpec(Closed, frozen=True):
    """`spec` of a ScoringPipeline."""

    kafka: Kafka
    input: Input
    output: Output
    scorer: dict[str, dict[str, Any]]
    """A union: exactly one member, named as in the definition."""
    golden_cases: tuple[GoldenCase, ...] = ()
    """What the scorer must make of given records before it serves."""
    candidate: Candidate | None = None
    """What is tried beside it."""
    delivery: Delivery = Delivery()
    replicas: int = 1
    suspend: bool = False
    autoscaling: Autoscaling = Autoscaling()
    api: Api | None = None
    pod: Pod = Pod()
