"""The play: a pipeline scores a stream, a weight changes half-way and goes live, nothing is lost."""

import asyncio
import contextlib
import itertools
import time
import uuid
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

from demo.ledger import Ledger, Outcome, Output
from demo.manifest import of_this_run, with_weights
from demo.show import Audience, Scene
from demo.stream import Stream
from scoring_operator.api.admission import Admission
from scoring_operator.cli.local_mode import LocalMode, local_mode
from scoring_operator.cli.manifest import DEFAULT_NAMESPACE
from scoring_operator.facts import Key, Manifest
from scoring_service.contract.pipeline import parse_pipeline
from scoring_service.generate import wallets

PARTITIONS: Final = 6
PER_SECOND: Final = 400
BEAT_S: Final = 0.25
INVALID: Final = 0.02
BEFORE_S: Final = 5.0
AFTER_S: Final = 5.0
PATIENCE_S: Final = 45.0
"""For whatever is waited for, before the play is called a failure."""
WEIGHTS: Final = {"liquidityProvision": 0.3, "trading": 0.7}
"""What the weights change to."""


class TooSlow(Exception):
    """Something did not happen in time; the text says what."""


async def perform(stream: Stream, folder: Path, audience: Audience) -> Outcome:
    """Play, and return what came of it.

    Raises:
        TooSlow: Something did not happen in time.
    """
    mark = uuid.uuid4().hex[:6]
    manifest = of_this_run(stream, mark)
    spec = manifest["spec"]
    names = (spec["input"]["topic"], spec["output"]["successTopic"], spec["output"]["failureTopic"])
    for name in names:
        await stream.create(name, PARTITIONS)
    outcome = Outcome()
    try:
        async with (
            local_mode(stream.launch(folder / "logs"), folder / "volumes") as local,
            _reading(stream, names, outcome.ledger),
        ):
            await _Play(stream, local, manifest, audience, outcome).run()
    finally:
        await stream.close(*names)
    return outcome


class _Play:
    def __init__(
        self, stream: Stream, local: LocalMode, manifest: Manifest, audience: Audience, outcome: Outcome
    ) -> None:
        self._stream = stream
        self._local = local
        self._manifest = manifest
        self._audience = audience
        self._outcome = outcome
        self._key = Key(DEFAULT_NAMESPACE, manifest["metadata"]["name"])
        self._doing = ""

    async def run(self) -> None:
        """Feed, change a weight, feed on, and wait until everything has come out."""
        ledger, outcome = self._outcome.ledger, self._outcome
        outcome.before = self._apply(self._manifest)
        async with _background(self._show()), self._feeding():
            self._doing = f"starting {self._manifest['spec']['replicas']} workers while wallets arrive"
            await self._until(lambda: ledger.scores > 0, "a first score")
            self._say(f"scoring with revision {outcome.before}")
            await asyncio.sleep(BEFORE_S)
            await self._change()
            await asyncio.sleep(AFTER_S)
        self._doing = "no more wallets; waiting for the last scores"
        async with _background(self._show()):
            with contextlib.suppress(TooSlow):  # the summary tells how many are lost
                await self._until(lambda: not ledger.lost, "the last outputs")

    async def _change(self) -> None:
        outcome, ledger = self._outcome, self._outcome.ledger
        changed = time.monotonic()
        outcome.after = self._apply(with_weights(self._manifest, WEIGHTS))
        self._say(f"weights changed to {WEIGHTS}: revision {outcome.after} proposed")
        await self._until_live(outcome.after)
        outcome.live_after_s = time.monotonic() - changed
        await self._until(lambda: outcome.after in ledger.first_at, "a score by the new weights")
        outcome.first_after_s = ledger.first_at[outcome.after] - changed
        self._say(f"live on every worker after {outcome.live_after_s:.1f} s, no restart")

    async def _until_live(self, revision: str) -> None:
        async with _patience("the new weights on every worker"):
            while True:
                reports = (await self._local.snapshot(self._key)).reports
                if reports and all(report.status and report.status.serving == revision for report in reports):
                    return
                await asyncio.sleep(0.05)

    async def _until(self, is_so: Callable[[], bool], what: str) -> None:
        async with _patience(what):
            while not is_so():  # noqa: ASYNC110 - the ledger is plain data
                await asyncio.sleep(0.02)

    @asynccontextmanager
    async def _feeding(self) -> AsyncIterator[None]:
        """Feed beside the block; returns once everything on its way is acknowledged and in the ledger."""
        enough = asyncio.Event()
        feeding = asyncio.create_task(self._feed(enough))
        try:
            yield
        finally:
            enough.set()
            await feeding

    async def _feed(self, enough: asyncio.Event) -> None:
        records = wallets(10**9, seed=7, invalid=INVALID)
        topic = self._manifest["spec"]["input"]["topic"]
        loop = asyncio.get_running_loop()
        while not enough.is_set():
            due = loop.time() + BEAT_S
            batch = list(itertools.islice(records, int(PER_SECOND * BEAT_S)))
            self._outcome.ledger.sent.update(await self._stream.write(topic, batch))
            await asyncio.sleep(max(0.0, due - loop.time()))

    async def _show(self) -> None:
        while True:
            snapshot = await self._local.snapshot(self._key)
            self._audience.show(Scene(self._doing, snapshot, self._outcome.ledger))
            await asyncio.sleep(BEAT_S)

    def _apply(self, manifest: Manifest) -> str:
        """Apply a manifest as `kubectl apply` would and return its revision."""
        admitted = Admission().admit(manifest, self._local.stored(self._key)).manifest
        self._local.apply(admitted)
        return parse_pipeline(admitted).block.revision

    def _say(self, line: str) -> None:
        self._doing = line
        self._audience.say(line)


@asynccontextmanager
async def _reading(stream: Stream, names: tuple[str, str, str], ledger: Ledger) -> AsyncIterator[None]:
    async def read(topic: str, note: Callable[[Output], None]) -> None:
        async for batch in stream.read(topic):
            for output in batch:
                note(output)

    async with _background(read(names[1], ledger.scored)), _background(read(names[2], ledger.failed)):
        yield


@asynccontextmanager
async def _background(work: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """Have `work` done beside the block; if it failed, that is what the block raises in the end."""
    task = asyncio.create_task(work)
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait([task])
        if not task.cancelled() and (failure := task.exception()):
            raise failure


@asynccontextmanager
async def _patience(what: str) -> AsyncIterator[None]:
    try:
        async with asyncio.timeout(PATIENCE_S):
            yield
    except TimeoutError:
        raise TooSlow(f"{what} did not come within {PATIENCE_S:.0f} s") from None
