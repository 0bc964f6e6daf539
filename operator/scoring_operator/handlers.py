"""kopf as informer only: every change of a pipeline, or of what it owns, becomes a key on the queue.

No finalizer, no annotation, no progress, no status is ever written by kopf, and no handler does any work.
"""

from collections.abc import Callable
from typing import Any, Final, Protocol

import kopf

from scoring_operator.cluster.kube.kinds import WATCHED, Kind
from scoring_operator.facts import Key, Manifest

BACK_OFFS_S: Final = (0.5, 1, 2, 3, 5)
"""Seconds between kopf's tries to reach the API server; the last one repeats."""


class Watcher(Protocol):
    """What wants to know of changes."""

    def saw(self, manifest: Manifest, *, deleted: bool = False) -> Key | None:
        """Take note of a change; return the key of the pipeline that should be reconciled for it."""
        ...


def register(registry: kopf.OperatorRegistry, watcher: Watcher, add: Callable[[Key], None]) -> None:
    """Make every change a key, for all kinds that concern us, and log in as a service account or a person."""

    @kopf.on.login(registry=registry)
    def login(**arguments: Any) -> kopf.ConnectionInfo | None:
        return kopf.login_with_service_account(**arguments) or kopf.login_with_kubeconfig(**arguments)

    for kind in WATCHED:
        _watch(kind, registry, watcher, add)


def _watch(kind: Kind, registry: kopf.OperatorRegistry, watcher: Watcher, add: Callable[[Key], None]) -> None:
    @kopf.on.event(kind.group, kind.version, kind.plural, registry=registry, id=kind.plural)
    async def changed(event: kopf.RawEvent, **_: Any) -> None:
        manifest = {"apiVersion": kind.api_version, **event["object"], "kind": kind.name}
        if (key := watcher.saw(manifest, deleted=event["type"] == "DELETED")) is not None:
            add(key)


def settings() -> kopf.OperatorSettings:
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
    for kind in WATCHED:
        if kind.labels:
            chosen.watching.label_selectors[kind.group, kind.version, kind.plural] = kind.labels
    return chosen
