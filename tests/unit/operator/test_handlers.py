"""kopf as our informer: what it is shown, what ends it, and that each of its lists is told."""

import asyncio
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from harness.api_faults import error_event
from harness.stage import until
from harness.tiny_api import TinyApi
from scoring_operator import handlers
from scoring_operator.cluster.kube.kinds import LEASE, POD, WATCHED
from scoring_operator.facts import Manifest


class Informer:
    """One call of `inform`, and what it has told."""

    def __init__(self) -> None:
        self.changed: list[tuple[str, str | None]] = []
        """Name of each object, and the type of its event."""
        self.listed: list[str] = []
        self._end = threading.Event()
        self._call = asyncio.create_task(
            asyncio.to_thread(handlers.inform, "shop", "release", self._change, self.listed.append, self._end)
        )

    @property
    def runs(self) -> bool:
        """Whether it has not ended by itself."""
        return not self._call.done()

    async def end(self) -> None:
        """Tell it to end."""
        self._end.set()
        await self._call

    def _change(self, manifest: Manifest, event: str | None) -> None:
        self.changed.append((manifest["metadata"]["name"], event))


@pytest.fixture
async def api(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[TinyApi]:
    api = TinyApi()
    async with api.listening(tmp_path) as kubeconfig:
        monkeypatch.setenv("KUBECONFIG", kubeconfig)
        yield api


@pytest.fixture
async def informer(api: TinyApi) -> AsyncIterator[Informer]:
    api.put(POD, "one")
    informer = Informer()

    async def watches() -> bool:
        return all(api.watching(kind) for kind in (*WATCHED, LEASE))

    try:
        await until(watches, within_s=60)
        yield informer
    finally:
        await informer.end()


async def test_what_is_there_and_what_changes_is_told_until_the_end(api: TinyApi, informer: Informer) -> None:
    api.put(POD, "two")

    async def is_told() -> bool:
        return informer.changed == [("one", None), ("two", "ADDED")]

    await until(is_told)
    await informer.end()


async def test_every_list_is_told_also_of_what_there_is_none(informer: Informer) -> None:
    """A list that leaves out the last object of a kind shows nothing at all."""
    assert sorted(informer.listed) == sorted(kind.plural for kind in (*WATCHED, LEASE))


async def test_a_watch_that_is_too_old_lists_again_and_says_so(api: TinyApi, informer: Informer) -> None:
    informer.listed.clear()
    api.remove(POD, "one")

    api.say(POD, error_event(410))

    async def is_listed() -> bool:
        return informer.listed == ["pods"]

    await until(is_listed)
    assert ("one", "DELETED") not in informer.changed


@pytest.mark.parametrize("code", [410, 500, 504])
async def test_an_error_inside_a_watch_has_it_list_again(api: TinyApi, informer: Informer, code: int) -> None:
    """Left to itself, kopf takes every one but 410 for the end of the operator."""
    informer.listed.clear()

    api.say(POD, error_event(code))

    await until(lambda: told(informer.listed, ["pods"]))
    assert informer.runs


@pytest.mark.parametrize(
    ("status", "lists"), [(410, True), (404, True), (400, True), (429, False), (503, False), (403, False), (401, False)]
)
async def test_a_watch_that_is_refused_goes_on_once_it_is_not(
    api: TinyApi, informer: Informer, status: int, lists: bool
) -> None:
    """What may pass is asked for again; what may not has it list again."""
    informer.listed.clear()
    api.refuse["pods"] = status
    api.cut(POD)
    await until(lambda: told(api.refused["pods"] > 0, True))
    api.put(POD, "two", told=False)
    api.refuse.clear()

    await until(lambda: told(api.watching(POD), True), within_s=30)
    api.put(POD, "three")
    await until(lambda: told(("three", "ADDED") in informer.changed, True))
    assert ("pods" in informer.listed) == lists
    assert informer.runs


@pytest.mark.parametrize("status", [404, 500])
async def test_a_list_that_is_refused_is_asked_for_until_it_is_not(
    api: TinyApi, informer: Informer, status: int
) -> None:
    """Left to itself, kopf asks six times, at 404 once, and ends."""
    api.refuse_lists["pods"] = status
    api.say(POD, error_event(410))
    await until(lambda: told(api.refused["pods"] > 2, True), within_s=30)
    api.put(POD, "two", told=False)
    api.refuse_lists.clear()

    await until(lambda: told(("two", None) in informer.changed, True), within_s=30)
    assert informer.runs


async def told(found: object, wanted: object) -> bool:
    """Tell whether something is as it should be."""
    return found == wanted
