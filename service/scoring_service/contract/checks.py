"""Every rule of the definition, held against a pipeline from a file: the same fields, the same words."""

from collections.abc import Iterator, Sequence

from scoring_service.contract import golden_cases, network, pod, rules
from scoring_service.contract.golden_cases import GoldenCase
from scoring_service.contract.names import WINDOWED_MEMBERS
from scoring_service.contract.spec import Api, Autoscaling, Delivery, Kafka, PipelineSpec, Sasl, Tls

Checked = Iterator[tuple[str, str | None]]
"""A field's path, and the rule that it breaks."""


def broken(name: str, spec: PipelineSpec) -> Iterator[tuple[str, str]]:
    """Yield path and words of every rule that a pipeline of that name breaks."""
    for path, rule in _checked(name, spec):
        if rule is not None:
            yield path, rule


def _checked(name: str, spec: PipelineSpec) -> Checked:
    yield "metadata.name", rules.broken_name(name)
    yield from _kafka(spec.kafka)
    yield from _topics(spec)
    yield "spec.input.group", rules.broken_group(spec.input.group)
    yield from _delivery(spec.delivery)
    yield "spec.replicas", rules.broken_number(spec.replicas, 0, 1000)
    yield from _autoscaling(spec.autoscaling)
    if spec.api is not None:
        yield from _api(spec.api)
    for path, rule in pod.broken(spec.pod):
        yield f"spec.pod{path}", rule
    custom = spec.scorer.get("custom", {}).get("name")
    yield "spec.scorer.custom.name", rules.broken_scorer(custom) if isinstance(custom, str) else None
    yield "spec.scorer", None if len(spec.scorer) == 1 else f"expected exactly one member, got {sorted(spec.scorer)}"
    yield from _cases("spec.goldenCases", spec.golden_cases)
    yield from _candidate(spec)
    for member in WINDOWED_MEMBERS & spec.scorer.keys():
        yield from _windowed(member, spec)


def _cases(at: str, cases: Sequence[GoldenCase]) -> Checked:
    yield from ((f"{at}{path}", rule) for path, rule in golden_cases.broken(cases))


def _autoscaling(autoscaling: Autoscaling) -> Checked:
    low, high = autoscaling.min_replicas, autoscaling.max_replicas
    per_replica = autoscaling.partitions_per_replica
    yield "spec.autoscaling.partitionsPerReplica", rules.broken_number(per_replica, 1, 1000)
    yield "spec.autoscaling.minReplicas", rules.broken_number(low, 1, 1000)
    yield "spec.autoscaling.maxReplicas", rules.broken_number(high, 1, 1000)
    yield "spec.autoscaling", None if low <= high else rules.MIN_ABOVE_MAX
    target, cooldown, delay = autoscaling.target_drain_time, autoscaling.cooldown, autoscaling.scale_down_delay
    yield "spec.autoscaling.targetDrainTime", rules.broken_duration(target, "1s", "24h")
    yield "spec.autoscaling.cooldown", rules.broken_duration(cooldown, "10s", "24h")
    yield "spec.autoscaling.scaleDownDelay", rules.broken_duration(delay, "10s", "24h")


def _candidate(spec: PipelineSpec) -> Checked:
    if spec.candidate is not None:
        tried, serving = spec.candidate.scorer, spec.scorer
        names = [scorer.get("custom", {}).get("name") for scorer in (tried, serving)]
        same = tried.keys() == serving.keys() and names[0] == names[1]
        yield "spec.candidate.scorer", None if same else rules.SAME_SCORER
        yield "spec.candidate.percent", rules.broken_percent(spec.candidate.percent)
        yield from _cases("spec.candidate.goldenCases", spec.candidate.golden_cases)


def _windowed(member: str, spec: PipelineSpec) -> Checked:
    is_canary = spec.candidate is not None and spec.candidate.mode == "Canary"
    yield "spec.candidate.mode", rules.WINDOWS_IN_PART.format(member) if is_canary else None
    is_exact = spec.delivery.guarantee == "ExactlyOnce"
    yield "spec.delivery.guarantee", rules.STATE_NOT_KEPT.format(member) if is_exact else None


def _kafka(kafka: Kafka) -> Checked:
    yield "spec.kafka.bootstrapServers", rules.broken_addresses(kafka.bootstrap_servers)
    if kafka.tls is not None:
        yield from _tls(kafka.tls)
    if kafka.sasl is not None:
        yield from _sasl(kafka.sasl)
        in_clear = kafka.sasl.plain is not None and kafka.tls is None
        yield "spec.kafka.sasl.plain", rules.IN_CLEAR if in_clear else None
    if kafka.egress is not None:
        yield from ((f"spec.kafka.egress{path}", rule) for path, rule in network.broken_egress(kafka.egress))


def _tls(tls: Tls) -> Checked:
    if tls.ca_secret is not None:
        yield "spec.kafka.tls.caSecret.name", rules.broken_secret(tls.ca_secret.name)
        yield "spec.kafka.tls.caSecret.key", rules.broken_key(tls.ca_secret.key)
    if tls.client_secret is not None:
        yield "spec.kafka.tls.clientSecret.name", rules.broken_secret(tls.client_secret.name)


def _sasl(sasl: Sasl) -> Checked:
    given = {"plain": sasl.plain, "scram": sasl.scram}
    members = {name: member for name, member in given.items() if member is not None}
    yield "spec.kafka.sasl", None if len(members) == 1 else rules.ONE_MECHANISM
    for name, member in members.items():
        yield f"spec.kafka.sasl.{name}.secret.name", rules.broken_secret(member.secret.name)


def _topics(spec: PipelineSpec) -> Checked:
    topics = {
        "spec.input.topic": spec.input.topic,
        "spec.output.successTopic": spec.output.success_topic,
        "spec.output.failureTopic": spec.output.failure_topic,
    }
    for path, topic in topics.items():
        yield path, rules.broken_topic(topic)
    dead_letters = spec.output.dead_letter_topic
    yield "spec.output.deadLetterTopic", rules.broken_optional_topic(dead_letters)
    named = [*topics.values(), *filter(None, [dead_letters])]
    yield "spec", None if len(set(named)) == len(named) else rules.DISTINCT


def _delivery(delivery: Delivery) -> Checked:
    yield "spec.delivery.maxLatency", rules.broken_duration(delivery.max_latency, "1ms", "5s")
    yield "spec.delivery.sessionTimeout", rules.broken_duration(delivery.session_timeout, "6s", "5m")
    yield "spec.delivery.transactionInterval", rules.broken_duration(delivery.transaction_interval, "10ms", "5s")
    budget = delivery.failure_budget
    if budget is not None:
        yield "spec.delivery.failureBudget.percent", rules.broken_share(budget.percent)
        yield "spec.delivery.failureBudget.window", rules.broken_duration(budget.window, "10s", "1h")


def _api(api: Api) -> Checked:
    yield "spec.api.keysSecret.name", rules.broken_secret(api.keys_secret.name)
    yield "spec.api.rateLimit.perSecond", rules.broken_number(api.rate_limit.per_second, 1, 10_000)
    yield "spec.api.rateLimit.burst", rules.broken_number(api.rate_limit.burst, 1, 10_000)
    yield from ((f"spec.api.from{path}", rule) for path, rule in network.broken_peers(api.from_))
    yield "spec.api.maxBodyBytes", rules.broken_number(api.max_body_bytes, 1024, 16_777_216)
