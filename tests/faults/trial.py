"""One run: records go in, workers come and go, and in the end the ledger is checked."""

import asyncio
import zlib
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from time import monotonic
from typing import Any, Final

import msgspec
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from faults import checker, collecting, crew
from faults.crew import Worker
from faults.ledger import AT_LEAST_ONCE, Evidence, Expected, Limits, Sample, Tally
from faults.sowing import Sown
from faults.subject import Plan
from harness import topics, workers
from scoring_service.contract.scorer_file import ScorerBlock, ScorerFile
from scoring_service.contract.startup import Startup, StartupDelivery, StartupInput, StartupOutput
from scoring_service.contract.worker_status import WorkerStatus

SAMPLE_EVERY_S: Final = 0.5
TICK_S: Final = 0.1
COUNTED_WITHIN_S: Final = 10.0
FED_WITHIN_S: Final = 5.0
FORGOTTEN_WITHIN_S: Final = 10.0
FEEDER: Final[dict[str, Any]] = {
    "acks": "all",
    "enable_idempotence": True,
    "linger_ms": 5,
    "request_timeout_ms": 180_000,
}


class Trial:
    """Everything about one run that a test needs to hurt and to judge it."""

    def __init__(self, seed: int, bootstrap: str, startup: Startup, folder: Path, block: ScorerBlock) -> None:
        self.seed = seed
        self.bootstrap = bootstrap
        """For the test's own clients: no proxy in between."""
        self.startup = startup
        self.block = block
        self.weights: dict[str, tuple[float, ...]] = {block.revision: weights_of(block)}
        self.schedule: list[str] = []
        """What was done, with the second at which it was done."""
        self.workers: list[Worker] = []
        self.expected: dict[int, Expected] = {}
        self.starts: dict[int, int] = {}
        self.samples: list[Sample] = []
        self.partitions = 0
        self.has_started = False
        """What the live file of a worker says when it starts: whether the group has ever committed."""
        self.secrets = ""
        """Folder of the mounted secrets; empty for none."""
        self._folder = folder
        self._began = monotonic()
        self._feeds: list[asyncio.Task[None]] = []

    @property
    def topic(self) -> str:
        """The input topic."""
        return self.startup.input.topic

    @property
    def alive(self) -> list[Worker]:
        """Workers whose process runs."""
        return [worker for worker in self.workers if worker.is_alive]

    def note(self, step: str) -> None:
        """Add a step to the schedule that a failure prints."""
        self.schedule.append(f"{monotonic() - self._began:7.2f} s  {step}")

    async def start(self, name: str, plan: Plan = crew.SOUND, *, startup: Startup | None = None) -> Worker:
        """Start a worker."""
        self.note(f"start {name} {plan if plan != crew.SOUND else ''}".rstrip())
        worker = await crew.started(name, startup or self.startup, self._folder, self.live(), plan, self.secrets)
        self.workers.append(worker)
        return worker

    def live(self) -> ScorerFile:
        """Return the live file of now."""
        return ScorerFile(serving=self.block, started=self.has_started)

    async def until(self, worker: Worker, condition: Callable[[WorkerStatus], bool], within_s: float = 30) -> bool:
        """Return whether a worker meets a condition before it dies.

        Raises:
            TimeoutError: It lives, and does not in time.
        """
        while worker.is_alive:
            with suppress(OSError):
                await worker.until(condition, within_s)
                return True
        return False

    def kill(self, worker: Worker) -> None:
        """Kill a worker at once."""
        self.note(f"SIGKILL {worker.name}")
        worker.kill()

    async def terminate(self, worker: Worker) -> int:
        """Let a worker drain and return its exit code."""
        self.note(f"SIGTERM {worker.name}")
        code = await worker.terminate(within_s=30)
        self.note(f"{worker.name} ended with {code}")
        return code

    def propose(self, block: ScorerBlock) -> None:
        """Have all workers serve another revision."""
        self.note(f"propose {block.parameters}")
        self.weights[block.revision] = weights_of(block)
        for worker in self.alive:
            worker.swap(ScorerFile(serving=self.block, proposed=block))

    def resume(self, text: str) -> None:
        """Let all workers write what their failure budget keeps."""
        for worker in self.alive:
            worker.swap(ScorerFile(serving=self.block, resume=text))

    def feed(
        self, field: Iterable[Sown], rate: float = 0.0, enough: asyncio.Event | None = None, **options: Any
    ) -> "asyncio.Task[None]":
        """Begin to write records, `rate` a second (0 is as fast as it goes), all of them or until it is enough."""
        task = asyncio.create_task(self._feed(field, rate, enough or asyncio.Event(), FEEDER | options))
        self._feeds.append(task)
        return task

    async def _feed(self, field: Iterable[Sown], rate: float, enough: asyncio.Event, options: dict[str, Any]) -> None:
        began, sent = monotonic(), 0
        base = len(self.expected)
        async with AIOKafkaProducer(bootstrap_servers=self.bootstrap, **options) as producer:
            for number, item in enumerate(field):
                if enough.is_set():
                    return
                record = item.record
                seq = dict(record.headers)["seq"]
                self.expected[int(seq)] = item.expected
                await producer.send(
                    self.topic,
                    record.value,
                    record.key,
                    partition=self._partition(record, base + number),
                    timestamp_ms=record.timestamp_ms,
                    headers=list(record.headers),
                )
                sent += 1
                ahead = began + sent / rate - monotonic() if rate else 0.0
                if ahead > 0.02:
                    await asyncio.sleep(ahead)

    def _partition(self, record: topics.Record, number: int) -> int:
        if record.partition is not None:
            return record.partition
        return (number if record.key is None else zlib.crc32(record.key)) % self.partitions

    async def committed(self, holds: Callable[[dict[int, int]], bool], within_s: float) -> dict[int, int]:
        """Return the group's offsets once they hold.

        Raises:
            TimeoutError: They do not in time; the text is the last of them.
        """
        async with collecting.Group(self.bootstrap, self.startup.input.group, self.topic) as group:
            deadline, known = monotonic() + within_s, dict[int, int]()
            while monotonic() < deadline:
                with suppress(Exception):  # brokers may be down: ask again
                    known = await group.committed()
                if holds(known):
                    return known
                await asyncio.sleep(TICK_S)
        raise TimeoutError(f"after {within_s} s the group has committed {known}")

    async def finish(self, within_s: float = 60.0) -> None:
        """Wait until everything that was fed is committed; start a fresh worker if none is left. Then stop all."""
        if not self.alive:
            await self.start("last")
        await asyncio.gather(*self._feeds)
        ends = await self._ends()
        try:
            await self.committed(lambda known: all(known.get(p, 0) >= end for p, end in ends.items() if end), within_s)
            self.note("all is committed")
        except TimeoutError as error:
            self.note(f"not finished: {error}")
        for worker in self.alive:
            await self._let_go(worker)

    async def _ends(self) -> dict[int, int]:
        """Return the ends of the input with all that was fed: a client new to a topic may take it for an empty one.

        A topic that was made again has less, and is waited for in vain.
        """
        ends, until = dict[int, int](), monotonic() + FED_WITHIN_S
        while len(ends) < self.partitions or (sum(ends.values()) < len(self.expected) and monotonic() < until):
            _, ends = await collecting.bounds(self.bootstrap, self.topic)
        return ends

    async def _let_go(self, worker: Worker) -> None:
        try:
            await self._count(worker)
            await worker.terminate(within_s=30)
        except (OSError, TimeoutError) as error:
            self.note(f"{worker.name} does not answer: {error}")
            worker.kill()

    async def _count(self, worker: Worker) -> None:
        """Hear a worker's counts once nothing is on its way: a commit may be known before its answer has come."""
        deadline = monotonic() + COUNTED_WITHIN_S
        await worker.ask()
        while worker.tally().in_flight and monotonic() < deadline:
            await asyncio.sleep(TICK_S)
            await worker.ask()

    async def evidence(self, **told: Any) -> Evidence:
        """Read everything that there is to know; `told` is what only the test knows."""
        bootstrap, outputs = self.bootstrap, self.startup.output
        letters = outputs.dead_letter_topic
        starts, ends = await collecting.bounds(bootstrap, self.topic)
        facts: dict[str, Any] = {
            "topic": self.topic,
            "guarantee": self.startup.delivery.guarantee,
            "expected": self.expected,
            "revisions": self.weights,
            "inputs": await collecting.read(bootstrap, self.topic),
            "successes": await collecting.read(bootstrap, outputs.success_topic),
            "failures": await collecting.read(bootstrap, outputs.failure_topic),
            "dead_letters": await collecting.read(bootstrap, letters) if letters else None,
            "starts": starts | self.starts,
            "ends": ends,
            "commits": await collecting.commits(bootstrap, self.startup.input.group, self.topic),
            "tallies": self._tallies(),
            "samples": self.samples,
            "limits": Limits(),
            "said": self._said(),
        }
        return Evidence(**facts | told)

    async def judge(self, **told: Any) -> Evidence:
        """Check the ledger.

        Raises:
            AssertionError: A promise was broken; the text has seed, schedule and what is missing, doubled or wrong.
        """
        evidence = await self.evidence(**told)
        found = checker.violations(evidence)
        assert not found, checker.explained(self.seed, self.schedule, found)
        return evidence

    def _tallies(self) -> list[Tally]:
        return [worker.tally() for worker in self.workers]

    def _said(self) -> dict[str, bytes]:
        said = {f"log of {worker.name}": (worker.folder / "log").read_bytes() for worker in self.workers}
        for worker in self.workers:
            said |= {f"{path} of {worker.name}": body for path, body in worker.heard.items()}
        return said

    async def watch(self) -> None:
        """Sample what the workers use, for ever."""
        while True:
            self.samples += [sample for worker in self.alive if (sample := worker.sample())]
            await asyncio.sleep(SAMPLE_EVERY_S)


