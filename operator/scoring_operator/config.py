"""What an operator process is told at start: read from the environment once, then passed in."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, cast

import msgspec

PullPolicy = Literal["Always", "IfNotPresent", "Never"]
PULL_POLICIES = ("Always", "IfNotPresent", "Never")
UpgradePolicy = Literal["Manual", "Automatic"]
UPGRADE_POLICIES = ("Manual", "Automatic")
CONTROLLER: Final = re.compile(r"[A-Za-z0-9]([-A-Za-z0-9._/]{0,115}[A-Za-z0-9])?")
"""Spelling of a controller's name: it becomes a field manager, of which an API server allows 128 characters."""
DEFAULT_CONTROLLER: Final = "scoring-operator"


class InvalidConfig(ValueError):
    """An environment variable is missing or malformed; the message names it."""


@dataclass(frozen=True, slots=True)
class WorkerDefaults:
    """What every worker pod has in common."""

    image: str
    """Image of the worker's container, for pipelines that have not scored with another one yet."""
    upgrade_policy: UpgradePolicy = "Manual"
    """Whether pipelines that have scored take another `image` when somebody asks for it, or by themselves."""
    pull_policy: PullPolicy = "IfNotPresent"
    cluster_id: str = ""
    """First part of every default consumer group: two clusters on one Kafka must not meet. Empty: left out."""
    ops_host: str = "0.0.0.0"  # noqa: S104 - probes, scrapes and clients come from outside the pod
    """Address that the workers' listeners bind; local mode keeps them on 127.0.0.1."""
    ops_port: int = 9090
    """Port of the workers' ops listener; 0 takes a free one (local mode)."""
    api_port: int = 8080
    """Port of the workers' api listener, if the pipeline asks for one; 0 takes a free one (local mode)."""
    network_policy: bool = True
    """Whether each pipeline has a NetworkPolicy."""
    ops_peers: tuple[dict[str, Any], ...] = ()
    """Peers, as in a NetworkPolicy, that may connect to the ops listener: operator and monitoring. Empty: anybody."""


@dataclass(frozen=True, slots=True)
class OperatorConfig:
    """Everything an operator process is told."""

    workers: WorkerDefaults
    namespace: str = ""
    """The one namespace to serve; empty: all."""
    controller: str = DEFAULT_CONTROLLER
    """Name of this release, no other's in the cluster: `<namespace>/<release>` from the chart."""
    parallelism: int = 4
    """Pipelines reconciled at the same time."""
    health_port: int = 8080
    """Port of /livez, /readyz and /metrics; 0 takes a free one."""
    live_refresh: bool = True
    """Whether to patch an annotation of pods whose mounted file is new; else the kubelet comes round in two minutes."""
    pod: str = DEFAULT_CONTROLLER
    """Name of this pod: the first part of its identity as a candidate."""
    own_namespace: str = ""
    """Namespace of this pod: the Lease is there if this operator serves all namespaces."""
    resource_metrics: bool = False
    """Whether to export the conditions of each single pipeline: 32 series apiece."""

    @property
    def lease_namespace(self) -> str:
        """Where the Lease is whose holder alone writes: in the namespace that is served, else in this pod's."""
        return self.namespace or self.own_namespace

    @property
    def lease_name(self) -> str:
        """Name of that Lease: the release's, spelled as a name may be. Every release has its own."""
        return self.controller.lower().replace("/", ".").replace("_", "-")

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> "OperatorConfig":
        """Return the configuration that `environ` spells.

        Raises:
            InvalidConfig: `SCORING_WORKER_IMAGE` is missing, nothing says which namespace, or a value is malformed.
        """
        image = environ.get("SCORING_WORKER_IMAGE", "")
        if not image:
            raise InvalidConfig("SCORING_WORKER_IMAGE: expected the image of the workers, got nothing")
        namespaces = {name: environ.get(name, "") for name in ("SCORING_NAMESPACE", "POD_NAMESPACE")}
        if not any(namespaces.values()):
            raise InvalidConfig("POD_NAMESPACE: expected the namespace of this pod, where its Lease is, got nothing")
        return cls(
            workers=WorkerDefaults(
                image=image,
                upgrade_policy=cast(
                    "UpgradePolicy", _one_of(environ, "SCORING_WORKER_UPGRADE_POLICY", UPGRADE_POLICIES, "Manual")
                ),
                pull_policy=cast(
                    "PullPolicy", _one_of(environ, "SCORING_WORKER_PULL_POLICY", PULL_POLICIES, "IfNotPresent")
                ),
                cluster_id=environ.get("SCORING_CLUSTER_ID", ""),
                network_policy=_is_true(environ, "SCORING_NETWORK_POLICY", default="true"),
                ops_peers=_peers(environ, "SCORING_OPS_PEERS"),
            ),
            controller=_controller(environ),
            namespace=namespaces["SCORING_NAMESPACE"],
            own_namespace=namespaces["POD_NAMESPACE"],
            pod=environ.get("POD_NAME") or DEFAULT_CONTROLLER,
            parallelism=_number(environ, "SCORING_PARALLELISM", default=4, least=1),
            health_port=_number(environ, "SCORING_HEALTH_PORT", default=8080, least=0),
            live_refresh=_is_true(environ, "SCORING_LIVE_REFRESH", default="true"),
            resource_metrics=_is_true(environ, "SCORING_RESOURCE_METRICS", default="false"),
        )


def _controller(environ: Mapping[str, str]) -> str:
    name = environ.get("SCORING_CONTROLLER", DEFAULT_CONTROLLER)
    if not CONTROLLER.fullmatch(name):
        raise InvalidConfig(
            "SCORING_CONTROLLER: expected 1 to 117 letters, digits, dots, hyphens, underscores and slashes, with a "
            f"letter or digit at both ends, such as team-a/scoring-operator, got {name!r}"
        )
    return name


def _is_true(environ: Mapping[str, str], name: str, *, default: str) -> bool:
    return _one_of(environ, name, ("true", "false"), default) == "true"


def _one_of(environ: Mapping[str, str], name: str, words: tuple[str, ...], default: str) -> str:
    word = environ.get(name, default)
    if word not in words:
        raise InvalidConfig(f"{name}: expected one of {words}, got {word!r}")
    return word


def _peers(environ: Mapping[str, str], name: str) -> tuple[dict[str, Any], ...]:
    text = environ.get(name, "[]")
    try:
        return msgspec.json.decode(text, type=tuple[dict[str, Any], ...])
    except msgspec.MsgspecError as error:
        raise InvalidConfig(f"{name}: expected a JSON list of a NetworkPolicy's peers, got {text[:64]!r}") from error


def _number(environ: Mapping[str, str], name: str, *, default: int, least: int) -> int:
    text = environ.get(name, str(default))
    if not text.isdecimal() or int(text) < least:
        raise InvalidConfig(f"{name}: expected a number of at least {least}, got {text!r}")
    return int(text)
