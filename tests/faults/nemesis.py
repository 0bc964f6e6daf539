"""Random faults one after the other, for as long as one likes: one hand for workers, one for brokers and lines.

Both draw from a seed, and every step is noted in the schedules that a failure prints.
"""

import asyncio
import signal
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from time import monotonic
from typing import Final

from faults.crew import Worker
from faults.steps import Act, Step, in_time, steps
from faults.trial import Trial
from harness.brokers import Trio
from harness.proxy import Proxy

FEWEST: Final = 2
MOST: Final = 4
"""Workers of one run."""
ENDS: Final = (0, -signal.SIGKILL)
"""Exit codes of workers that nobody has to explain: drained, or killed by us."""
LASTS_S: Final = (1, 9)
PAUSE_S: Final = (0.5, 3)


class Nemesis:
    """Hurts some runs on the same brokers, all in the same way."""

    def __init__(self, trio: Trio, lines: Sequence[Proxy], trials: Sequence[Trial]) -> None:
        self.done: Counter[str] = Counter()
        """By kind of fault."""
        self._trio = trio
        self._lines = lines
        self._trials = trials
        self._of_workers: Mapping[str, Act] = {
            "SIGKILL a worker": self._on_each(_kill),
            "SIGTERM a worker": self._on_each(_terminate),
            "SIGSTOP a worker": self._on_each(_stop),
            "add a worker": self._on_each(_add),
            "remove a worker": self._on_each(_remove),
        }
        self._of_brokers: Mapping[str, Act] = {
            "SIGKILL a broker": self._kill_broker,
            "slow lines": self._slow,
            "cut lines": self._cut,
        }

    async def rage(self, seed: int, seconds: float) -> None:
        """Hurt for so many seconds; afterwards all brokers are up and all lines are whole."""
        until = monotonic() + seconds
        await asyncio.gather(self._hand(seed, self._of_workers, until), self._hand(seed + 1, self._of_brokers, until))
        await asyncio.to_thread(self._trio.heal)

    async def _hand(self, seed: int, acts: Mapping[str, Act], until: float) -> None:
        async for step in in_time(steps(seed, sorted(acts), LASTS_S, PAUSE_S), until):
            await acts[step.kind](step)
            self.done[step.kind] += 1

    def _on_each(self, act: Callable[[Trial, Step], Awaitable[None]]) -> Act:
        async def on_each(step: Step) -> None:
            await asyncio.gather(*(act(trial, step) for trial in self._trials))

        return on_each

    def _note(self, text: str) -> None:
        for trial in self._trials:
            trial.note(text)

    async def _kill_broker(self, step: Step) -> None:
        node = 1 + int(step.pick * len(self._trio.brokers))
        self._note(f"SIGKILL broker {node}")
        await asyncio.to_thread(self._trio.kill, node)
        await asyncio.sleep(step.lasts_s)
        await asyncio.to_thread(self._trio.brokers[node - 1].resume)
        self._note(f"broker {node} is back")

    async def _slow(self, step: Step) -> None:
        latency_s = step.pick / 2
        self._note(f"{latency_s * 1000:.0f} ms on all lines for {step.lasts_s:.1f} s")
        for line in self._lines:
            line.rules.latency_s, line.rules.stalled_share = latency_s, 0.05
        await asyncio.sleep(step.lasts_s)
        for line in self._lines:
            line.rules.latency_s = line.rules.stalled_share = 0.0

    async def _cut(self, step: Step) -> None:
        number = int(step.pick * len(self._lines))
        self._note(f"reset all connections to broker {number + 1}")
        self._lines[number].cut()


async def _kill(trial: Trial, step: Step) -> None:
    trial.kill(_hit(trial, step))
    await added(trial)


async def _terminate(trial: Trial, step: Step) -> None:
    await asyncio.gather(_drained(trial, step), added(trial))


async def _stop(trial: Trial, step: Step) -> None:
    worker = _hit(trial, step)
    trial.note(f"SIGSTOP {worker.name} for {step.lasts_s:.1f} s")
    worker.signal(signal.SIGSTOP)
    await asyncio.sleep(step.lasts_s)
    worker.signal(signal.SIGCONT)


async def _add(trial: Trial, step: Step) -> None:
    if len(trial.alive) < MOST:
        await added(trial)


async def _remove(trial: Trial, step: Step) -> None:
    if len(trial.alive) > FEWEST:
        await _drained(trial, step)


async def _drained(trial: Trial, step: Step) -> None:
    """End a worker as the kubelet does: SIGKILL follows when the grace period is over."""
    worker = _hit(trial, step)
    try:
        await trial.terminate(worker)
    except TimeoutError:
        trial.kill(worker)


async def added(trial: Trial) -> Worker:
    """Start one more worker."""
    return await trial.start(f"w{len(trial.workers)}")


def unexplained(trial: Trial) -> list[str]:
    """Return the workers that ended with a code of their own."""
    return [f"{w.name}: {w.process.returncode}" for w in trial.workers if w.process.returncode not in ENDS]


def _hit(trial: Trial, step: Step) -> Worker:
    alive = trial.alive
    return alive[int(step.pick * len(alive))]