@asynccontextmanager
async def trial(
    bootstrap: str,
    folder: Path,
    seed: int,
    *,
    block: ScorerBlock | None = None,
    door: str = "",
    partitions: int = 3,
    replication: int = 1,
    guarantee: str = AT_LEAST_ONCE,
    of_input: dict[str, str] | None = None,
    of_outputs: dict[str, str] | None = None,
    **delivery: Any,
) -> AsyncIterator[Trial]:
    """Create the topics of a run, and end all its workers with the block.

    Args:
        bootstrap: For the test's own clients, and the workers' unless they have a door.
        folder: For files of this run.
        seed: Of all that is random in it.
        block: The scorer; real wallets if None.
        door: Addresses for the workers: proxies.
        partitions: Of all topics.
        replication: Of all topics.
        guarantee: Of delivery.
        of_input: Settings of the input topic.
        of_outputs: Settings of the output topics.
        delivery: Members of `StartupDelivery`.
    """
    name = topics.unique("run")
    startup = Startup(
        namespace="test",
        pipeline=name,
        bootstrap_servers=tuple((door or bootstrap).split(",")),
        input=StartupInput(topic=name, group=f"{name}-group"),
        output=StartupOutput(
            success_topic=f"{name}-success", failure_topic=f"{name}-failure", dead_letter_topic=f"{name}-dead"
        ),
        delivery=StartupDelivery(**{"guarantee": guarantee, "session_timeout_ms": 6_000, **delivery}),
        ops_host="127.0.0.1",
        ops_port=0,
    )
    outputs = startup.output
    size: dict[str, Any] = {"partitions": partitions, "replication": replication}
    await topics.create(bootstrap, name, configs={**topics.FOREVER, **(of_input or {})}, **size)
    configs = {**topics.FOREVER, **(of_outputs or {})}
    await topics.create(bootstrap, *outputs.topics, configs=configs, **size)
    run = Trial(seed, bootstrap, startup, folder / name, block or workers.block())
    run.partitions = partitions
    watching = asyncio.create_task(run.watch())
    try:
        yield run
    finally:
        watching.cancel()
        for task in run._feeds:
            task.cancel()
        for worker in run.alive:
            worker.kill()
        await asyncio.gather(*(worker.process.wait() for worker in run.workers))
        await _forget(bootstrap, name, *outputs.topics)


async def _forget(bootstrap: str, *names: str) -> None:
    """Delete topics: a broker that keeps those of all runs is slow in the end. One that a test left down keeps them."""
    with suppress(KafkaError, TimeoutError):
        async with asyncio.timeout(FORGOTTEN_WITHIN_S):
            await topics.delete(bootstrap, *names)


def weights_of(block: ScorerBlock) -> tuple[float, ...]:
    """Return the weights of a scorer's parts, in the order in which the oracle gives the parts."""
    if block.member == "walletReputation":
        weights = block.parameters["weights"]
        return weights["liquidityProvision"], weights["trading"]
    return (float(block.parameters["weight"]),)


def renamed(startup: Startup, **changed: Any) -> Startup:
    """Return a start-up file with some members changed."""
    return msgspec.structs.replace(startup, **changed)
