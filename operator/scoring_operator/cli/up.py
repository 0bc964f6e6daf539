"""`kubectl-scoring up`: a pipeline on this machine until somebody stops it; edits of the file are applied live.

Exit codes: 0 stopped as asked, workers drained; 2 the manifest cannot be read or is refused.
"""

import asyncio
import contextlib
import signal
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from scoring_operator.api.admission import Admitted, Refused
from scoring_operator.cli.local_mode import LocalMode, local_mode
from scoring_operator.cli.manifest import PipelineFile, Unreadable
from scoring_operator.cli.snapshot import Snapshot
from scoring_operator.cluster.local.launch import launcher
from scoring_operator.facts import Key

LOOK_EVERY_S: Final = 0.5
STOP_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
EXIT_STOPPED: Final = 0
EXIT_REFUSED: Final = 2


class Screen(Protocol):
    """Where a person, or a program, watches."""

    def show(self, snapshot: Snapshot) -> None:
        """Show the pipeline as it is now."""
        ...

    def say(self, line: str) -> None:
        """Tell something once."""
        ...


@dataclass(frozen=True, slots=True)
class Asked:
    """What the command line asks for."""

    path: Path
    bootstrap_servers: Sequence[str]
    state: Path
    """Folder for the workers' files and logs."""


async def up(asked: Asked, screen: Screen) -> int:
    """Run the pipeline until SIGINT, SIGTERM or a terminal that closes; a second one ends the workers without a drain.

    Returns:
        The exit code.
    """
    file = PipelineFile(asked.path, asked.bootstrap_servers)
    try:
        admitted = file.admit(file.changed() or b"", None)
    except (Unreadable, Refused) as error:
        screen.say(f"{asked.path}: {error}")
        return EXIT_REFUSED
    _say_unevaluated(admitted, screen)
    with _stop_signal() as stop:
        async with local_mode(launcher(asked.state / "logs"), asked.state / "volumes") as local:
            stop.kill = local.kill
            key = local.apply(admitted.manifest)
            await _until(stop.asked, local, key, file, screen)
            screen.say("stopping: workers drain")
    return EXIT_STOPPED


async def _until(stop: asyncio.Event, local: LocalMode, key: Key, file: PipelineFile, screen: Screen) -> None:
    while not stop.is_set():
        _apply_edit(local, key, file, screen)
        screen.show(await local.snapshot(key))
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), LOOK_EVERY_S)


def _apply_edit(local: LocalMode, key: Key, file: PipelineFile, screen: Screen) -> None:
    """Apply the file if somebody changed it; a refused edit changes nothing and says why."""
    try:
        content = file.changed()
        if content is None:
            return
        admitted = file.admit(content, local.stored(key))
        if _key(admitted) != key:
            raise Unreadable(f"it names {_key(admitted)} now: stop and start again for another pipeline")
    except (Unreadable, Refused) as error:
        screen.say(f"edit refused, {key} runs on as it was: {error}")
        return
    local.apply(admitted.manifest)
    screen.say("edit applied")


def _key(admitted: Admitted) -> Key:
    metadata = admitted.manifest["metadata"]
    return Key(metadata["namespace"], metadata["name"])


def _say_unevaluated(admitted: Admitted, screen: Screen) -> None:
    for rule in admitted.unevaluated:
        screen.say(f"not checked here, but by an API server: {rule}")


@dataclass(slots=True)
class _Stop:
    asked: asyncio.Event
    kill: Callable[[], None] = lambda: None

    def __call__(self) -> None:
        if self.asked.is_set():
            self.kill()
        self.asked.set()


@contextlib.contextmanager
def _stop_signal() -> Iterator[_Stop]:
    stop, loop = _Stop(asyncio.Event()), asyncio.get_running_loop()
    heeded = [number for number in STOP_SIGNALS if not _is_under_nohup(number)]
    for number in heeded:
        loop.add_signal_handler(number, stop)
    try:
        yield stop
    finally:
        for number in heeded:
            loop.remove_signal_handler(number)


def _is_under_nohup(number: signal.Signals) -> bool:
    return number == signal.SIGHUP and signal.getsignal(number) == signal.SIG_IGN
