"""A real kube-apiserver with etcd and without nodes: schemas, defaults, CEL and server-side apply, in 3 seconds."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from harness.sharing import Shared
from harness.state import HERE, Missing, run, state

SCRIPT: Final = HERE / "apiserver.sh"


@dataclass(frozen=True)
class Apiserver:
    """An API server that answers. It is shared: use a namespace of your own name."""

    kubeconfig: Path
    """Of an administrator."""

    def kubectl(self, *arguments: str, stdin: str | None = None) -> str:
        """Return the stdout of kubectl; `stdin` is what it reads.

        Raises:
            RuntimeError: It failed; the text is what it said.
        """
        return run(SCRIPT, "kubectl", *arguments, stdin=stdin)


@contextmanager
def obtain() -> Iterator[Apiserver]:
    """Yield the API server, started unless it is up already; it is stopped when its last user leaves.

    Raises:
        Missing: It cannot run here; the text says why.
    """
    if why := run(SCRIPT, "missing").strip():
        raise Missing(why)
    shared = Shared(state() / "apiserver", lambda: _script("up"), lambda: _script("down"))
    with shared.used():
        yield Apiserver(Path(run(SCRIPT, "kubeconfig").strip()))


def _script(verb: str) -> None:
    run(SCRIPT, verb)
