"""Every setting of the client, with its reason."""

from typing import Any, Final

from aiokafka.coordinator.assignors.sticky.sticky_assignor import StickyPartitionAssignor

from scoring_service.contract.acls import transactional_prefix
from scoring_service.contract.startup import Startup
from scoring_service.stream.kafka.credentials import Credentials

REBALANCE_TIMEOUT_MS: Final = 30_000
"""How long the group waits for a member's drain, whose own deadline is 10 s."""
REQUEST_TIMEOUT_MS: Final = 45_000
"""A join may take as long as the rebalance; with less than that and 10 s more it is given up and begun again. Other
requests have less: frames.py.
"""
HEARTBEAT_MS: Final = 1_000
"""Others notice a rebalance at their next heartbeat: a clean stop stalls its partitions no longer than that."""
METADATA_MAX_AGE_MS: Final = 30_000
"""New partitions are noticed that soon."""
ANSWER_TIMEOUT_S: Final = 5.0
"""For a question about offsets; the client itself would ask again for ever."""
FETCH_MIN_BYTES: Final = 512 * 1024
"""At a moderate rate the broker gathers records until there are so many bytes, or the wait below is over."""
FETCH_SHARE: Final = 0.4
"""Of `delivery.maxLatency` that the broker may wait for more records."""
MAX_PARTITION_FETCH_BYTES: Final = 2 * 1024 * 1024
"""Larger pieces of fewer partitions make larger batches. A larger record is still returned, alone."""
FETCH_MAX_BYTES: Final = 4 * 1024 * 1024
"""Of all partitions together: what a pod needs in memory does not grow with its partitions."""
TRANSACTION_TIMEOUT_MS: Final = 15_000
"""After so long the brokers abort a transaction that nobody ends: until then it hides what follows it."""
MAX_BATCH_BYTES: Final = 900 * 1024
"""Of one prepared batch: below the brokers' usual limit of 1 MiB with its overhead."""


def consumer(startup: Startup, client_id: str, credentials: Credentials) -> dict[str, Any]:
    """Return the settings of a group member."""
    session_ms = startup.delivery.session_timeout_ms
    return {
        **_common(startup, client_id, credentials),
        "group_id": startup.input.group,
        "auto_offset_reset": "none",  # where a lane begins is our decision
        "enable_auto_commit": False,  # only what is acknowledged is committed
        "isolation_level": "read_committed",
        "partition_assignment_strategy": (StickyPartitionAssignor,),
        "session_timeout_ms": session_ms,
        "heartbeat_interval_ms": min(HEARTBEAT_MS, session_ms // 3),
        "rebalance_timeout_ms": REBALANCE_TIMEOUT_MS,
        "fetch_min_bytes": FETCH_MIN_BYTES,
        "fetch_max_wait_ms": max(1, round(startup.delivery.max_latency_ms * FETCH_SHARE)),
        "max_partition_fetch_bytes": MAX_PARTITION_FETCH_BYTES,
        "fetch_max_bytes": FETCH_MAX_BYTES,
    }


def producer(startup: Startup, client_id: str, credentials: Credentials) -> dict[str, Any]:
    """Return the settings of a producer of prepared batches."""
    return {
        **_common(startup, client_id, credentials),
        "acks": "all",
        "enable_idempotence": True,  # a retry inside the client neither doubles nor reorders
        "max_batch_size": MAX_BATCH_BYTES,
        "linger_ms": 0,  # batches are prepared: there is nothing to wait for
    }


def transactional(startup: Startup, client_id: str, credentials: Credentials, transactional_id: str) -> dict[str, Any]:
    """Return the settings of a producer of one partition's transactions."""
    return {
        **producer(startup, client_id, credentials),
        "transactional_id": transactional_id,
        "transaction_timeout_ms": TRANSACTION_TIMEOUT_MS,
    }


def transactional_id(startup: Startup, partition: int) -> str:
    """Return the name by which the brokers know the owner of an input partition."""
    return f"{transactional_prefix(startup)}{partition}"


def security(credentials: Credentials) -> dict[str, Any]:
    """Return the settings of whatever connects, be it a client or a single connection."""
    return {
        "security_protocol": credentials.protocol,
        "ssl_context": credentials.ssl_context,
        "sasl_mechanism": credentials.mechanism or "PLAIN",  # the client wants a word even where it says nothing
        "sasl_plain_username": credentials.username,
        "sasl_plain_password": credentials.password,
    }


def _common(startup: Startup, client_id: str, credentials: Credentials) -> dict[str, Any]:
    return {
        **security(credentials),
        "bootstrap_servers": list(startup.bootstrap_servers),
        "client_id": client_id,
        "request_timeout_ms": REQUEST_TIMEOUT_MS,
        "metadata_max_age_ms": METADATA_MAX_AGE_MS,
    }
