"""A Kafka of a test's own that asks who is there: SASL_SSL, mutual TLS and, if wanted, ACLs.

    with secure_broker(acls=True) as broker:
        broker.plain          the harness's own door, not checked: for `topics.create`, `topics.read` and so on
        broker.sasl           SASL_SSL: PLAIN, SCRAM-SHA-256 and SCRAM-SHA-512; users `admin` and `worker`
        broker.mutual         SSL with a client certificate; the user is its subject, `CN=worker`
        broker.authority      issues certificates that the broker trusts, and has issued the broker's
        broker.passwords      by user, at first the same for all mechanisms; `set_password` changes one of SCRAM

With `acls=True` the StandardAuthorizer denies what nobody allowed, as `broker.allow("worker", "Read", "topic", "in")`
does. `admin` and whoever comes through the plain door may do everything. Without it everybody may.
`settings={"connections.max.reauth.ms": "5000"}` overrides any property of the broker.

Needs Java: Docker's image cannot be told its users at its birth.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from harness import kafka_java, kafka_requests
from harness.certificates import HOST, Authority, Issued
from harness.kafka_settings import NODE, Addresses, settings
from harness.state import Missing, alone, state

PORT: Final = 22092
"""The first of five; the next block of ten is taken if one of them is in use."""
BLOCKS: Final = 10
SCRAM: Final = ("SCRAM-SHA-256", "SCRAM-SHA-512")
LISTENERS: Final = {"SASL": "SASL_SSL", "MUTUAL": "SSL"}


@dataclass
class SecureBroker:
    """A running broker with its three doors."""

    instance: kafka_java.Instance
    folder: Path
    plain: str
    sasl: str
    mutual: str
    authority: Authority
    passwords: dict[str, str] = field(default_factory=lambda: {"admin": "admin-secret", "worker": "worker-secret"})

    async def set_password(self, user: str, password: str, mechanism: str = SCRAM[1]) -> None:
        """Change a user's password for one SCRAM mechanism; who is in stays in, who comes needs the new one."""
        await kafka_requests.set_password(self.plain, user, password, mechanism)

    async def allow(self, user: str, operation: str, kind: str, name: str) -> None:
        """Let `user` do one thing: `allow("worker", "Read", "topic", "in")`."""
        await kafka_requests.allow(self.plain, f"User:{user}", operation, kind, name)

    async def forbid(self, user: str, operation: str, kind: str, name: str) -> None:
        """Take back what `allow` gave."""
        await kafka_requests.forbid(self.plain, f"User:{user}", operation, kind, name)

    def restart(self) -> None:
        """Cut everybody off: the broker stops, starts again with all that it held, and its certificates of now."""
        self.instance.stop()
        self.instance.resume()

    async def configure(self, **changes: str) -> None:
        """Change settings (with `_` for `.`) of the running broker; it takes a moment until they hold."""
        dotted = {name.replace("_", "."): value for name, value in changes.items()}
        await kafka_requests.configure_broker(self.plain, NODE, dotted)

    async def present(self, own: Issued) -> None:
        """Show `own` as the broker's certificate to whoever connects, in a moment."""
        await self._swap("keystore", own.private_key + own.certificate)

    async def trust(self, *authorities: Authority) -> None:
        """Take client certificates of `authorities` alone from whoever connects, in a moment."""
        await self._swap("truststore", "".join(authority.certificate for authority in authorities))

    async def _swap(self, store: str, content: str) -> None:
        """Write a store under a new name: the broker reads one again when its location changes."""
        number = len(list(self.folder.glob(f"*-{store}.pem")))
        path = self.folder / f"{number}-{store}.pem"
        path.write_text(content)
        locations = {f"listener.name.{listener.lower()}.ssl.{store}.location": str(path) for listener in LISTENERS}
        await kafka_requests.configure_broker(self.plain, NODE, locations)


