"""The files of mounted Secrets, all of one moment.

The kubelet writes a changed Secret into a new folder, swaps the link `..data` to it and removes the old folder: so a
reader that follows the link once sees one version of all keys, or finds that it has to begin again.
"""

import hashlib
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from scoring_service.contract.startup import StartupSecretKey
from scoring_service.errors import CredentialsInvalid, CredentialsMissing

MAX_BYTES: Final = 1024 * 1024
"""Of one key: as much as Kubernetes allows for a whole Secret."""
LINK: Final = "..data"


class SecretFiles:
    """The Secrets of a folder as they are when each is first asked for."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._folders: dict[str, Path] = {}
        self._contents: dict[StartupSecretKey, bytes] = {}

    def path(self, key: StartupSecretKey) -> Path:
        """Return where the key is, in the version of this moment."""
        if key.name not in self._folders:
            self._folders[key.name] = self._present(key.name)
        return self._folders[key.name] / key.key

    def read(self, key: StartupSecretKey) -> bytes:
        """Return what the key holds.

        Raises:
            CredentialsMissing: There is no such Secret, or it has no such key.
            CredentialsInvalid: The file cannot be read, or is too large.
        """
        if key not in self._contents:
            self._contents[key] = _content(self.path(key), key)
        return self._contents[key]

    def digest(self, keys: Iterable[StartupSecretKey]) -> str:
        """Return a hash that changes when any of `keys` does.

        Raises:
            CredentialsMissing: One is not there.
            CredentialsInvalid: One cannot be read.
        """
        found = hashlib.sha256()
        for key in keys:
            content = self.read(key)
            found.update(f"{key.name}/{key.key}:{len(content)}:".encode() + content)
        return found.hexdigest()

    def is_overtaken(self) -> bool:
        """Say whether a Secret has been swapped since it was read."""
        return any(self._present(name) != folder for name, folder in self._folders.items())

    def _present(self, name: str) -> Path:
        mounted = self._directory / name
        return (mounted / LINK).resolve() if (mounted / LINK).exists() else mounted


def named(key: StartupSecretKey) -> str:
    """Return the key as people know it."""
    return f"Secret {key.name} key {key.key}"


def _content(path: Path, key: StartupSecretKey) -> bytes:
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except (FileNotFoundError, NotADirectoryError):
        raise CredentialsMissing(key.name, key.key) from None
    except OSError as error:
        raise CredentialsInvalid(named(key), f"cannot be read ({error.strerror})") from None
    if len(content) > MAX_BYTES:
        raise CredentialsInvalid(named(key), f"has more than {MAX_BYTES} bytes")
    return content
