"""What a client makes of answers that cannot be true: the connection ends at once, and is not used again."""

import asyncio
import io
import struct
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest
from aiokafka.conn import AIOKafkaConnection
from aiokafka.errors import CorrelationIdError, KafkaConnectionError
from aiokafka.protocol.admin import ApiVersionResponse_v0
from aiokafka.protocol.group import HeartbeatRequest, HeartbeatResponse_v0

from scoring_service.stream.kafka.frames import MAX_FRAME_BYTES, DistrustfulConnection
from scoring_service.stream.kafka.settings import FETCH_MAX_BYTES

HEARTBEAT = 12
VERSIONS = ApiVersionResponse_v0(error_code=0, api_versions=[(HEARTBEAT, 0, 0)]).encode()
GUARD_S = 5.0
"""Much less than the client's own timeout of 40 s."""

Answer = Callable[[bytes], bytes]
"""From the number of a request to the whole frame that answers it."""


def says(body: bytes) -> Answer:
    return lambda number: struct.pack(">i", len(number + body)) + number + body


@asynccontextmanager
async def broker(*answers: Answer) -> AsyncIterator[DistrustfulConnection]:
    """Yield a connection, not made yet, to a broker that answers each request in turn."""
    gone = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for answer in answers:
            (size,) = struct.unpack(">i", await reader.readexactly(4))
            request = await reader.readexactly(size)
            writer.write(answer(request[4:8]))
        await reader.read()
        writer.close()
        gone.set()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        connection = DistrustfulConnection(*server.sockets[0].getsockname())
        yield connection
        await connection.close()
        await gone.wait()


@pytest.mark.parametrize(
    "noise",
    [struct.pack(">hi", 7, -8) + b"noise", struct.pack(">hi", 0, -8), struct.pack(">hi", 35, 0)],
    ids=["a negative number of versions", "the same, and nothing behind it", "a refusal"],
)
async def test_a_connection_without_a_table_of_versions_is_none(noise: bytes) -> None:
    """It would refuse every request, for ever."""
    async with broker(says(noise)) as connection:
        with pytest.raises(KafkaConnectionError):
            await connection.connect()

        assert not connection.connected()


@pytest.mark.parametrize(
    "answer",
    [
        lambda number: struct.pack(">i", 0x7FFFFFFF) + number,
        lambda number: struct.pack(">i", MAX_FRAME_BYTES + 1) + number,
        lambda number: struct.pack(">i", -5) + number,
        lambda number: struct.pack(">i", 3) + number,
        says(b"\0"),
        says(b"\0\0\0"),
        says(struct.pack(">h", 20_000)),
    ],
    ids=["huge", "just too large", "negative", "too small", "cut short", "too long", "an error that there is not"],
)
async def test_a_broken_answer_ends_its_connection_at_once(answer: Answer) -> None:
    async with broker(says(VERSIONS), answer) as connection:
        await connection.connect()

        async with asyncio.timeout(GUARD_S):
            with pytest.raises(KafkaConnectionError):
                await connection.send(HeartbeatRequest("group", 1, "member"))

        assert not connection.connected()


@pytest.mark.parametrize("code", [0, 27, 133], ids=["none", "one that the client knows", "one of newer brokers"])
async def test_error_codes_of_brokers_arrive(code: int) -> None:
    async with broker(says(VERSIONS), says(struct.pack(">h", code))) as connection:
        await connection.connect()

        assert (await connection.send(HeartbeatRequest("group", 1, "member"))).error_code == code


async def test_an_answer_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """That to a fetch may have tens of megabytes."""
    reads: list[object] = []
    decode = HeartbeatResponse_v0.decode

    def counted(frame: io.BytesIO) -> object:
        reads.append(decode(frame))
        return reads[-1]

    monkeypatch.setattr(HeartbeatResponse_v0, "decode", counted)
    async with broker(says(VERSIONS), says(b"\0\0")) as connection:
        await connection.connect()

        answer = await connection.send(HeartbeatRequest("group", 1, "member"))

    assert reads == [answer]


async def test_an_answer_to_another_request_ends_the_connection() -> None:
    async with broker(says(VERSIONS), lambda _: says(b"\0\0")(b"\0\0\0\x63")) as connection:
        await connection.connect()

        with pytest.raises(CorrelationIdError):
            await connection.send(HeartbeatRequest("group", 1, "member"))

        assert not connection.connected()


def test_the_largest_answer_to_a_fetch_may_come() -> None:
    """One batch of any size is returned even if it is beyond the limit of a fetch."""
    largest_request = 100 * 1024 * 1024

    assert largest_request + FETCH_MAX_BYTES < MAX_FRAME_BYTES


def test_the_client_has_what_is_overridden() -> None:
    """If it renames them, nothing is checked any more."""
    assert {"_do_version_lookup", "_read", "_handle_frame"} <= vars(AIOKafkaConnection).keys()
