"""Random faults of the operator's world, one after the other: what is drawn depends on a seed alone."""

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Final

from faults.steps import Act, Step, in_time, steps
from harness.api_faults import Do, EventRule, OfEvents, Rule, lists, watches, writes
from harness.operators import OperatorProcess
from operator_faults.hurt import KINDS, UNREACHABLE, Hurt

AT_ONCE: Final = 3
"""Faults that may hold at the same time."""
LASTS_S: Final = (0.5, 4)
PAUSE_S: Final = (0.1, 1.5)


class Nemesis:
    """Hurts one pipeline, its operators and their line."""

    def __init__(self, hurt: Hurt) -> None:
        self.done: Counter[str] = Counter()
        self.schedule: list[str] = []
        """What was done, and when: a failure prints it."""
        self._hurt, self._names, self._began = hurt, 0, time.monotonic()
        faults = hurt.proxy.faults
        self._acts: Mapping[str, Act] = {
            "503": self._rule(lambda step: Rule(Do.ANSWER, share=step.pick)),
            "429": self._rule(lambda step: Rule(Do.ANSWER, status=429, retry_after_s=1, share=step.pick)),
            "hangs": self._rule(lambda step: Rule(Do.HANG, lasts_s=step.lasts_s, share=step.pick / 2)),
            "resets": self._rule(lambda step: Rule(Do.RESET, share=step.pick)),
            "lost answers": self._rule(lambda step: Rule(Do.FORGET, writes, share=step.pick)),
            "410 at the start": self._rule(lambda _: Rule(Do.ANSWER, watches, status=410)),
            "stale lists": self._rule(lambda _: Rule(Do.STALE, lists, times=3)),
            "doubled events": self._event(OfEvents.DOUBLE, cut=False),
            "swapped events": self._event(OfEvents.SWAP, cut=True),
            "dropped events": self._event(OfEvents.DROP, cut=True),
            "cut": self._now(hurt.proxy.cut),
            "cut watches": self._now(hurt.proxy.cut_watches),
            "410 inside": lambda _: hurt.proxy.end_watches(410),
            "500 inside": lambda _: hurt.proxy.end_watches(500),
            "kill the operator": self._kill,
            "delete a child": self._delete,
            "change the weights": self._weigh,
            "scale": self._scale,
            "end a pod": self._end,
        }
        self._faults = faults

    async def rage(self, seed: int, seconds: float) -> None:
        """Hurt for so many seconds with several hands; afterwards the line is whole and one operator runs."""
        until = time.monotonic() + seconds
        await asyncio.gather(*(self._hand(seed + number, until) for number in range(AT_ONCE)))
        self._faults.heal()
        await self._hurt.proxy.end_watches(410)

    @property
    def operator(self) -> OperatorProcess:
        """The one that runs."""
        return self._hurt.operators[-1]

    async def _hand(self, seed: int, until: float) -> None:
        async for step in in_time(steps(seed, sorted(self._acts), LASTS_S, PAUSE_S), until):
            self.schedule.append(
                f"{time.monotonic() - self._began:6.2f} s  {step.kind} ({step.pick:.2f}, {step.lasts_s:.1f} s)"
            )
            with suppress(*UNREACHABLE):
                await self._acts[step.kind](step)
            self.done[step.kind] += 1

    def _rule(self, made: Callable[[Step], Rule]) -> Act:
        async def hold(step: Step) -> None:
            rule = made(step)
            self._faults.rules.append(rule)
            await asyncio.sleep(step.lasts_s)
            if rule in self._faults.rules:
                self._faults.rules.remove(rule)

        return hold

    def _event(self, do: OfEvents, *, cut: bool) -> Act:
        async def hold(step: Step) -> None:
            rule = EventRule(do, share=step.pick)
            self._faults.events.append(rule)
            await asyncio.sleep(step.lasts_s)
            if rule in self._faults.events:
                self._faults.events.remove(rule)
            if cut:  # an API server loses events of no watch that it does not end
                await self._hurt.proxy.end_watches(410)

        return hold

    def _now(self, act: Callable[[], None]) -> Act:
        async def do(_: Step) -> None:
            act()

        return do

    async def _kill(self, _: Step) -> None:
        self.operator.kill()
        self._names += 1
        self._hurt.launch(f"further-{self._names}")

    async def _delete(self, step: Step) -> None:
        kind = sorted(KINDS)[int(step.pick * len(KINDS))]
        name = "wallets-live" if kind == "ConfigMap" else "wallets"
        if kind != "Deployment":  # pods would end with it, as they should
            await self._hurt.delete(f"{KINDS[kind]}/{name}")

    async def _weigh(self, step: Step) -> None:
        await self._hurt.weigh(round(0.1 + step.pick / 2, 3))

    async def _scale(self, step: Step) -> None:
        await self._hurt.scale(1 + int(step.pick * 4))

    async def _end(self, step: Step) -> None:
        pods = await self._hurt.api.items("v1/pods")
        if pods:
            await self._hurt.stage.end(pods[int(step.pick * len(pods))])
