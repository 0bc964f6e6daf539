"""`python -m tools.leaks [--accept]`: whether any file of the tree holds what looks like a secret.

Looked for by detect-secrets with all its plugins. What only looks like one stands in `.secrets.baseline`, by a hash: it
is accepted once somebody has looked at it.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from detect_secrets.core import baseline
from detect_secrets.core.potential_secret import PotentialSecret
from detect_secrets.core.secrets_collection import SecretsCollection
from detect_secrets.settings import default_settings
from tools.generated import ROOT

BASELINE: Final = ROOT / ".secrets.baseline"
MADE_ELSEWHERE: Final = ("uv.lock", "go.sum", ".svg", "files/scoringpipelines.yaml", BASELINE.name)
"""Digests and drawings by tools, and a copy: long, and of entropy alone."""
MADE_HERE: Final = {".git", ".venv", ".hypothesis", "__pycache__", "build", "dist"}
"""Folders that are never under version control."""
CORPUS: Final = "tests/fuzz/corpus/"


def looked_into(names: Sequence[str]) -> list[str]:
    """Return the files of the tree that people write."""
    return [name for name in names if not name.endswith(MADE_ELSEWHERE) and not name.startswith(CORPUS)]


def tracked() -> list[str]:
    """Return the files that are, or are about to be, under version control, from the root; without git, all files."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    try:
        said = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)  # noqa: S603 - nothing is given
    except (FileNotFoundError, subprocess.CalledProcessError):  # an exported tree
        return sorted(_all())
    return [name for name in said.stdout.splitlines() if (ROOT / name).is_file()]


def _all() -> Iterator[str]:
    for folder, inner, names in os.walk(ROOT):
        inner[:] = [name for name in inner if name not in MADE_HERE and not name.endswith("_cache")]
        yield from (str(Path(folder, name).relative_to(ROOT)) for name in names)


def found_in(root: Path, names: Sequence[str]) -> SecretsCollection:
    """Return what looks like a secret in these files."""
    with default_settings():
        found = SecretsCollection(root=str(root))
        found.scan_files(*names)
        return found


def unaccepted(found: SecretsCollection, accepted: SecretsCollection) -> list[tuple[str, PotentialSecret]]:
    """Return what is not accepted, with its file: wherever in the file it stands."""
    known = {(name, secret.type, secret.secret_hash) for name, secret in accepted}
    return sorted(
        ((name, secret) for name, secret in found if (name, secret.type, secret.secret_hash) not in known),
        key=lambda one: (one[0], one[1].line_number),
    )


def _written(found: SecretsCollection) -> str:
    """Return the text of the baseline: with paths from the root, wherever the tree lies."""
    with default_settings():
        content = baseline.format_for_output(found)
    for name, secrets in content["results"].items():
        for secret in secrets:
            secret["filename"] = name
    return json.dumps(content, indent=2) + "\n"


def main(arguments: Sequence[str]) -> int:
    """Return 0 if nothing is found that is not accepted."""
    found = found_in(ROOT, looked_into(tracked()))
    if "--accept" in arguments:
        BASELINE.write_text(_written(found), "utf-8")
        return 0
    left = unaccepted(found, baseline.load(baseline.load_from_file(str(BASELINE)), str(ROOT)))
    for name, secret in left:
        sys.stderr.write(f"{name}:{secret.line_number}: looks like a secret: {secret.type}\n")
    if left:
        sys.stderr.write("take it out; if it is none: python -m tools.leaks --accept\n")
    return bool(left)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
