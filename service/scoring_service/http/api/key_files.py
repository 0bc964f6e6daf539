"""The mounted Secret of API keys, read again when it changes. What a file holds is never shown, only whose it is.

The kubelet swaps the link `..data` to a new folder: whoever follows it once reads one version, or begins again.
"""

import asyncio
from pathlib import Path
from typing import Final, NamedTuple

import structlog

from scoring_service.http.api.keys import Keys

LOOK_EVERY_S: Final = 2.0
"""The kubelet takes up to two minutes to show a changed Secret: this adds little."""
MAX_BYTES: Final = 64 * 1024
"""Of one client's file; what is beyond is not read."""
LINK: Final = "..data"

log = structlog.get_logger(__name__)


class _Stamp(NamedTuple):
    """What changes when the folder is swapped or a file written."""

    folder: Path
    files: tuple[tuple[str, int, int], ...]
    """Name, time of the last change in nanoseconds, bytes."""


class KeyFiles:
    """The keys of one folder; none while there is no such folder."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._stamp: _Stamp | None = None
        self.keys = Keys()

    async def watch(self) -> None:
        """Follow the folder for ever."""
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            await self.look()

    async def look(self) -> None:
        """Take over what the folder holds, if it has changed since the last look."""
        found = await asyncio.to_thread(self._changed)
        if found is not None:
            self.keys = found
            log.info("api keys read", keys=len(found.hashes), ignored=list(found.ignored))

    def _changed(self) -> Keys | None:
        folder = (self._directory / LINK).resolve() if (self._directory / LINK).exists() else self._directory
        try:
            files = [path for path in sorted(folder.iterdir()) if path.is_file()] if folder.is_dir() else []
            stamp = _Stamp(folder, tuple((path.name, path.stat().st_mtime_ns, path.stat().st_size) for path in files))
            if stamp == self._stamp:
                return None
            contents = {path.name: _text(path) for path in files}
        except FileNotFoundError:
            return None  # swapped meanwhile: the next look reads the new one
        self._stamp = stamp
        return Keys.of(contents)


def _text(path: Path) -> str:
    """Return a file's text; what cannot be read counts as no hash."""
    try:
        with path.open("rb") as file:
            return file.read(MAX_BYTES).decode(errors="replace")
    except PermissionError:
        return "?"
