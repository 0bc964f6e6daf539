"""The live file: noticed when it changes, read off the event loop, and understood or not."""

import asyncio
from pathlib import Path
from typing import NamedTuple

import msgspec

from scoring_service.contract.names import CONTRACT_VERSION, SCORER_FILE
from scoring_service.contract.scorer_file import ScorerFile


class NotUnderstood(Exception):
    """The file cannot be read, or does not say what a live file must say; the message is one sentence."""


class _Stamp(NamedTuple):
    """What changes when a file is written or its directory is swapped through a symlink."""

    inode: int
    modified_ns: int
    size: int


class LiveFile:
    """`scorer.json` in the folder where it is mounted."""

    def __init__(self, directory: Path) -> None:
        self._path = directory / SCORER_FILE
        self._stamp: _Stamp | None = None

    async def changed(self) -> bytes | None:
        """Return the content if the file has changed since the last call, else None.

        Raises:
            NotUnderstood: It cannot be read.
        """
        try:
            stamp = self._read_stamp()
            if stamp == self._stamp:
                return None
            content = await asyncio.to_thread(self._path.read_bytes)
        except OSError as error:
            raise NotUnderstood(f"{SCORER_FILE} cannot be read: {error.strerror}") from error
        self._stamp = stamp
        return content

    def _read_stamp(self) -> _Stamp:
        status = self._path.stat()
        return _Stamp(status.st_ino, status.st_mtime_ns, status.st_size)


def understood(content: bytes) -> ScorerFile:
    """Return what a live file says.

    Raises:
        NotUnderstood: It is no live file, or one of a later version.
    """
    try:
        file = ScorerFile.decode(content)
    except msgspec.DecodeError as error:
        raise NotUnderstood(f"{SCORER_FILE} is not understood: {error}") from error
    if file.contract_version > CONTRACT_VERSION:
        raise NotUnderstood(
            f"{SCORER_FILE} has contractVersion {file.contract_version}, at most {CONTRACT_VERSION} is read"
        )
    return file
