"""The demo's stream where no Kafka is to be had: everything in this process, workers included."""

import asyncio
import os
import socket
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path
from zlib import crc32

import msgspec

from demo.ledger import Output
from scoring_operator.cluster.local.launch import Launch, Running
from scoring_service import app
from scoring_service.contract.names import ENV_LIVE_DIRECTORY, ENV_POD_NAME, ENV_STARTUP_DIRECTORY, STARTUP_FILE
from scoring_service.contract.startup import Startup
from scoring_service.generate import Generated
from scoring_service.stream.memory import MemoryBroker, streams
from scoring_service.stream.ports import Streams


class MemoryStream:
    """A broker that is a dictionary."""

    bootstrap = "localhost:9092"
    """Nobody dials it; the manifest wants one."""

    def __init__(self, why: str) -> None:
        self.source = f"in-process, not Kafka ({why})"
        self._broker: MemoryBroker | None = None

    @property
    def broker(self) -> MemoryBroker:
        """The broker of the running event loop."""
        if self._broker is None:
            self._broker = MemoryBroker()
        return self._broker

    def launch(self, logs: Path) -> Launch:
        async def launch(environment: Mapping[str, str]) -> Running:
            return InProcessWorker(environment, self.broker)

        return launch

    async def create(self, topic: str, partitions: int) -> None:
        self.broker.create(topic, partitions)

    async def write(self, topic: str, records: Sequence[Generated]) -> list[str]:
        places = []
        for record in records:
            partition = crc32(record.key) % len(self.broker.partitions(topic))
            places.append(f"{topic}/{partition}/{self.broker.append(topic, partition, record.value, record.key)}")
        return places

    async def read(self, topic: str) -> AsyncIterator[Sequence[Output]]:
        read = [0] * len(self.broker.partitions(topic))
        while True:
            now, outputs = time.monotonic(), []
            for partition, log in enumerate(self.broker.partitions(topic)):
                fresh = log.read(read[partition], log.end)
                read[partition] += len(fresh)
                outputs += [Output(record.value or b"", dict(record.headers), now) for record in fresh]
            yield outputs
            await self.broker.changed()

    async def close(self, *topics: str) -> None:
        for topic in topics:
            self.broker.delete(topic)


class InProcessWorker:
    """A worker in this event loop, with the files and the ops listener of any other."""

    pid = os.getpid()

    def __init__(self, environment: Mapping[str, str], broker: MemoryBroker) -> None:
        self._stopping = asyncio.Event()
        self._address: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        file = Path(environment[ENV_STARTUP_DIRECTORY], STARTUP_FILE)
        startup = msgspec.structs.replace(Startup.decode(file.read_bytes()), ops_port=_free_port())
        self._running = asyncio.create_task(self._run(startup, environment, broker))

    async def listening(self) -> str:
        return await asyncio.shield(self._address)

    async def ended(self) -> int:
        await asyncio.wait([self._running])
        return 0 if not self._running.cancelled() and self._running.exception() is None else 1

    def terminate(self) -> None:
        self._stopping.set()

    def kill(self) -> None:
        self._running.cancel()

    async def _run(self, startup: Startup, environment: Mapping[str, str], broker: MemoryBroker) -> None:
        source = startup.input

        def open_streams(*_: object) -> Streams:
            return streams(broker, source.topic, source.group)

        try:
            live = Path(environment[ENV_LIVE_DIRECTORY])
            async with app.started(startup, app.Mounts(live), environment[ENV_POD_NAME], open_streams):
                self._address.set_result(f"{startup.ops_host}:{startup.ops_port}")
                await self._stopping.wait()
        finally:
            if not self._address.done():
                self._address.set_result("")


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as bound:
        port: int = bound.getsockname()[1]
    return port
