"""`startup.json`: what a worker needs before its first record. A change makes a new file and a rollout."""

from typing import Literal

import msgspec
from msgspec import UNSET, UnsetType

from scoring_service.contract.names import API_PORT, OPS_PORT, STARTUP_VERSION
from scoring_service.contract.wire import Wire, decoded

Mechanism = Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"]


class StartupWarmup(Wire, frozen=True):
    """How a scorer with a state gets it: by records that are read again, or that it scores beside its predecessor."""

    records: int = 10_000
    """Of a partition, before the committed offset, at most."""
    duration_ms: int = 60_000
    """Milliseconds after which a scorer goes on with what it has."""


class StartupInput(Wire, frozen=True):
    """Where records come from."""

    topic: str
    group: str
    """Consumer group, already defaulted: `<clusterId>.<namespace>.<name>`."""
    start_from: Literal["earliest", "latest"] = "earliest"
    """Where a group without any committed offset begins. Partitions added later begin at the earliest."""
    on_offsets_lost: Literal["Hold", "Earliest", "Latest"] = "Hold"
    """What to do if the group has committed before and the brokers know none of its offsets any more."""
    warmup: StartupWarmup | UnsetType = UNSET
    """Unset unless a person says otherwise: a member that older files do not have must not roll their pods."""

    @property
    def warming(self) -> StartupWarmup:
        """The warm-up, with its defaults where nobody says otherwise."""
        return StartupWarmup() if self.warmup is UNSET else self.warmup


class StartupOutput(Wire, frozen=True):
    """Where scores and failures go."""

    success_topic: str
    failure_topic: str
    dead_letter_topic: str = ""
    """Where the bytes of rejected records go besides their failures; empty: nowhere."""

    @property
    def topics(self) -> tuple[str, ...]:
        """All that are written."""
        return tuple(topic for topic in (self.success_topic, self.failure_topic, self.dead_letter_topic) if topic)


class StartupFailureBudget(Wire, frozen=True):
    """How many records may fail before a lane is held with them undelivered."""

    percent: float
    """Share of the records in the window, above 0 and below 100."""
    window_ms: int
    reasons: tuple[str, ...] = ()
    """Reasons that count; empty: all."""


class StartupDelivery(Wire, frozen=True):
    """The delivery promise and its clocks."""

    guarantee: Literal["AtLeastOnce", "ExactlyOnce"] = "AtLeastOnce"
    max_latency_ms: int = 50
    """Milliseconds that a record may wait for the sake of a fuller batch, at most."""
    session_timeout_ms: int = 20_000
    """Milliseconds without a heartbeat after which the group gives a pod's partitions to others."""
    transaction_interval_ms: int = 100
    """Exactly-once: milliseconds between two transactions of a partition, unless a batch is full before."""
    failure_budget: StartupFailureBudget | None = None


class StartupSecretKey(Wire, frozen=True):
    """One key of a Secret; mounted as the file `<secrets directory>/<name>/<key>`."""

    name: str
    key: str


class StartupTls(Wire, frozen=True):
    """Encrypted connections."""

    ca: StartupSecretKey | None = None
    """PEM of the authorities to trust; None trusts those of the image."""
    certificate: StartupSecretKey | None = None
    """PEM of the client's certificate with its chain; None: no client certificate."""
    private_key: StartupSecretKey | None = None
    """PEM of its key, without a passphrase."""


class StartupSasl(Wire, frozen=True):
    """Name and password; the files hold them as text, a line break at the end is not part of them."""

    mechanism: Mechanism
    username: StartupSecretKey
    password: StartupSecretKey


class StartupApi(Wire, frozen=True):
    """The listener that scores by request."""

    keys_secret: str
    """Name of the Secret of the API keys; all of it is mounted, as `<secrets directory>/<name>/<client>`."""
    requests_per_second: int = 50
    """Of one client to this pod, on average."""
    burst: int = 100
    """Of one client to this pod, at once."""
    max_body_bytes: int = 8_388_608
    admin: bool = False
    """Whether `POST /admin/restart-kafka` is served."""
    host: str = "0.0.0.0"  # noqa: S104 - clients come from outside the pod
    """Address that the listener binds; local mode keeps it on 127.0.0.1."""
    port: int = API_PORT
    """0 takes a free one and prints it."""


class Startup(Wire, frozen=True):
    """One worker's start-up configuration."""

    namespace: str
    pipeline: str
    bootstrap_servers: tuple[str, ...]
    input: StartupInput
    output: StartupOutput
    delivery: StartupDelivery = StartupDelivery()
    tls: StartupTls | None = None
    sasl: StartupSasl | None = None
    api: StartupApi | None = None
    """None: nothing is scored by request."""
    contract_version: int = STARTUP_VERSION
    ops_host: str = "0.0.0.0"  # noqa: S104 - probes and scrapes come from outside the pod
    """Address that the ops listener binds; local mode keeps it on 127.0.0.1."""
    ops_port: int = OPS_PORT
    """Port of the ops listener; 0 takes a free one and prints it."""

    @property
    def secret_keys(self) -> tuple[StartupSecretKey, ...]:
        """Every key of a Secret that this file names, in a fixed order."""
        tls, sasl = self.tls, self.sasl
        named = () if tls is None else (tls.ca, tls.certificate, tls.private_key)
        login = () if sasl is None else (sasl.username, sasl.password)
        return tuple(key for key in (*named, *login) if key is not None)

    def encode(self) -> bytes:
        """Return the file's bytes; equal values give equal bytes, because the ConfigMap's name hashes them."""
        return msgspec.json.encode(self, order="sorted")

    @classmethod
    def decode(cls, content: bytes) -> "Startup":
        """Parse the file's bytes.

        Raises:
            msgspec.ValidationError: A member is missing or of the wrong type.
            msgspec.DecodeError: The bytes are not JSON in UTF-8, or nest too deep.
        """
        return decoded(content, cls)
