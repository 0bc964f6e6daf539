"""A ScoringPipeline, parsed once at the boundary: from a file or from the API server, by the same rules."""

import re
from typing import Any, TypeVar

import msgspec

from scoring_service.contract import rules
from scoring_service.contract.scorer_file import ScorerBlock
from scoring_service.contract.spec import FailureBudget, PipelineSpec, Sasl, SecretName, Tls
from scoring_service.contract.startup import (
    Mechanism,
    Startup,
    StartupDelivery,
    StartupFailureBudget,
    StartupInput,
    StartupOutput,
    StartupSasl,
    StartupSecretKey,
    StartupTls,
)
from scoring_service.contract.wire import Wire

GROUP = "scoring.dev"
VERSION = "v1alpha1"
KIND = "ScoringPipeline"
PLURAL = "scoringpipelines"

_duration = re.compile(r"([0-9]{1,9})(ms|s|m)").fullmatch
_Part = TypeVar("_Part")
_SHOWN = 300
"""Characters of a message: some repeat what came."""
_MILLISECONDS = {"ms": 1, "s": 1_000, "m": 60_000}


class InvalidPipeline(ValueError):
    """A manifest does not say what a ScoringPipeline must say.

    The message names the field's path, what was expected and what came.
    """

    def __init__(self, path: str, expected: str) -> None:
        super().__init__(f"{path}: {expected if len(expected) <= _SHOWN else expected[:_SHOWN] + '…'}")
        self.path = path


class Metadata(Wire, frozen=True):
    """Of `metadata` what a pipeline is known by."""

    name: str
    namespace: str | None = None
    uid: str = ""
    generation: int = 0


class Pipeline(msgspec.Struct, frozen=True, kw_only=True):
    """A ScoringPipeline as read from an API server or a file."""

    namespace: str
    name: str
    spec: PipelineSpec
    uid: str = ""
    generation: int = 0

    @property
    def key(self) -> str:
        """`namespace/name`."""
        return f"{self.namespace}/{self.name}"

    @property
    def block(self) -> ScorerBlock:
        """The one member of `spec.scorer`."""
        ((member, parameters),) = self.spec.scorer.items()
        return ScorerBlock(member=member, parameters=parameters)

    def group(self, cluster_id: str) -> str:
        """Return the consumer group: `spec.input.group`, else `<cluster_id>.<namespace>.<name>`."""
        return self.spec.input.group or ".".join(filter(None, (cluster_id, self.namespace, self.name)))

    def startup(self, cluster_id: str) -> Startup:
        """Return what a worker of this pipeline starts from."""
        spec = self.spec
        return Startup(
            namespace=self.namespace,
            pipeline=self.name,
            bootstrap_servers=spec.kafka.bootstrap_servers,
            input=StartupInput(
                topic=spec.input.topic,
                group=self.group(cluster_id),
                start_from=spec.input.start_from,
                on_offsets_lost=spec.input.on_offsets_lost,
            ),
            output=StartupOutput(
                success_topic=spec.output.success_topic,
                failure_topic=spec.output.failure_topic,
                dead_letter_topic=spec.output.dead_letter_topic,
            ),
            delivery=StartupDelivery(
                guarantee=spec.delivery.guarantee,
                max_latency_ms=milliseconds("spec.delivery.maxLatency", spec.delivery.max_latency),
                session_timeout_ms=milliseconds("spec.delivery.sessionTimeout", spec.delivery.session_timeout),
                transaction_interval_ms=milliseconds(
                    "spec.delivery.transactionInterval", spec.delivery.transaction_interval
                ),
                failure_budget=_budget(spec.delivery.failure_budget),
            ),
            tls=_tls(spec.kafka.tls),
            sasl=_sasl(spec.kafka.sasl),
        )


def _budget(budget: FailureBudget | None) -> StartupFailureBudget | None:
    if budget is None:
        return None
    window_ms = milliseconds("spec.delivery.failureBudget.window", budget.window)
    return StartupFailureBudget(percent=budget.percent, window_ms=window_ms, reasons=budget.reasons)


