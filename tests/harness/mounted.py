"""Secrets as the kubelet mounts them: a new folder for every version, behind the link `..data`."""

import itertools
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from harness.certificates import Issued
from scoring_service.contract.startup import Mechanism, StartupSasl, StartupSecretKey, StartupTls

CA: Final = StartupSecretKey("kafka-ca", "ca.crt")
CERTIFICATE: Final = StartupSecretKey("kafka-client", "tls.crt")
PRIVATE_KEY: Final = StartupSecretKey("kafka-client", "tls.key")
USERNAME: Final = StartupSecretKey("kafka-user", "username")
PASSWORD: Final = StartupSecretKey("kafka-user", "password")

TLS: Final = StartupTls(ca=CA)
MUTUAL: Final = StartupTls(ca=CA, certificate=CERTIFICATE, private_key=PRIVATE_KEY)


def sasl(mechanism: Mechanism) -> StartupSasl:
    return StartupSasl(mechanism=mechanism, username=USERNAME, password=PASSWORD)


class MountedSecrets:
    """A folder of Secrets whose contents change in one step each."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._versions = itertools.count()
        folder.mkdir(exist_ok=True)

    def write(self, name: str, **keys: str) -> None:
        """Make `keys` (with `_` for `.`) all that the Secret `name` holds."""
        mount = self.folder / name
        mount.mkdir(exist_ok=True)
        before = (mount / "..data").resolve()
        fresh = mount / f"..version-{next(self._versions)}"
        fresh.mkdir()
        for key, content in keys.items():
            (fresh / key.replace("_", ".")).write_text(content)
        link = mount / "..data_tmp"
        link.symlink_to(fresh.name)
        link.rename(mount / "..data")
        for key in keys:
            seen = mount / key.replace("_", ".")
            if not seen.is_symlink():
                seen.symlink_to(Path("..data", seen.name))
        if before != mount / "..data":
            shutil.rmtree(before, ignore_errors=True)

    def contents(self) -> dict[str, dict[str, str]]:
        """Return what every Secret holds."""
        return {
            mount.name: {file.name.replace(".", "_"): file.read_text() for file in (mount / "..data").iterdir()}
            for mount in self.folder.iterdir()
        }

    def restore(self, contents: Mapping[str, Mapping[str, str]]) -> None:
        """Make every Secret hold what `contents` returned."""
        for name, keys in contents.items():
            self.write(name, **keys)

    def trust(self, *authorities: str) -> None:
        """Trust the brokers whose certificates `authorities` (in PEM) have issued."""
        self.write("kafka-ca", ca_crt="".join(authorities))

    def user(self, name: str, password: str) -> None:
        """Log in so."""
        self.write("kafka-user", username=name, password=f"{password}\n")

    def present(self, own: Issued) -> None:
        """Show `own` to the brokers."""
        self.write("kafka-client", tls_crt=own.certificate, tls_key=own.private_key)
