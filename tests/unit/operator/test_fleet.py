"""Pods are asked all at once, briefly, and whatever they answer is data."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable

import aiohttp
import msgspec
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from harness.pipelines import a_pod, a_report
from scoring_operator.facts import Pod
from scoring_operator.fleet import HttpFleet
from scoring_service.contract.names import STATUS_MAX_BYTES
from scoring_service.contract.worker_status import WorkerStatus

Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]
Serve = Callable[[Answer], Awaitable[Pod]]
TIMEOUT_S = 1.0
"""Long enough for a pod that answers, however busy the machine is."""


@pytest.fixture
async def serve() -> AsyncIterator[Serve]:
    """Serve `/status` as told, on loopback; return the pod that does."""
    servers = []

    async def started(answer: Answer) -> Pod:
        app = web.Application()
        app.add_routes([web.get("/status", answer)])
        server = TestServer(app)
        await server.start_server()
        servers.append(server)
        pod = a_pod()
        return Pod(pod.namespace, pod.name, pod.uid, f"127.0.0.1:{server.port}", ready=True)

    yield started
    for server in servers:
        await server.close()


@pytest.fixture
async def fleet() -> AsyncIterator[HttpFleet]:
    async with aiohttp.ClientSession() as session:
        yield HttpFleet(session, TIMEOUT_S)


def a_status() -> WorkerStatus:
    status = a_report().status
    assert status is not None
    return status


async def sensible(_: web.Request) -> web.StreamResponse:
    return web.Response(body=a_status().encode())


async def test_a_pod_that_answers_is_reported_with_what_it_says(fleet: HttpFleet, serve: Serve) -> None:
    pod = await serve(sensible)

    (report,) = await fleet([pod])

    assert report.pod == pod
    assert report.status == a_status()


async def hanging(_: web.Request) -> web.StreamResponse:
    await asyncio.Event().wait()
    raise AssertionError


async def failing(_: web.Request) -> web.StreamResponse:
    return web.Response(status=500, body=a_status().encode())


async def rubbish(_: web.Request) -> web.StreamResponse:
    return web.Response(body=b"<html>")


async def something_else(_: web.Request) -> web.StreamResponse:
    return web.Response(body=b'{"version": 1}')


async def nested(_: web.Request) -> web.StreamResponse:
    return web.Response(body=b'{"x":' + b"[" * 50_000)


async def another_pod(_: web.Request) -> web.StreamResponse:
    return web.Response(body=msgspec.structs.replace(a_status(), pod="wallets-7").encode())


async def another_namespace(_: web.Request) -> web.StreamResponse:
    return web.Response(body=msgspec.structs.replace(a_status(), pipeline="bank/wallets").encode())


async def endless(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse()
    await response.prepare(request)
    for _ in range(2 * STATUS_MAX_BYTES // 1024):
        await response.write(b" " * 1024)
    await response.write(a_status().encode())
    return response


async def elsewhere(_: web.Request) -> web.StreamResponse:
    raise web.HTTPFound("/other")


@pytest.mark.parametrize(
    "answer",
    [hanging, failing, rubbish, something_else, nested, another_pod, another_namespace, endless, elsewhere],
)
async def test_a_pod_that_answers_anything_else_has_nothing_to_report(
    fleet: HttpFleet, serve: Serve, answer: Answer
) -> None:
    good, bad = await serve(sensible), await serve(answer)

    reports = await fleet([bad, good])

    assert [report.pod for report in reports] == [bad, good]
    assert [report.status for report in reports] == [None, a_status()]


async def test_a_pod_without_an_address_or_that_ends_is_not_asked(fleet: HttpFleet, serve: Serve) -> None:
    asked = await serve(sensible)
    ending = Pod(asked.namespace, asked.name, asked.uid, asked.address, ready=True, terminating=True)
    nowhere = Pod(asked.namespace, asked.name, asked.uid, "", ready=False)

    assert [report.status for report in await fleet([ending, nowhere])] == [None, None]


async def test_nobody_listening_is_nothing_to_report(fleet: HttpFleet, unused_tcp_port: int) -> None:
    pod = a_pod()
    gone = Pod(pod.namespace, pod.name, pod.uid, f"127.0.0.1:{unused_tcp_port}", ready=True)

    assert [report.status for report in await fleet([gone])] == [None]


async def test_silent_pods_are_waited_for_together(fleet: HttpFleet, serve: Serve) -> None:
    pods = [await serve(hanging) for _ in range(10)]
    began = time.monotonic()

    await fleet(pods)

    assert time.monotonic() - began < 5 * TIMEOUT_S
