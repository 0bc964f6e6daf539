"""The api listener of a worker on the in-process stream, asked as a client asks."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from functools import partial
from http.client import HTTPConnection
from pathlib import Path
from typing import Any, NamedTuple

from harness import toy, twin
from scoring_service import app
from scoring_service.contract.api_key import hashed
from scoring_service.contract.scorer_file import ScorerBlock
from scoring_service.contract.startup import StartupApi
from scoring_service.http.api.connections import Limits
from scoring_service.http.api.key_files import KeyFiles
from scoring_service.http.api.room import MAX_IN_HAND
from scoring_service.scorers.base import Scorer
from scoring_service.stream.memory import MemoryBroker
from scoring_service.worker.worker import Worker

KEY, SECRET, CLIENT = "a-key-of-the-client-web", "score-keys", "web"
LINE = str(hashed(KEY, "salt"))


class Answer(NamedTuple):
    """What came back."""

    code: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Face:
    """A worker's api listener."""

    def __init__(self, worker: Worker, keys: KeyFiles, broker: MemoryBroker, secrets: Path) -> None:
        self.worker = worker
        self.keys = keys
        self.broker = broker
        self.secrets = secrets
        self._clients = ThreadPoolExecutor(2 * MAX_IN_HAND)

    @property
    def port(self) -> int:
        assert self.worker.api_port is not None
        return self.worker.api_port

    async def ask(
        self,
        path: str,
        body: bytes | Iterable[bytes] | None = None,
        *,
        method: str = "POST",
        key: str | None = KEY,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Return the answer to one request on a connection of its own."""
        shown = {} if key is None else {"Authorization": f"Bearer {key}"}
        asking = partial(self._ask, method, path, body, {**shown, **(headers or {})})
        return await asyncio.get_running_loop().run_in_executor(self._clients, asking)

    async def score(self, *records: Any, **options: Any) -> Answer:
        """Post one record as such, several as a list."""
        content = records[0] if len(records) == 1 else list(records)
        return await self.ask(f"/score{options.pop('query', '')}", json.dumps(content).encode(), **options)

    def ask_now(self, path: str, body: bytes) -> Answer:
        """Return the answer to a request with a key, in a thread that may wait."""
        return self._ask("POST", path, body, {"X-API-Key": KEY})

    def _ask(self, method: str, path: str, body: Any, headers: dict[str, str]) -> Answer:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            return Answer(answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read())
        finally:
            connection.close()


def write_keys(secrets: Path, **lines: str) -> None:
    """Make the mounted Secret hold exactly these clients."""
    folder = secrets / SECRET
    folder.mkdir(parents=True, exist_ok=True)
    for path in folder.iterdir():
        path.unlink()
    for client, text in lines.items():
        (folder / client).write_text(text)


@asynccontextmanager
async def facing(
    folder: Path,
    *,
    build: Callable[[ScorerBlock], Scorer] = toy.build,
    keys: bool = True,
    limits: Limits = Limits(),  # noqa: B008 - immutable
    **api: Any,
) -> AsyncIterator[Face]:
    """Run a worker with an api listener; `api` changes its part of the start-up file."""
    live, secrets = folder / "live", folder / "secrets"
    live.mkdir(exist_ok=True)
    if keys:
        write_keys(secrets, **{CLIENT: LINE})
    startup = twin.a_startup(api=StartupApi(**{"keys_secret": SECRET, "host": "127.0.0.1", "port": 0, **api}))
    broker = twin.a_broker()
    async with (
        twin.running(broker, live, startup=startup, build=build) as worker,
        app.answering(worker, secrets, limits) as files,
    ):
        assert files is not None
        yield Face(worker, files, broker, secrets)
