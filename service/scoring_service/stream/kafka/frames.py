"""Answers of brokers, distrusted: one that cannot be true ends its connection, and what waited for it is tried again.

The client reads whatever length an answer announces, and takes an array of minus so many elements for an empty one. So
noise passes for a table without versions, and the connection that has it answers nothing any more, for ever.
"""

import io
import struct
import weakref
from collections.abc import Awaitable
from typing import Final

from aiokafka.conn import AIOKafkaConnection
from aiokafka.errors import KafkaConnectionError
from aiokafka.protocol.api import Request, RequestStruct
from aiokafka.protocol.group import JoinGroupRequest, SyncGroupRequest

from scoring_service.stream.kafka.settings import FETCH_MAX_BYTES

SIZE: Final = struct.Struct(">i")
MIN_FRAME_BYTES: Final = 4
"""Of the number that says which request is answered."""
MAX_FRAME_BYTES: Final = 100 * 1024 * 1024 + 2 * FETCH_MAX_BYTES
"""A fetch returns one batch whatever its size, which once came in a request: brokers take no more than 100 MiB in one
unless told otherwise. The rest keeps within the limit of a fetch; its second half is for all that is not records.
"""
ANSWER_TIMEOUT_S: Final = 15.0
"""Of every request but those that wait for the other members of a group: a fetch or a heartbeat that a broken line has
swallowed is sent again on another connection, well before the session of the group is over.
"""
CODES: Final = range(-1, 1000)
"""Of errors: brokers know less than 150 of them."""


class BrokenFrame(Exception):
    """Raised when an answer is not what a broker says."""


class DistrustfulConnection(AIOKafkaConnection):  # type: ignore[misc] # aiokafka is untyped
    """Closes once an answer cannot be true, or does not come."""

    _request_timeout: float
    """Seconds; the client's own."""

    def send(self, request: Request, expect_response: bool = True) -> Awaitable[object]:  # noqa: FBT001, FBT002 - the client's
        """Send a request; its answer has as long as it should take."""
        patience_s = self._request_timeout
        if not isinstance(request, JoinGroupRequest | SyncGroupRequest):
            self._request_timeout = min(ANSWER_TIMEOUT_S, patience_s)
        try:
            answer: Awaitable[object] = super().send(request, expect_response)
            return answer
        finally:
            self._request_timeout = patience_s

    async def _do_version_lookup(self) -> None:
        await super()._do_version_lookup()
        if not self._versions:
            raise KafkaConnectionError(f"{self.host}:{self.port} does not say which requests it knows")

    @staticmethod
    async def _read(self_ref: "weakref.ref[DistrustfulConnection]") -> None:
        """Hand frames on until one is broken. Holds the connection only meanwhile: it may be collected."""
        connection = self_ref()
        if connection is None:
            return
        reader = connection._reader  # noqa: SLF001 - our own
        del connection
        while True:
            (size,) = SIZE.unpack(await reader.readexactly(SIZE.size))
            if not MIN_FRAME_BYTES <= size <= MAX_FRAME_BYTES:
                raise BrokenFrame(f"an answer of {size} bytes is announced")
            frame = await reader.readexactly(size)
            connection = self_ref()
            if connection is None:
                return
            connection._handle_frame(frame)  # noqa: SLF001 - our own
            del connection

    def _handle_frame(self, frame: bytes) -> None:
        number, request, future = self._requests[0]
        if number is not None and not future.done():
            answer = _answer(io.BytesIO(frame), number, request)
            if answer is not None:
                future.set_result(answer)  # so the client does not read it once more
        super()._handle_frame(frame)


def _answer(frame: io.BytesIO, number: int, request: RequestStruct) -> object | None:
    """Return an answer as the client would read it; None if it is to another request: the client notices, and closes.

    Raises:
        BrokenFrame: It does not parse, goes on after its end, or has an error code of no broker.
    """
    try:
        if request.parse_response_header(frame).correlation_id != number:
            return None
        answer: object = request.RESPONSE_TYPE.decode(frame)
    except (ValueError, TypeError, struct.error) as error:
        raise BrokenFrame(f"an answer to {type(request).__name__} does not parse") from error
    code = getattr(answer, "error_code", 0)
    if frame.read(1) or code not in CODES:
        raise BrokenFrame(f"an answer to {type(request).__name__} is noise")
    return answer
