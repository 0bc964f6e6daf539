"""One model file, tried, to standard output: what the process of `python -m scoring_service.models` does.

A process of its own, so that what strangers put into a file, and what a parser in C makes of it, ends this process and
not the worker. Its memory, its processor time and the size of the file are bounded. Redirects are not followed.
"""

import http.client
import resource
import socket
import ssl
import sys
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from scoring_service.models.places import MAX_BYTES, Forbidden, addresses
from scoring_service.models.session import NoModel, opened

MAX_MEMORY: Final = 4 * 1024 * 1024 * 1024
"""Of addresses: what is mapped and never touched counts as well."""
MAX_CPU_S: Final = 60
ANSWER_S: Final = 15.0
OK: Final = 200


class Unfit(ValueError):
    """There is no such file, or it is no model; the message says what was expected."""


class _Pinned(http.client.HTTPSConnection):
    """Asks an address that has been judged, whatever the name means by now."""

    def __init__(self, host: str, port: int, address: str) -> None:
        super().__init__(host, port, timeout=ANSWER_S)
        self._address = address

    def connect(self) -> None:
        """Connect to the address, and have the certificate be of the name."""
        plain = socket.create_connection((self._address, self.port), ANSWER_S)
        self.sock = ssl.create_default_context().wrap_socket(plain, server_hostname=self.host)


def content(uri: str) -> bytes:
    """Return the bytes of a file.

    Raises:
        Unfit: It cannot be had, or has more bytes than a model may.
        Forbidden: Its host may not be asked.
    """
    found = _by_https(uri) if uri.startswith("https://") else _by_path(Path(uri))
    if len(found) > MAX_BYTES:
        raise Unfit(f"expected a file of at most {MAX_BYTES} bytes")
    return found


def _by_path(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except OSError as error:
        raise Unfit(f"expected a file: {error.strerror}") from error


def _by_https(uri: str) -> bytes:
    parts = urlsplit(uri)
    host, port = parts.hostname or "", parts.port or 443
    target = f"{parts.path or '/'}{f'?{parts.query}' if parts.query else ''}"
    try:
        connection = _Pinned(host, port, addresses(host, port)[0])
        connection.request("GET", target)
        answer = connection.getresponse()
        if answer.status != OK:
            raise Unfit(f"expected 200 of {host}, came {answer.status}")  # a redirect too: name where it leads
        return answer.read(MAX_BYTES + 1)
    except (OSError, http.client.HTTPException) as error:
        raise Unfit(f"expected an answer of {host}: {error}") from error


def bounded() -> None:
    """Bound what this process may take."""
    resource.setrlimit(resource.RLIMIT_CPU, (MAX_CPU_S, MAX_CPU_S))
    resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY, MAX_MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))


def main(uri: str, columns: int) -> int:
    """Write a file to standard output if it is a model of so many columns; else say why not, and return 1."""
    bounded()
    try:
        found = content(uri)
        opened(found, columns, "")
    except (Unfit, Forbidden, NoModel, ValueError) as error:
        sys.stderr.write(str(error))
        return 1
    sys.stdout.buffer.write(found)
    sys.stdout.buffer.flush()
    return 0
