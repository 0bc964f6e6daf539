"""Records in a file, one JSON document per line; a name that ends in .gz says that it is compressed."""

import gzip
import io
import sys
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from scoring_service.cli.manifest import refuse
from scoring_service.codec import Lone, lone

STDIN: Final = Path("-")


def records(lines: Iterable[bytes], as_of: int) -> Iterator[Lone]:
    """Return each line as a record; `as_of` is in Unix seconds."""
    return lone((line.rstrip(b"\r\n") for line in lines), 1000 * as_of)


@contextmanager
def opened(file: Path) -> Iterator[Iterable[bytes]]:
    """Yield the lines of a file, or of standard input for `-`; ends the process if it cannot be read."""
    if file == STDIN:
        yield sys.stdin.buffer
        return
    try:
        with _open(file) as lines:
            yield lines
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        refuse(f"{file}: {error}")


def size(file: Path) -> int | None:
    """Return how many bytes the lines of a file are together, if that can be told before they are read."""
    return None if file == STDIN or _is_compressed(file) else file.stat().st_size


def _open(file: Path) -> io.BufferedIOBase:
    try:
        return gzip.open(file) if _is_compressed(file) else file.open("rb")
    except OSError as error:
        refuse(f"{file}: {error.strerror}")


def _is_compressed(file: Path) -> bool:
    return file.suffix == ".gz"
