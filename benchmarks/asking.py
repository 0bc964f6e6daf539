"""A client that asks a worker for the scores of 1,000 records again and again, and what it takes to let it."""

import http.client
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.records import wallets
from benchmarks.workers import BLOCK
from scoring_service.app import Mounts
from scoring_service.contract.api_key import hashed
from scoring_service.contract.names import SCORER_FILE
from scoring_service.contract.scorer_file import ScorerFile
from scoring_service.contract.startup import StartupApi

RECORDS = 1_000
TRANSACTIONS = 10
"""Of each record, in requests and in the stream."""
_KEY, _SECRET, _CLIENT = "bench", "score-keys", "bench"

API = StartupApi(keys_secret=_SECRET, requests_per_second=10_000, burst=10_000, host="127.0.0.1", port=0)
"""A listener that takes whatever this client asks."""


@dataclass
class Asked:
    """What a client has seen."""

    took_s: list[float] = field(default_factory=list)
    codes: set[int] = field(default_factory=set)

    def __str__(self) -> str:
        middle = sorted(self.took_s)[len(self.took_s) // 2] if self.took_s else float("nan")
        return f"{len(self.took_s)} requests of {RECORDS} records, codes {sorted(self.codes)}, median {middle:.2f} s"


def mounted(folder: Path) -> Mounts:
    """Write what a worker mounts into a folder: its weights, and the key of this client."""
    (folder / SCORER_FILE).write_bytes(ScorerFile(serving=BLOCK).encode())
    (folder / _SECRET).mkdir()
    (folder / _SECRET / _CLIENT).write_text(str(hashed(_KEY, "salt")))
    return Mounts(folder, folder)


@contextmanager
def asking(port: int, seen: Asked) -> Iterator[None]:
    """Ask without a pause while the block runs; leaving it waits for the last answer."""
    body = b"[" + b",".join(value for _, value in wallets(TRANSACTIONS)[:RECORDS]) + b"]"
    over = threading.Event()

    def ask() -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        while not over.is_set():
            began = time.perf_counter()
            connection.request("POST", "/score", body, {"X-API-Key": _KEY})
            answer = connection.getresponse()
            answer.read()
            seen.codes.add(answer.status)
            seen.took_s.append(time.perf_counter() - began)

    thread = threading.Thread(target=ask)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
