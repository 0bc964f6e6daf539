"""kopf as informer only: every change of a pipeline, or of what it owns, is passed on, and nothing else happens.

No finalizer, no annotation, no progress, no status is ever written by kopf. It has a thread and a loop of its own,
because at its end it cancels every task of its loop that began after it (reconciles included), and because it
takes over the main thread's signals.
"""

import asyncio
import threading
from collections.abc import Callable
from typing import Any, Final, cast

import aiohttp
import kopf

from scoring_operator.cluster.kube.kinds import LEASE, WATCHED, Kind
from scoring_operator.facts import Manifest
from scoring_operator.patient import Listed, PatientSession

BACK_OFFS_S: Final = (0.5, 1, 2, 3, 5)
"""Seconds between kopf's tries to reach the API server."""

SILENT_S: Final = 75
"""Seconds without a word after which a watch is begun again: an API server says every minute how far it has got."""

TLS_CLOSE_S: Final = 0.1
"""aiohttp says good-bye to TLS connections in turns of the loop after the session was closed: leave it some."""

IDENTITY: Final = cast("Any", "scoring-operator")
"""Of peering, which is off; left to itself kopf asks for the user's name, and an image's uid 65532 has none."""

Changed = Callable[[Manifest, str | None], None]
"""Told of an object and the type of its event: `ADDED`, `MODIFIED`, `DELETED`, or None if a list has shown it."""


def inform(namespace: str, lease: str, changed: Changed, listed: Listed, end: threading.Event) -> None:
    """Call `changed` from this thread for every object that concerns us, now and whenever it changes, until `end`.

    Args:
        namespace: To watch; empty: all.
        lease: Name of our Lease; others are not shown.
        changed: Must return at once.
        listed: Told of each list; must return at once.
        end: Ends the watching when set.
    """
    asyncio.run(_inform(namespace, lease, changed, listed, end))


async def _inform(namespace: str, lease: str, changed: Changed, listed: Listed, end: threading.Event) -> None:
    registry = kopf.OperatorRegistry()
    register(registry, changed, listed)
    scope: dict[str, Any] = {"namespaces": [namespace]} if namespace else {"clusterwide": True}
    await kopf.operator(
        registry=registry, settings=settings(lease), standalone=True, identity=IDENTITY, stop_flag=end, **scope
    )
    await asyncio.sleep(TLS_CLOSE_S)


def register(registry: kopf.OperatorRegistry, changed: Changed, listed: Listed) -> None:
    """Pass on every change of all kinds that concern us; log in as a service account or a person."""

    @kopf.on.login(registry=registry)
    async def login(**arguments: Any) -> kopf.AiohttpSession:
        """Log in with a session that kopf closes at its end."""
        info = _credentials(**arguments)
        session = PatientSession(lambda: _session(**arguments), listed)
        return kopf.AiohttpSession(server=info.server, aiohttp_session=cast("aiohttp.ClientSession", session))

    for kind in (*WATCHED, LEASE):
        _watch(kind, registry, changed)


def _credentials(**arguments: Any) -> kopf.ConnectionInfo:
    """Return what to log in with, as it is now.

    Raises:
        kopf.LoginError: There is nothing.
    """
    info = kopf.login_with_service_account(**arguments) or kopf.login_with_kubeconfig(**arguments)
    if info is None:
        raise kopf.LoginError("there is neither a service account nor a kubeconfig")
    return info


def _session(**arguments: Any) -> aiohttp.ClientSession:
    """Return a session with the credentials of now.

    Raises:
        ConnectionError: There are none, for now.
    """
    try:
        info = _credentials(**arguments)
    except kopf.LoginError as error:
        raise ConnectionError(str(error)) from error
    connector = aiohttp.TCPConnector(limit=0, ssl=info.as_ssl_context())
    return aiohttp.ClientSession(
        connector=connector, headers=info.as_http_headers(), proxy=info.proxy_url, trust_env=info.trust_env
    )


def _watch(kind: Kind, registry: kopf.OperatorRegistry, changed: Changed) -> None:
    @kopf.on.event(kind.group, kind.version, kind.plural, registry=registry, id=kind.plural)
    async def pass_on(event: kopf.RawEvent, **_: Any) -> None:
        manifest = {"apiVersion": kind.api_version, **event["object"], "kind": kind.name}
        changed(manifest, event["type"])


def settings(lease: str) -> kopf.OperatorSettings:
    """Return kopf's settings for an informer: quiet, selective, patient, and writing nothing."""
    chosen = kopf.OperatorSettings()
    chosen.peering.standalone = True
    chosen.posting.enabled = False
    chosen.scanning.disabled = True
    chosen.process.ultimate_exiting_timeout = None
    chosen.networking.request_timeout = 15
    chosen.networking.connect_timeout = 3
    chosen.networking.error_backoffs = BACK_OFFS_S
    chosen.watching.chunk_size = 500
    chosen.watching.server_timeout = 300
    chosen.watching.client_timeout = 330
    chosen.watching.inactivity_timeout = SILENT_S
    chosen.watching.field_selectors[LEASE.group, LEASE.version, LEASE.plural] = f"metadata.name={lease}"
    for kind in WATCHED:
        if kind.labels:
            chosen.watching.label_selectors[kind.group, kind.version, kind.plural] = kind.labels
    return chosen
