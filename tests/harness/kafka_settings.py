"""Settings of a one-node Kafka: one listener for this machine, one for pods, one for its own controller."""

from typing import Final, NamedTuple

NODE: Final = "1"


class Addresses(NamedTuple):
    """Where a broker listens. `port` is for this machine, the next for the controller, the one after for pods.

    Three ports because Kafka refuses two listeners on one port even at different addresses. They belong below 32768:
    in the ephemeral range a client that retries can end up connected to itself.
    """

    port: int
    pod_host: str | None

    @property
    def bootstrap(self) -> str:
        """Address for clients on this machine."""
        return f"127.0.0.1:{self.port}"

    @property
    def controller(self) -> str:
        """Address of the controller, which nobody else needs."""
        return f"127.0.0.1:{self.port + 1}"

    @property
    def pod_bootstrap(self) -> str | None:
        """Address for clients in pods, if this machine has one that pods can reach."""
        return None if self.pod_host is None else f"{self.pod_host}:{self.port + 2}"


def settings(at: Addresses, *, bind_all: bool = False) -> dict[str, str]:
    """Return the broker's properties but for its data folder; `bind_all` is for a container with published ports."""
    advertised = {"HOST": at.bootstrap} | ({"POD": at.pod_bootstrap} if at.pod_bootstrap else {})
    bound = {name: f"0.0.0.0:{a.rpartition(':')[2]}" if bind_all else a for name, a in advertised.items()}
    protocols = [f"{name}:PLAINTEXT" for name in (*advertised, "CONTROLLER")]
    return {
        "process.roles": "broker,controller",
        "node.id": NODE,
        "controller.quorum.voters": f"{NODE}@{at.controller}",
        "controller.listener.names": "CONTROLLER",
        "listeners": ",".join(
            f"{name}://{address}" for name, address in (bound | {"CONTROLLER": at.controller}).items()
        ),
        "advertised.listeners": ",".join(f"{name}://{address}" for name, address in advertised.items()),
        "listener.security.protocol.map": ",".join(protocols),
        "inter.broker.listener.name": "HOST",
        "offsets.topic.replication.factor": "1",
        "transaction.state.log.replication.factor": "1",
        "transaction.state.log.min.isr": "1",
        "share.coordinator.state.topic.replication.factor": "1",
        "share.coordinator.state.topic.min.isr": "1",
        "group.initial.rebalance.delay.ms": "0",
        "auto.create.topics.enable": "false",
    }
