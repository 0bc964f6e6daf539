"""How our own requests log in: as the pod's service account, else as the user of a kubeconfig."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from kubernetes.aio import config
from kubernetes.aio.client import ApiClient, Configuration

from scoring_operator.cluster.kube.client import Answered, KubeClient
from scoring_operator.cluster.login import Login
from scoring_operator.errors import NotLoggedIn

CONNECTIONS_AT_MOST: Final = 32
DEFAULT_NAMESPACE: Final = "default"


@asynccontextmanager
async def logged_in(
    kubeconfig: str | None = None, context: str | None = None, answered: Answered = lambda *_: None
) -> AsyncIterator[KubeClient]:
    """Yield a client; `kubeconfig` is a file, None the usual places; `context` one of it, None the present one.

    `answered` is told of each answer.

    Raises:
        kubernetes.aio.config.ConfigException: There is nothing to log in with.
    """
    configuration = Configuration()
    configuration.connection_pool_maxsize = CONNECTIONS_AT_MOST
    await _load(configuration, kubeconfig, context)
    client = KubeClient(ApiClient(configuration), answered)
    try:
        yield client
    finally:
        await client.close()


@asynccontextmanager
async def person_logged_in(login: Login) -> AsyncIterator[tuple[KubeClient, str]]:
    """Yield a client, and the namespace that a person means.

    Raises:
        NotLoggedIn: There is nothing to log in with.
    """
    try:
        async with logged_in(login.kubeconfig, login.context) as client:
            yield client, login.namespace or _namespace(login)
    except config.ConfigException as error:
        raise NotLoggedIn(str(error)) from error


async def _load(configuration: Configuration, kubeconfig: str | None, context: str | None) -> None:
    # The library's annotations are partial, hence the two suppressions.
    if kubeconfig is None and context is None:
        try:
            config.load_incluster_config(client_configuration=configuration)  # type: ignore[no-untyped-call]
        except config.ConfigException:
            pass
        else:
            return
    file = kubeconfig_file(kubeconfig)
    await config.load_kube_config(file, context=context, client_configuration=configuration)  # type: ignore[no-untyped-call]


def kubeconfig_file(given: str | None) -> str | None:
    """Return the file to read; None is the library's default. It reads the variable only when it is imported."""
    return given or os.environ.get("KUBECONFIG")


def _namespace(login: Login) -> str:
    """Return the namespace of a context."""
    file = kubeconfig_file(login.kubeconfig)
    contexts, present = config.list_kube_config_contexts(file)  # type: ignore[no-untyped-call]  # partial annotations
    chosen = next((one for one in contexts if one["name"] == login.context), present)
    namespace: str = chosen["context"].get("namespace") or DEFAULT_NAMESPACE
    return namespace
