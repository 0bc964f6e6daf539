"""A real Kubernetes cluster with one node, whose pods run the project's images."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from harness.sharing import Shared
from harness.state import HERE, Missing, run, state
from harness.topics import unique

SCRIPT: Final = HERE / "cluster.sh"
SERVICE_IMAGE: Final = "local/scoring-service:dev"
OPERATOR_IMAGE: Final = "local/scoring-operator:dev"
"""In the cluster once `cluster.sh images` has built them. Use `imagePullPolicy: Never`."""
SETTLED_WITHIN: Final = "--timeout=60s"


@dataclass(frozen=True)
class Cluster:
    """A cluster that answers. It is shared: use a namespace of your own.

    Images are loaded, never pulled (`imagePullPolicy: Never`). Pods can be reached from this machine by their address
    where the cluster is our own build, by `http` everywhere. A Service works up to a second after its pods are ready.
    """

    kubeconfig: Path
    """Of an administrator."""

    def kubectl(self, *arguments: str, stdin: str | None = None) -> str:
        """Return the stdout of kubectl; `stdin` is what it reads.

        Raises:
            RuntimeError: It failed; the text is what it said.
        """
        return run(SCRIPT, "kubectl", *arguments, stdin=stdin)

    def apply(self, namespace: str, *manifests: dict[str, Any]) -> None:
        """Apply manifests."""
        listed = {"apiVersion": "v1", "kind": "List", "items": list(manifests)}
        self.kubectl("-n", namespace, "apply", "--validate=strict", "-f", "-", stdin=json.dumps(listed))

    def get(self, namespace: str, *what: str) -> Any:
        """Return an object, or a list of them, as the API server has it."""
        return json.loads(self.kubectl("-n", namespace, "get", *what, "-o", "json"))

    def http(self, namespace: str, pod: str, port: int, path: str) -> str:
        """Return what a pod answers to a GET; it goes through the API server, which reaches pods wherever they are."""
        return self.kubectl("get", "--raw", f"/api/v1/namespaces/{namespace}/pods/{pod}:{port}/proxy{path}")

    def helm(self, *arguments: str) -> str:
        """Return the stdout of Helm.

        Raises:
            RuntimeError: It failed; the text is what it said.
        """
        return run(SCRIPT, "helm", *arguments)

    def kill(self, namespace: str, pod: str) -> None:
        """Kill all processes of a pod: nobody in it is told, and no grace is given."""
        run(SCRIPT, "kill-pod", self.get(namespace, "pod", pod)["metadata"]["uid"])

    @contextmanager
    def namespace(self, stem: str) -> Iterator[str]:
        """Yield the name of a new namespace that admits restricted pods only, and delete it with all in it."""
        name = unique(stem)
        self.kubectl("create", "namespace", name)
        self.kubectl("label", "namespace", name, "pod-security.kubernetes.io/enforce=restricted")
        try:
            # a pod made before its service account is refused
            self.kubectl("-n", name, "wait", "--for=create", "serviceaccount/default", SETTLED_WITHIN)
            yield name
        finally:
            self.kubectl("delete", "namespace", name, "--wait=false")


def load_image(archive: Path) -> None:
    """Bring an image into the cluster from an archive of Docker's format."""
    run(SCRIPT, "load-image", archive)


@contextmanager
def obtain() -> Iterator[Cluster]:
    """Yield the cluster, started unless it is up already; it is stopped when its last user leaves.

    Raises:
        Missing: It cannot run here; the text says why.
    """
    if why := run(SCRIPT, "missing").strip():
        raise Missing(why)
    with _shared().used():
        yield Cluster(Path(run(SCRIPT, "kubeconfig").strip()))


def _shared() -> Shared:
    return Shared(state() / "cluster", lambda: _script("up"), lambda: _script("down"))


def _script(verb: str) -> None:
    run(SCRIPT, verb)


def main(verb: str) -> None:
    """Bring the cluster up to stay, or take it down."""
    if verb == "up":
        _shared().keep()
        print(run(SCRIPT, "env").strip())
    elif verb == "down":
        _shared().drop()
    else:
        sys.exit("usage: python -m harness.cluster up | down")


if __name__ == "__main__":
    try:
        main(" ".join(sys.argv[1:]))
    except RuntimeError as why:
        sys.exit(str(why))
