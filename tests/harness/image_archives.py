"""What the built images hold, read from their archives: no engine and no registry is asked."""

import gzip
import io
import json
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from harness.state import state


class File(NamedTuple):
    """One entry of a layer."""

    path: str
    mode: int
    content: bytes


class Image(NamedTuple):
    """An image, by its layers from the lowest up."""

    config: dict[str, Any]
    layers: list[bytes]
    """Each a tar archive."""

    @property
    def pulled_bytes(self) -> int:
        """What a registry sends for it: its layers, compressed."""
        return sum(len(gzip.compress(layer, 6)) for layer in self.layers)

    @property
    def unpacked_bytes(self) -> int:
        """What it takes on a node."""
        return sum(map(len, self.layers))

    def added_to(self, base: "Image") -> Iterator[File]:
        """Yield the regular files of the layers that are not the base's."""
        for layer in self.layers[len(base.layers) :]:
            with tarfile.open(fileobj=io.BytesIO(layer)) as archive:
                for member in archive:
                    if member.isfile() and (found := archive.extractfile(member)) is not None:
                        yield File(member.name, member.mode, found.read())


def archive(name: str) -> Path:
    """Return where the archive of an image is: `base`, or a target of the Dockerfile."""
    return state() / "images" / ("base.tar" if name == "base" else f"scoring-{name}.tar")


def image(name: str) -> Image:
    """Read one image."""
    with tarfile.open(archive(name)) as held:

        def read(path: str) -> bytes:
            found = held.extractfile(path)
            assert found is not None
            return found.read()

        (described,) = json.loads(read("manifest.json"))
        config: dict[str, Any] = json.loads(read(described["Config"]))["config"]
        return Image(config, [read(layer) for layer in described["Layers"]])
