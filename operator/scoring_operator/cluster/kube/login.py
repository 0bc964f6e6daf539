"""How our own requests log in: as the pod's service account, else as the user of a kubeconfig."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from kubernetes.aio import config
from kubernetes.aio.client import ApiClient, Configuration

from scoring_operator.cluster.kube.client import Answered, KubeClient

CONNECTIONS_AT_MOST: Final = 32


@asynccontextmanager
async def logged_in(kubeconfig: str | None = None, answered: Answered = lambda *_: None) -> AsyncIterator[KubeClient]:
    """Yield a client; `kubeconfig` is a file, None the usual places; `answered` is told of each answer.

    Raises:
        kubernetes.aio.config.ConfigException: There is nothing to log in with.
    """
    configuration = Configuration()
    configuration.connection_pool_maxsize = CONNECTIONS_AT_MOST
    await _load(configuration, kubeconfig)
    client = KubeClient(ApiClient(configuration), answered)
    try:
        yield client
    finally:
        await client.close()


async def _load(configuration: Configuration, kubeconfig: str | None) -> None:
    # The library's annotations are partial, hence the two suppressions.
    if kubeconfig is None:
        try:
            config.load_incluster_config(client_configuration=configuration)  # type: ignore[no-untyped-call]
        except config.ConfigException:
            pass
        else:
            return
    await config.load_kube_config(kubeconfig_file(kubeconfig), client_configuration=configuration)  # type: ignore[no-untyped-call]


def kubeconfig_file(given: str | None) -> str | None:
    """Return the file to read; None is the library's default. It reads the variable only when it is imported."""
    return given or os.environ.get("KUBECONFIG")
