"""`python -m tools.sbom`: a bill of materials of each image, from uv.lock, as `dist/sbom/TARGET.cdx.json`.

CycloneDX 1.5, with the digests of the files that an image may install a package from. What lies below, the base image,
has a bill of its own.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from typing import Any, Final

from packaging.markers import Marker
from tools.generated import ROOT

FOLDER: Final = ROOT / "dist" / "sbom"
TARGETS: Final = ("operator", "service")
IN_IMAGES: Final = {
    "sys_platform": "linux",
    "platform_system": "Linux",
    "os_name": "posix",
    "python_version": "3.11",
    "python_full_version": "3.11.0",
}
"""What markers of packages are judged by: the Dockerfile's base."""
INSTALLABLE: Final = re.compile(
    r"\.tar\.gz$|\.zip$|-none-any\.whl$|-(cp311-cp311|cp3\d+-abi3)-.*manylinux.*\.whl$"
).search

EXTRAS: Final = {"operator": ("operator",), "service": ("service", "onnx")}
"""Of each image, as its Dockerfile installs them."""

Bill = dict[str, Any]


def exported(target: str) -> Bill:
    """Return the bill of all that the lock has for a target, on whatever platform.

    Raises:
        FileNotFoundError: There is no uv.
    """
    uv = os.environ.get("UV") or shutil.which("uv")
    if uv is None:
        raise FileNotFoundError("there is no uv: use `make sbom`, or put it on PATH")
    options = ["--quiet", "--preview-features", "sbom-export", "--format", "cyclonedx1.5", "--frozen", "--no-dev"]
    command = [uv, "export", *options, *(part for extra in EXTRAS[target] for part in ("--extra", extra))]
    said = subprocess.run(command, cwd=ROOT, check=True, capture_output=True)  # noqa: S603 - nothing of it is given
    bill: Bill = json.loads(said.stdout)
    return bill


def of_image(bill: Bill) -> Bill:
    """Return the bill without what an image's platform leaves out."""
    kept = [_with_its_files(component) for component in bill["components"] if _is_installed(component)]
    refs = {component["bom-ref"] for component in (*kept, bill["metadata"]["component"])}
    linked = [
        {**entry, "dependsOn": [ref for ref in entry.get("dependsOn", ()) if ref in refs]}
        for entry in bill["dependencies"]
        if entry["ref"] in refs
    ]
    return {**bill, "components": kept, "dependencies": linked}


def _is_installed(component: Bill) -> bool:
    markers = (one["value"] for one in component.get("properties", ()) if one["name"] == "uv:package:marker")
    return all(Marker(marker).evaluate(IN_IMAGES) for marker in markers)


def _with_its_files(component: Bill) -> Bill:
    files = [file for file in component["externalReferences"] if INSTALLABLE(file["url"])]
    return {**component, "externalReferences": files}


def main() -> int:
    """Write the bills."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for target in TARGETS:
        path = FOLDER / f"{target}.cdx.json"
        path.write_text(json.dumps(of_image(exported(target)), indent=1) + "\n", "utf-8")
        sys.stdout.write(f"{path.relative_to(ROOT)}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
