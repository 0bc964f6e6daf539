"""How the listener answers, on a transport that counts; the body is the switch interval of that moment."""

import asyncio
import sys
from collections.abc import Iterator
from typing import Any

import pytest
import uvicorn
from fastapi import FastAPI, Response

from scoring_service import switching
from scoring_service.http.prompt import PromptProtocol

GET = b"%s /there HTTP/1.1\r\nhost: a\r\n\r\n"


@pytest.fixture(autouse=True)
def interval() -> Iterator[None]:
    """Leave the switch interval of this process as it was."""
    usual = sys.getswitchinterval()
    yield
    sys.setswitchinterval(usual)


class Transport(asyncio.Transport):
    """Keeps every write of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.written: list[bytes] = []
        self.is_closed = False

    def write(self, data: Any) -> None:
        self.written.append(bytes(data))

    def close(self) -> None:
        self.is_closed = True

    def is_closing(self) -> bool:
        return self.is_closed

    def pause_reading(self) -> None:
        """Go on: what comes is given by hand."""

    resume_reading = pause_reading


def application() -> FastAPI:
    app = FastAPI()

    @app.api_route("/there", methods=["GET", "HEAD"])
    async def there() -> Response:
        return Response(f"{sys.getswitchinterval():.4f}")

    return app


async def answered(request: bytes) -> Transport:
    """Return the transport after a request was answered."""
    config = uvicorn.Config(application(), log_config=None, lifespan="off")
    config.load()
    state = uvicorn.server.ServerState()
    protocol, transport = PromptProtocol(config, state, {}), Transport()
    protocol.connection_made(transport)
    protocol.data_received(request)
    while state.tasks:
        await asyncio.gather(*state.tasks)
    protocol.connection_lost(None)
    return transport


@pytest.mark.parametrize(("method", "end"), [(b"GET", b"\r\n\r\n%.4f" % switching.BRISK_S), (b"HEAD", b"\r\n\r\n")])
async def test_an_answer_leaves_in_one_write(method: bytes, end: bytes) -> None:
    transport = await answered(GET % method)

    assert len(transport.written) == 1
    assert transport.written[0].startswith(b"HTTP/1.1 200 OK\r\n")
    assert transport.written[0].endswith(end)


async def test_each_of_several_answers_on_one_connection_leaves_in_one_write() -> None:
    transport = await answered((GET % b"GET") * 2)

    assert [data.count(b"HTTP/1.1 200 OK") for data in transport.written] == [1, 1]


async def test_what_is_no_request_is_refused_and_the_connection_closed() -> None:
    transport = await answered(b"nonsense\r\n\r\n")

    assert b"".join(transport.written).startswith(b"HTTP/1.1 400 ")
    assert transport.is_closed
