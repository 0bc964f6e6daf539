"""A real kube-apiserver with etcd and without nodes: schemas, defaults, CEL and server-side apply, in 3 seconds."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from harness.sharing import Shared
from harness.state import HERE, Missing, run, state

SCRIPT: Final = HERE / "apiserver.sh"


@dataclass(frozen=True)
class Apiserver:
    """An API server that answers. It is shared: use a namespace of your own name."""

    kubeconfig: Path
    """Of an administrator."""
    script: tuple[str | Path, ...] = (SCRIPT,)
    """What speaks of this one."""

    @property
    def audit(self) -> Path:
        """The log of service accounts' requests, if it is audited: one JSON object per line and request."""
        return Path(run(*self.script, "audit").strip())

    @property
    def pki(self) -> Path:
        """The folder of its certificates and keys."""
        return self.kubeconfig.parent

    def tell(self, verb: str) -> str:
        """Have one of its parts stopped or started (`stop-etcd`, `up`); return what is said."""
        return run(*self.script, verb).strip()

    def kubectl(self, *arguments: str, stdin: str | None = None) -> str:
        """Return the stdout of kubectl; `stdin` is what it reads.

        Raises:
            RuntimeError: It failed; the text is what it said.
        """
        return run(*self.script, "kubectl", *arguments, stdin=stdin)


@contextmanager
def obtain(kind: Literal["", "audited", "hurt", "chart"] = "") -> Iterator[Apiserver]:
    """Yield the API server, started unless it is up already; it is stopped, and emptied, when its last user leaves.

    Args:
        kind: Which one: `audited` logs what service accounts ask of it, `hurt` may be hurt in any way, `chart` may lose
            the definition.

    Raises:
        Missing: It cannot run here; the text says why.
    """
    script = (SCRIPT, kind) if kind else (SCRIPT,)
    if why := run(*script, "missing").strip():
        raise Missing(why)
    folder = state() / "-".join(filter(None, ("apiserver", kind)))
    shared = Shared(folder, lambda: _script(*script, "up"), lambda: _script(*script, "down"))
    with shared.used():
        yield Apiserver(Path(run(*script, "kubeconfig").strip()), script)


def _script(*command: str | Path) -> None:
    run(*command)
