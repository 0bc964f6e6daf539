"""Which revision of the scorer serves. A revision that does not build never replaces one that does.

The live file is looked at five times a second; `proposed` is built beside the serving scorer, off the event loop,
and takes over between two batches: a batch is scored by whatever `current` was when its scoring began.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import msgspec
import structlog

from scoring_service.codec import BatchScorer, Signature
from scoring_service.contract.names import CONTRACT_VERSION, SCORER_FILE
from scoring_service.contract.revision import digest_of
from scoring_service.contract.scorer_file import ScorerBlock, ScorerFile
from scoring_service.contract.worker_status import RefusedRevision
from scoring_service.errors import InvalidParameters
from scoring_service.scorers.base import Scorer

LOOK_EVERY_S = 0.2
MAX_MESSAGE = 256

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Serving:
    """A built revision."""

    revision: str
    scorer: Scorer
    batches: BatchScorer


class Seen(NamedTuple):
    """What a kept batch was scored by, and the last word on going on."""

    serving: Serving | None
    resume: str | None


class _Stamp(NamedTuple):
    """What changes when a file is written or its directory is swapped through a symlink."""

    inode: int
    modified_ns: int
    size: int


class Revisions:
    """The serving revision of one worker, kept in step with the live file."""

    def __init__(
        self,
        live_directory: Path,
        build: Callable[[ScorerBlock], Scorer],
        pipeline: str,
        version: str,
        *,
        keeps_dead_letters: bool = False,
    ) -> None:
        self._path = live_directory / SCORER_FILE
        self._build = build
        self._pipeline = pipeline
        self._version = version
        self._keeps_dead_letters = keeps_dead_letters
        self._stamp: _Stamp | None = None
        self._changed = asyncio.Event()
        self._resume: str | None = None
        self.current: Serving | None = None
        self.refused: RefusedRevision | None = None
        self.config_digest = ""
        """sha256 of the file that was last acted upon."""
        self.has_started = False
        """Whether the group is known to have committed before."""
        self.problem = ""
        """Why the file could not be acted upon; empty if it was."""

    async def watch(self) -> None:
        """Follow the file for ever."""
        while True:
            await self.look()
            await asyncio.sleep(LOOK_EVERY_S)

    async def until_serving(self) -> None:
        """Return once a revision serves."""
        while self.current is None:
            await self._changed.wait()

    def seen(self) -> "Seen":
        """Return what serves, and what the file has last said about going on."""
        return Seen(self.current, self._resume)

    async def until_release(self, seen: "Seen") -> bool:
        """Return once another revision serves than `seen` (False), or the file asks to go on (True)."""
        while self.seen() == seen:
            await self._changed.wait()
        return self._resume != seen.resume

    async def look(self) -> None:
        """Act upon the file if it has changed since the last look."""
        try:
            stamp = self._read_stamp()
            if stamp == self._stamp:
                return
            content = await asyncio.to_thread(self._path.read_bytes)
        except OSError as error:
            self._report(f"{SCORER_FILE} cannot be read: {error.strerror}")
            return
        self._stamp = stamp
        if digest_of(content) != self.config_digest:
            await self._act_upon(content)

    def _read_stamp(self) -> _Stamp:
        status = self._path.stat()
        return _Stamp(status.st_ino, status.st_mtime_ns, status.st_size)

    async def _act_upon(self, content: bytes) -> None:
        try:
            file = ScorerFile.decode(content)
        except msgspec.DecodeError as error:
            self._report(f"{SCORER_FILE} is not understood: {error}")
            return
        if file.contract_version > CONTRACT_VERSION:
            self._report(
                f"{SCORER_FILE} has contractVersion {file.contract_version}, at most {CONTRACT_VERSION} is read"
            )
            return
        await self._serve_first([block for block in (file.proposed, file.serving) if block is not None])
        self.has_started = file.started
        if file.resume != self._resume:
            self._resume = file.resume
            self._notify()
        self.config_digest = digest_of(content)
        self.problem = ""

    async def _serve_first(self, blocks: list[ScorerBlock]) -> None:
        """Serve the first block that builds; report the first that does not."""
        refused: RefusedRevision | None = None
        for block in blocks:
            try:
                serving = await self._built(block)
            except InvalidParameters as error:
                refused = refused or RefusedRevision(revision=_name(block), message=str(error)[:MAX_MESSAGE])
                continue
            self._swap(serving)
            break
        self._refuse(refused)

    async def _built(self, block: ScorerBlock) -> Serving:
        try:
            revision = block.revision
        except ValueError as error:
            raise InvalidParameters(f"{block.member}: {error}") from error
        if self.current is not None and self.current.revision == revision:
            return self.current
        scorer = await asyncio.to_thread(self._build, block)
        signature = Signature(self._pipeline, revision, self._version)
        batches = BatchScorer(scorer, signature, keeps_dead_letters=self._keeps_dead_letters)
        return Serving(revision, scorer, batches)

    def _swap(self, serving: Serving) -> None:
        if serving is self.current:
            return
        log.info("revision serves", revision=serving.revision, before=self.current.revision if self.current else "")
        self.current = serving
        self._notify()

    def _notify(self) -> None:
        """Wake everybody who waits for a change."""
        self._changed.set()
        self._changed = asyncio.Event()

    def _refuse(self, refused: RefusedRevision | None) -> None:
        if refused is not None and refused != self.refused:
            log.warning("revision refused", revision=refused.revision, reason=refused.message)
        self.refused = refused

    def _report(self, problem: str) -> None:
        if problem != self.problem:
            log.warning("live file ignored", reason=problem)
        self.problem = problem[:MAX_MESSAGE]


def _name(block: ScorerBlock) -> str:
    try:
        return block.revision
    except ValueError:
        return ""
