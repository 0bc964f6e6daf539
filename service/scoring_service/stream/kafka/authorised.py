"""Two questions that aiokafka does not know yet: what this client may do with topics, and with a group."""

from collections.abc import Sequence
from typing import Final

from aiokafka.protocol.admin import DescribeGroupsResponse_v3
from aiokafka.protocol.api import Request, RequestStruct, Response
from aiokafka.protocol.types import Array, Boolean, Int16, Int32, Schema, String

from scoring_service.contract.acls import Operation

BITS: Final[dict[Operation, int]] = {"READ": 3, "WRITE": 4}
"""Place of an operation in the brokers' bit field."""

NOT_TOLD: Final = -(2**31)
"""The bit field of a broker that has no authorizer to ask."""


class _MetadataResponse(Response):  # type: ignore[misc] # aiokafka is untyped
    API_KEY = 3
    API_VERSION = 8
    SCHEMA = Schema(
        ("throttle_time_ms", Int32),
        (
            "brokers",
            Array(("node_id", Int32), ("host", String("utf-8")), ("port", Int32), ("rack", String("utf-8"))),
        ),
        ("cluster_id", String("utf-8")),
        ("controller_id", Int32),
        (
            "topics",
            Array(
                ("error_code", Int16),
                ("topic", String("utf-8")),
                ("is_internal", Boolean),
                (
                    "partitions",
                    Array(
                        ("error_code", Int16),
                        ("partition", Int32),
                        ("leader", Int32),
                        ("leader_epoch", Int32),
                        ("replicas", Array(Int32)),
                        ("isr", Array(Int32)),
                        ("offline", Array(Int32)),
                    ),
                ),
                ("authorized_operations", Int32),
            ),
        ),
        ("cluster_authorized_operations", Int32),
    )


class _MetadataRequest(RequestStruct):  # type: ignore[misc] # the same
    API_KEY = 3
    API_VERSION = 8
    RESPONSE_TYPE = _MetadataResponse
    SCHEMA = Schema(
        ("topics", Array(String("utf-8"))),
        ("allow_auto_topic_creation", Boolean),
        ("include_cluster_authorized_operations", Boolean),
        ("include_topic_authorized_operations", Boolean),
    )


class AuthorisedOnTopics(Request[_MetadataRequest]):  # type: ignore[misc] # the same
    """Which operations on these topics are allowed; creates none."""

    API_KEY = 3

    def __init__(self, topics: Sequence[str]) -> None:
        self._topics = list(topics)

    def build(self, struct: type[_MetadataRequest]) -> _MetadataRequest:
        """Return the request of the version that the broker speaks."""
        return struct(self._topics, False, False, True)  # noqa: FBT003 - in the schema's order


class _GroupRequest(RequestStruct):  # type: ignore[misc] # the same
    """aiokafka has it, but reads its answers by the schema of the version before."""

    API_KEY = 15
    API_VERSION = 3
    RESPONSE_TYPE = DescribeGroupsResponse_v3
    SCHEMA = Schema(("groups", Array(String("utf-8"))), ("include_authorized_operations", Boolean))


class AuthorisedOnGroup(Request[_GroupRequest]):  # type: ignore[misc] # the same
    """Who is in a group, and which operations on it are allowed."""

    API_KEY = 15

    def __init__(self, group: str) -> None:
        self._group = group

    def build(self, struct: type[_GroupRequest]) -> _GroupRequest:
        """Return the request of the version that the broker speaks."""
        return struct([self._group], True)  # noqa: FBT003 - in the schema's order


def allows(field: int, operation: Operation) -> bool:
    """Tell whether a bit field has the bit of an operation; brokers that do not tell are given the benefit."""
    return field == NOT_TOLD or bool(field >> BITS[operation] & 1)


def group_code(answer: Response) -> int:
    """Return the error code of an answer about one group."""
    code: int = answer.groups[0][0]
    return code
