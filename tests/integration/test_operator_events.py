"""Events on a real API server: one object for each series, written anew when it has expired, never twice."""

import asyncio
import uuid
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from harness.apiserver import Apiserver
from harness.stage import Api, Manifest
from scoring_operator.cluster.kube.client import NotFound
from scoring_operator.cluster.kube.events import KubeEvents
from scoring_operator.cluster.kube.login import logged_in
from scoring_operator.events.event import warning
from scoring_operator.events.limits import About, Occurrence
from scoring_operator.facts import Key

pytestmark = pytest.mark.apiserver

MOMENT = datetime(2026, 1, 1, 12, 0, 0, 123456, tzinfo=UTC)


class Place:
    """A namespace, and what writes Events into it."""

    def __init__(self, api: Api, events: KubeEvents) -> None:
        self.api, self.events = api, events

    def occurrence(self, note: str = "gone", count: int = 1) -> Occurrence:
        about = About(Key(self.api.namespace, "wallets"), str(uuid.uuid5(uuid.NAMESPACE_DNS, "wallets")))
        return Occurrence(about, warning("OffsetsLost", note), MOMENT, MOMENT + timedelta(minutes=count - 1), count)

    async def found(self) -> list[Manifest]:
        return await self.api.items("events.k8s.io/v1/events")


@pytest.fixture
async def place(apiserver: Apiserver) -> AsyncIterator[Place]:
    namespace = f"events-{uuid.uuid4().hex[:8]}"
    apiserver.kubectl("create", "namespace", namespace)
    api = Api(str(apiserver.kubeconfig), namespace)
    try:
        async with logged_in(str(apiserver.kubeconfig)) as client:
            yield Place(api, KubeEvents(client, "shop/ours"))
            await asyncio.sleep(0.1)  # aiohttp closes TLS connections in later turns of the loop
    finally:
        api.close()
        apiserver.kubectl("delete", "namespace", namespace, "--wait=false")


async def test_an_event_says_what_happened_to_which_pipeline_and_who_says_so(place: Place) -> None:
    await place.events.write(place.occurrence())

    (event,) = await place.found()
    assert (event["type"], event["reason"], event["note"]) == ("Warning", "OffsetsLost", "gone")
    assert (event["regarding"]["kind"], event["regarding"]["name"]) == ("ScoringPipeline", "wallets")
    assert (event["reportingController"], event["reportingInstance"]) == ("scoring.dev/operator", "shop/ours")
    assert event["eventTime"] == "2026-01-01T12:00:00.123456Z"
    assert "series" not in event


async def test_what_happens_again_is_counted_in_the_same_event(place: Place) -> None:
    await place.events.write(place.occurrence())
    await place.events.write(place.occurrence(count=7))

    (event,) = await place.found()
    assert event["series"] == {"count": 7, "lastObservedTime": "2026-01-01T12:06:00.123456Z"}


async def test_an_event_that_is_sent_twice_is_one(place: Place) -> None:
    """The answer to the first try may be lost."""
    await place.events.write(place.occurrence())
    await place.events.write(place.occurrence())

    assert len(await place.found()) == 1


async def test_an_event_that_has_expired_is_written_anew_when_it_happens_again(place: Place) -> None:
    await place.events.write(place.occurrence())
    (event,) = await place.found()
    await place.api.call("DELETE", f"events.k8s.io/v1/events/{event['metadata']['name']}")

    await place.events.write(place.occurrence(count=2))

    assert len(await place.found()) == 1


async def test_a_note_without_end_is_cut(place: Place) -> None:
    await place.events.write(place.occurrence("x" * 5000))

    (event,) = await place.found()
    assert event["note"] == "x" * 1024


async def test_a_namespace_that_is_gone_is_an_error_that_the_recorder_drops(place: Place) -> None:
    lost = place.occurrence()
    nowhere = replace(lost, about=lost.about._replace(key=Key("no-such-namespace", "wallets")))

    with pytest.raises(NotFound):
        await place.events.write(nowhere)
