"""Helm, of both majors that people install with, as a person calls it."""

import re
from pathlib import Path
from typing import Final, NamedTuple

from harness.state import HERE, Missing, run, state

VARIABLES: Final = {3: "HELM3", 4: "HELM"}
"""Of lib.sh, by Helm's major version."""


class Helm(NamedTuple):
    """One Helm on one cluster."""

    major: int
    binary: Path
    kubeconfig: Path

    def __call__(self, *arguments: str | Path) -> str:
        """Return its stdout.

        Raises:
            RuntimeError: It failed; the text is what it said.
        """
        return run(self.binary, "--kubeconfig", self.kubeconfig, *arguments)


def obtain(major: int, kubeconfig: Path) -> Helm:
    """Return the Helm of a major version that the harness has built.

    Raises:
        Missing: It has not.
    """
    (version,) = re.findall(rf"^{VARIABLES[major]}=(.+)$", (HERE / "lib.sh").read_text(), re.M)
    binary = state() / f"helm-{version}" / "helm"
    if not binary.exists():
        verb = VARIABLES[major].lower()
        raise Missing(f"no Helm {major}: build it with tests/harness/build.sh {verb} (Linux and Go)")
    return Helm(major, binary, kubeconfig)
