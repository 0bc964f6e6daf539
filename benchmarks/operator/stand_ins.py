"""`python -m benchmarks.operator.stand_ins KUBECONFIG NAMESPACE`: the Deployment controller, kubelets and workers.

One process for all pipelines, apart from the operator and from what measures it. Prints the port where `/asked` tells
how often each pod was asked for its status, and plays until it is killed.
"""

import asyncio
import sys
from pathlib import Path

from aiohttp import web
from benchmarks.operator.deployments import DEPLOYMENT, Deployments
from benchmarks.operator.kube import Api, logged_in
from benchmarks.operator.workers import Workers

from scoring_operator.cluster.kube.kinds import POD


async def play(kubeconfig: Path, namespace: str) -> None:
    """Play for ever."""
    async with logged_in(kubeconfig) as api:
        workers = Workers(api, namespace)
        await workers.open()
        async with asyncio.TaskGroup() as group:
            deployments = Deployments(api, namespace, workers, group)
            print(await _listen(workers), flush=True)
            group.create_task(_control(api, namespace, deployments))
            group.create_task(_nudge(api, namespace, workers))


async def _listen(workers: Workers) -> int:
    async def asked(_: web.Request) -> web.Response:
        return web.json_response(workers.asked())

    app = web.Application()
    app.add_routes([web.get("/asked", asked)])
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    port: int = runner.addresses[0][1]
    return port


async def _control(api: Api, namespace: str, deployments: Deployments) -> None:
    found = await api.get(DEPLOYMENT.path(namespace))
    async for event, deployment in api.watch(DEPLOYMENT.path(namespace), found["metadata"]["resourceVersion"]):
        deployments.changed(event, deployment)


async def _nudge(api: Api, namespace: str, workers: Workers) -> None:
    found = await api.get(POD.path(namespace))
    async for _, pod in api.watch(POD.path(namespace), found["metadata"]["resourceVersion"]):
        await workers.noted(pod)


if __name__ == "__main__":
    asyncio.run(play(Path(sys.argv[1]), sys.argv[2]))