def _tls(tls: Tls | None) -> StartupTls | None:
    if tls is None:
        return None
    client = tls.client_secret
    return StartupTls(
        ca=StartupSecretKey(name=tls.ca_secret.name, key=tls.ca_secret.key) if tls.ca_secret else None,
        certificate=StartupSecretKey(name=client.name, key="tls.crt") if client else None,
        private_key=StartupSecretKey(name=client.name, key="tls.key") if client else None,
    )


def _sasl(sasl: Sasl | None) -> StartupSasl | None:
    if sasl is None:
        return None
    if sasl.scram is not None:
        return _password(sasl.scram.mechanism, sasl.scram.secret)
    return None if sasl.plain is None else _password("PLAIN", sasl.plain.secret)


def _password(mechanism: Mechanism, secret: SecretName) -> StartupSasl:
    return StartupSasl(
        mechanism=mechanism,
        username=StartupSecretKey(name=secret.name, key="username"),
        password=StartupSecretKey(name=secret.name, key="password"),
    )


def milliseconds(path: str, duration: str) -> int:
    """Parse a duration such as `50ms`, `20s` or `1m`.

    Raises:
        InvalidPipeline: `duration` is written otherwise.
    """
    match = _duration(duration)
    if match is None:
        raise InvalidPipeline(path, f"expected a duration such as 50ms, 20s or 1m, got {duration!r}")
    return int(match[1]) * _MILLISECONDS[match[2]]


def parse_pipeline(manifest: dict[str, Any]) -> Pipeline:
    """Parse a manifest, from a file or from the API server.

    Raises:
        InvalidPipeline: Kind, name, a field's type or name, the union or a duration is wrong.
    """
    if manifest.get("kind") != KIND or manifest.get("apiVersion") != f"{GROUP}/{VERSION}":
        raise InvalidPipeline("kind", f"expected {KIND} of {GROUP}/{VERSION}, got {manifest.get('kind')!r}")
    metadata = _converted("metadata", manifest, Metadata)
    spec = _converted("spec", manifest, PipelineSpec)
    if len(spec.scorer) != 1:
        raise InvalidPipeline("spec.scorer", f"expected exactly one member, got {sorted(spec.scorer)}")
    _check(metadata, spec)
    return Pipeline(
        namespace=metadata.namespace or "default",
        name=metadata.name,
        spec=spec,
        uid=metadata.uid,
        generation=metadata.generation,
    )


def _converted(part: str, manifest: dict[str, Any], of: type[_Part]) -> _Part:
    try:
        return msgspec.convert(manifest.get(part) or {}, of)
    except msgspec.ValidationError as error:
        message, _, path = str(error).partition(" - at `$")
        raise InvalidPipeline(part + path.rstrip("`"), message) from error


def _check(metadata: Metadata, spec: PipelineSpec) -> None:
    topics = (spec.input.topic, spec.output.success_topic, spec.output.failure_topic)
    names = ("spec.input.topic", "spec.output.successTopic", "spec.output.failureTopic")
    for path, broken in (
        ("metadata.name", rules.broken_name(metadata.name)),
        ("spec.kafka.bootstrapServers", rules.broken_addresses(spec.kafka.bootstrap_servers)),
        *zip(names, map(rules.broken_topic, topics), strict=True),
        ("spec.input.group", rules.broken_group(spec.input.group)),
        ("spec.delivery.maxLatency", _broken_duration(spec.delivery.max_latency, "1ms", "5s")),
        ("spec.delivery.sessionTimeout", _broken_duration(spec.delivery.session_timeout, "6s", "5m")),
        ("spec.replicas", rules.broken_number(spec.replicas, 0, 1000)),
        (
            "spec.autoscaling.partitionsPerReplica",
            rules.broken_number(spec.autoscaling.partitions_per_replica, 1, 1000),
        ),
    ):
        if broken is not None:
            raise InvalidPipeline(path, broken)
    if len(set(topics)) < len(topics):
        raise InvalidPipeline("spec", f"{names[0]}, {names[1]} and {names[2]} {rules.DISTINCT}")


def _broken_duration(duration: str, least: str, most: str) -> str | None:
    low, given, high = (milliseconds("", text) if _duration(text) else -1 for text in (least, duration, most))
    return None if low <= given <= high else f"write a duration from {least} to {most}"