@contextmanager
def secure_broker(
    *, acls: bool = False, port: int = PORT, settings: Mapping[str, str] | None = None
) -> Iterator[SecureBroker]:
    """Yield a fresh broker; it is stopped at the end.

    Raises:
        Missing: This machine has no Java, or no free ports from `port` on.
    """
    if lacking := kafka_java.missing():
        raise Missing(f"no Kafka with TLS: install {lacking}")
    with TemporaryDirectory(prefix="kafka-secure-") as name:
        folder = Path(name)
        with alone(state() / "kafka" / "secure.lock"):  # or two would take the same free ports
            broker = _prepared(folder, _free(port), acls=acls, changes=settings or {})
            broker.instance.start()
        try:
            yield broker
        finally:
            broker.instance.stop()


def _free(port: int) -> int:
    for first in range(port, port + 10 * BLOCKS, 10):
        if not any(kafka_java.answers(used) for used in range(first, first + 5)):
            return first
    raise Missing(f"ports from {port} to {port + 10 * BLOCKS} are taken by other processes")


def _prepared(folder: Path, port: int, *, acls: bool, changes: Mapping[str, str]) -> SecureBroker:
    authority = Authority("first authority")
    at = Addresses(port, None)
    doors = {"SASL": f"{HOST}:{port + 3}", "MUTUAL": f"{HOST}:{port + 4}"}
    own = authority.issue("broker")
    (folder / "0-keystore.pem").write_text(own.private_key + own.certificate)
    (folder / "0-truststore.pem").write_text(authority.certificate)
    instance = kafka_java.Instance(folder / "broker", at)
    broker = SecureBroker(instance, folder, at.bootstrap, doors["SASL"], doors["MUTUAL"], authority)
    properties = _properties(at, doors, folder, broker.passwords, acls=acls)
    broker.instance = kafka_java.Instance(
        folder / "broker", at, {**properties, **changes}, tuple(_users(broker.passwords))
    )
    return broker


def _users(passwords: Mapping[str, str]) -> Iterator[str]:
    for user, password in passwords.items():
        for mechanism in SCRAM:
            yield from ("--add-scram", f"{mechanism}=[name={user},iterations=4096,password={password}]")


def _properties(
    at: Addresses, doors: Mapping[str, str], folder: Path, passwords: Mapping[str, str], *, acls: bool
) -> dict[str, str]:
    base = settings(at)
    added = ",".join(f"{name}://{address}" for name, address in doors.items())
    users = " ".join(f'user_{user}="{password}"' for user, password in passwords.items())
    login = "org.apache.kafka.common.security"
    return {
        "listeners": f"{base['listeners']},{added}",
        "advertised.listeners": f"{base['advertised.listeners']},{added}",
        "listener.security.protocol.map": ",".join(
            [base["listener.security.protocol.map"], *(f"{name}:{kind}" for name, kind in LISTENERS.items())]
        ),
        **_stores(folder),
        "listener.name.mutual.ssl.client.auth": "required",
        "listener.name.sasl.sasl.enabled.mechanisms": ",".join(("PLAIN", *SCRAM)),
        "listener.name.sasl.plain.sasl.jaas.config": f"{login}.plain.PlainLoginModule required {users};",
        **{
            f"listener.name.sasl.{mechanism.lower()}.sasl.jaas.config": f"{login}.scram.ScramLoginModule required;"
            for mechanism in SCRAM
        },
        "super.users": "User:admin;User:ANONYMOUS",
        **({"authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer"} if acls else {}),
    }


def _stores(folder: Path) -> dict[str, str]:
    stores: dict[str, str] = {}
    for listener in LISTENERS:
        for store in ("keystore", "truststore"):
            prefix = f"listener.name.{listener.lower()}.ssl.{store}"
            stores |= {f"{prefix}.type": "PEM", f"{prefix}.location": str(folder / f"0-{store}.pem")}
    return stores
