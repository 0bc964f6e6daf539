"""The sample manifests."""

from functools import cache
from pathlib import Path
from typing import Any, Final

import yaml

FOLDER: Final = Path(__file__).parents[2] / "manifests"
PATHS: Final = sorted(FOLDER.glob("*.yaml"))


@cache
def specs() -> tuple[dict[str, Any], ...]:
    """Return the spec of every sample."""
    return tuple(yaml.safe_load(path.read_text("utf-8"))["spec"] for path in PATHS)
