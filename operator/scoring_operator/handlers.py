"""kopf as informer only: every change of a pipeline, or of what it owns, is passed on, and nothing else happens.

No finalizer, no annotation, no progress, no status is ever written by kopf. It has a thread and a loop of its own,
because at its end it cancels every task of its loop that began after it (reconciles included), and because it
takes over the main thread's signals.
"""

import asyncio
import threading
from collections.abc import Callable
from typing import Any, Final, cast

import kopf

from scoring_operator.cluster.kube.kinds import LEASE, WATCHED, Kind
from scoring_operator.facts import Manifest

BACK_OFFS_S: Final = (0.5, 1, 2, 3, 5)
"""Seconds between kopf's tries to reach the API server."""

TLS_CLOSE_S: Final = 0.1
"""aiohttp says good-bye to TLS connections in turns of the loop after the session was closed: leave it some."""

IDENTITY: Final = cast("Any", "scoring-operator")
"""Of peering, which is off; left to itself kopf asks for the user's name, and an image's uid 65532 has none."""

Changed = Callable[[Manifest, str | None], None]
"""Told of an object and the type of its event: `ADDED`, `MODIFIED`, `DELETED`, or None if a list has shown it."""


def inform(namespace: str, lease: str, changed: Changed, end: threading.Event) -> None:
    """Call `changed` from this thread for every object that concerns us, now and whenever it changes, until `end`.

    Args:
        namespace: To watch; empty: all.
        lease: Name of our Lease; others are not shown.
        changed: Must return at once.
        end: Ends the watching when set.
    """
    asyncio.run(_inform(namespace, lease, changed, end))


async def _inform(namespace: str, lease: str, changed: Changed, end: threading.Event) -> None:
    registry = kopf.OperatorRegistry()
    register(registry, changed)
    scope: dict[str, Any] = {"namespaces": [namespace]} if namespace else {"clusterwide": True}
    await kopf.operator(
        registry=registry, settings=settings(lease), standalone=True, identity=IDENTITY, stop_flag=end, **scope
    )
    await asyncio.sleep(TLS_CLOSE_S)


def register(registry: kopf.OperatorRegistry, changed: Changed) -> None:
    """Pass on every change of all kinds that concern us; log in as a service account or a person."""

    @kopf.on.login(registry=registry)
    def login(**arguments: Any) -> kopf.ConnectionInfo | None:
        return kopf.login_with_service_account(**arguments) or kopf.login_with_kubeconfig(**arguments)

    for kind in (*WATCHED, LEASE):
        _watch(kind, registry, changed)


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
    chosen.watching.field_selectors[LEASE.group, LEASE.version, LEASE.plural] = f"metadata.name={lease}"
    for kind in WATCHED:
        if kind.labels:
            chosen.watching.label_selectors[kind.group, kind.version, kind.plural] = kind.labels
    return chosen
