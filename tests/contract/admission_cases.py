"""What the resource accepts and what it refuses, one row per rule: judged by a real API server and by local mode."""

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from contract.scorer_cases import bounds, required
from scoring_service.scorers.registry import SCORERS

Changes = dict[str, Any]
"""Dotted field → value; ABSENT removes the field."""

ABSENT = object()
NAME = "metadata.name"
BROKERS = "spec.kafka.bootstrapServers"
MEMBER = "spec.scorer.walletReputation"
CUSTOM = "spec.scorer.custom"
SAMPLES = {"retMean": "-1.5e-06 0 2e-06", "retStd": "1e-05 0.00002"}
PULSE = {"name": "pulse", "parameters": {"half": 3}}
CANDIDATE = "spec.candidate"
BESIDE = {"mode": "Shadow", "percent": 10, "scorer": {"walletReputation": {"variant": "zeru-v1"}}}
TLS = "spec.kafka.tls"
SASL = "spec.kafka.sasl"
BUDGET = "spec.delivery.failureBudget"
DEAD_LETTERS = "spec.output.deadLetterTopic"
API = "spec.api"
AUTOSCALING = "spec.autoscaling"
KEYS = {"keysSecret": {"name": "score-keys"}}
DISTINCT = (
    "spec.input.topic, spec.output.successTopic, spec.output.failureTopic and spec.output.deadLetterTopic must be "
    "different topics"
)
EGRESS = "spec.kafka.egress"
PLAIN = {"plain": {"secret": {"name": "kafka-user"}}}
SCRAM = {"scram": {"mechanism": "SCRAM-SHA-512", "secret": {"name": "kafka-user"}}}


GOLDEN = "spec.goldenCases"
LABELS = "spec.pod.labels"
ENV = "spec.pod.env"
PRIORITY = "spec.pod.priorityClassName"
TOLERATIONS = "spec.pod.tolerations"
SPREADS = "spec.pod.topologySpreadConstraints"
AFFINITY = "spec.pod.affinity"
SOMETIMES = "preferredDuringSchedulingIgnoredDuringExecution"
ALWAYS = "requiredDuringSchedulingIgnoredDuringExecution"


def golden(**changes: Any) -> dict[str, Any]:
    """Return one golden case, with some members changed."""
    return {"name": "one", "asOf": 1704499200, "inputs": [{"a": 1}], "expect": [{"b": 2}]} | changes


def tried(**parameters: Any) -> dict[str, Any]:
    """Return a candidate with some parameters changed."""
    return BESIDE | {"scorer": {"walletReputation": {"variant": "zeru-v1", **parameters}}}


def spread(**changes: Any) -> dict[str, Any]:
    """Return one constraint of spreading, with some members changed."""
    return {"topologyKey": "zone", "maxSkew": 1, "whenUnsatisfiable": "DoNotSchedule"} | changes


def near(node: int = 1, pods: int = 1, away: int = 1) -> dict[str, Any]:
    """Return an affinity that uses every member, with the weights of what is preferred."""
    term = {"matchExpressions": [{"key": "zone", "operator": "In", "values": ["a"]}]}
    near_by = {"topologyKey": "host", "labelSelector": {"matchLabels": {"app": "kafka"}, **term}}
    return {
        "nodeAffinity": {
            ALWAYS: {"nodeSelectorTerms": [term]},
            SOMETIMES: [{"weight": node, "preference": term}],
        },
        "podAffinity": {ALWAYS: [near_by], SOMETIMES: [{"weight": pods, "podAffinityTerm": near_by}]},
        "podAntiAffinity": {ALWAYS: [near_by], SOMETIMES: [{"weight": away, "podAffinityTerm": near_by}]},
    }


@dataclass(frozen=True, slots=True)
class Case:
    """One rule with a manifest on each side of it."""

    rule: str
    accepts: Changes
    rejects: Changes
    says: str
    """Part of the refusal; names the field."""
    is_update: bool = False
    """Whether the change is made to a stored manifest instead of a new one."""
    is_local: bool = True
    """Whether local mode can evaluate the rule."""
    is_typed: bool = True
    """Whether the types know the rule; what stands as in a pod, they leave to the API server."""


def manifest(changes: Changes | None = None) -> dict[str, Any]:
    """Return the smallest pipeline with some fields changed."""
    built: dict[str, Any] = {
        "apiVersion": "scoring.dev/v1alpha1",
        "kind": "ScoringPipeline",
        "metadata": {"name": "wallets", "namespace": "default"},
        "spec": {
            "kafka": {"bootstrapServers": ["kafka:9092"]},
            "input": {"topic": "in"},
            "output": {"successTopic": "ok", "failureTopic": "bad"},
            "scorer": {"walletReputation": {"variant": "zeru-v1"}},
        },
    }
    for path, value in (changes or {}).items():
        *parents, last = path.split(".")
        holder = built
        for parent in parents:
            holder = holder.setdefault(parent, {})
        if value is ABSENT:
            holder.pop(last, None)
        else:
            holder[last] = deepcopy(value)
    return built


def of_candidate(case: Case) -> Case:
    """Return the rule of a pipeline's golden cases as that of its candidate's."""
    accepts, rejects = ({CANDIDATE: BESIDE | {"goldenCases": side[GOLDEN]}} for side in (case.accepts, case.rejects))
    return Case(
        f"{case.rule}, of a candidate too", accepts, rejects, case.says.replace(GOLDEN, f"{CANDIDATE}.goldenCases")
    )


WRITTEN = (
    # Rules
    Case("a name fits its children", {NAME: "a" * 42}, {NAME: "a" * 43}, "metadata.name: use at most 42 characters"),
    Case(
        "a name has no dots", {NAME: "my-wallets-2"}, {NAME: "my.wallets"}, "metadata.name: use at most 42 characters"
    ),
    Case("a name begins with a letter", {NAME: "w2"}, {NAME: "2w"}, "beginning with a letter"),
    Case(
        "input and success topic differ",
        {"spec.input.topic": "a", "spec.output.successTopic": "b"},
        {"spec.input.topic": "a", "spec.output.successTopic": "a"},
        DISTINCT,
    ),
    Case(
        "input and failure topic differ",
        {"spec.input.topic": "a", "spec.output.failureTopic": "b"},
        {"spec.input.topic": "a", "spec.output.failureTopic": "a"},
        DISTINCT,
    ),
    Case(
        "the output topics differ",
        {"spec.output": {"successTopic": "a", "failureTopic": "b"}},
        {"spec.output": {"successTopic": "a", "failureTopic": "a"}},
        DISTINCT,
    ),
    Case(
        "dead letters and input differ",
        {DEAD_LETTERS: "dead"},
        {DEAD_LETTERS: "in"},
        DISTINCT,
    ),
    Case(
        "dead letters and scores differ",
        {DEAD_LETTERS: "dead"},
        {DEAD_LETTERS: "ok"},
        DISTINCT,
    ),
    Case(
        "dead letters and failures differ",
        {DEAD_LETTERS: ""},
        {DEAD_LETTERS: "bad"},
        DISTINCT,
    ),
    Case(
        "the dead letter topic is spelt as Kafka allows",
        {DEAD_LETTERS: "Dead_2.letters-v1"},
        {DEAD_LETTERS: "dead letters"},
        "spec.output.deadLetterTopic: use at most 249 characters",
    ),
    Case(
        "the dead letter topic is not a dot",
        {DEAD_LETTERS: "..."},
        {DEAD_LETTERS: ".."},
        "spec.output.deadLetterTopic: use at most 249 characters",
    ),
    Case(
        "authorities come from a Secret",
        {TLS: {"caSecret": {"name": "kafka.ca-2", "key": "ca.crt"}}},
        {TLS: {"caSecret": {"name": "Kafka_CA", "key": "ca.crt"}}},
        "spec.kafka.tls.caSecret.name: use a Secret's name",
    ),
    Case(
        "the name of a Secret leads nowhere else",
        {TLS: {"caSecret": {"name": "a.b", "key": "ca.crt"}}},
        {TLS: {"caSecret": {"name": "a..b", "key": "ca.crt"}}},
        "spec.kafka.tls.caSecret.name: use a Secret's name",
    ),
    Case(
        "the name of a Secret is not endless",
        {TLS: {"caSecret": {"name": "a" * 253, "key": "ca.crt"}}},
        {TLS: {"caSecret": {"name": "a" * 254, "key": "ca.crt"}}},
        "spec.kafka.tls.caSecret.name: ",
    ),
    Case(
        "a key of a Secret is spelt as in a Secret",
        {TLS: {"caSecret": {"name": "ca", "key": ".CA_2-v1.crt"}}},
        {TLS: {"caSecret": {"name": "ca", "key": "../other/key"}}},
        "spec.kafka.tls.caSecret.key: use a Secret's key",
    ),
    Case(
        "a key of a Secret leads nowhere else",
        {TLS: {"caSecret": {"name": "ca", "key": "a..b"}}},
        {TLS: {"caSecret": {"name": "ca", "key": ".."}}},
        "spec.kafka.tls.caSecret.key: use a Secret's key",
    ),
    Case(
        "a key of a Secret is not its folder",
        {TLS: {"caSecret": {"name": "ca", "key": ".a"}}},
        {TLS: {"caSecret": {"name": "ca", "key": "."}}},
        "spec.kafka.tls.caSecret.key: use a Secret's key",
    ),
    Case(
        "a client's certificate comes from a Secret",
        {TLS: {"clientSecret": {"name": "kafka-client"}}},
        {TLS: {"clientSecret": {"name": "-"}}},
        "spec.kafka.tls.clientSecret.name: use a Secret's name",
    ),
    Case(
        "one way to log in is chosen",
        {SASL: SCRAM},
        {SASL: {}},
        "spec.kafka.sasl: set exactly one of plain and scram",
    ),
    Case(
        "only one way to log in is chosen",
        {TLS: {}, SASL: PLAIN},
        {TLS: {}, SASL: PLAIN | SCRAM},
        "spec.kafka.sasl: set exactly one of plain and scram",
    ),
    Case(
        "a password is not sent in clear",
        {TLS: {}, SASL: PLAIN},
        {SASL: PLAIN},
        "spec.kafka.sasl.plain: without spec.kafka.tls it sends the password in clear",
    ),
    Case(
        "a password for PLAIN comes from a Secret",
        {TLS: {}, SASL: PLAIN},
        {TLS: {}, SASL: {"plain": {"secret": {"name": "a/b"}}}},
        "spec.kafka.sasl.plain.secret.name: use a Secret's name",
    ),
    Case(
        "a password for SCRAM comes from a Secret",
        {SASL: SCRAM},
        {SASL: {"scram": {"mechanism": "SCRAM-SHA-256", "secret": {"name": ""}}}},
        "spec.kafka.sasl.scram.secret.name: use a Secret's name",
    ),
    Case(
        "a rewind ends somewhere",
        {"spec.input.warmup": {"records": 0}},
        {"spec.input.warmup": {"records": 1_000_001}},
        "spec.input.warmup.records: write a number from 0 to 1000000",
    ),
    Case(
        "a warm-up lasts a duration",
        {"spec.input.warmup": {"duration": "10m"}},
        {"spec.input.warmup": {"duration": "11m"}},
        "spec.input.warmup.duration: write a duration from 1s to 10m",
    ),
    Case(
        "a transaction lasts a duration",
        {"spec.delivery.transactionInterval": "10ms"},
        {"spec.delivery.transactionInterval": "9ms"},
        "spec.delivery.transactionInterval: write a duration from 10ms to 5s",
    ),
    Case(
        "a transaction does not last for ever",
        {"spec.delivery.transactionInterval": "5s"},
        {"spec.delivery.transactionInterval": "1m"},
        "spec.delivery.transactionInterval: write a duration from 10ms to 5s",
    ),
    Case(
        "a budget is more than nothing",
        {BUDGET: {"percent": 0.1, "window": "1m"}},
        {BUDGET: {"percent": 0, "window": "1m"}},
        "spec.delivery.failureBudget.percent: write a number above 0 and below 100",
    ),
    Case(
        "a budget is less than everything",
        {BUDGET: {"percent": 99, "window": "1m"}},
        {BUDGET: {"percent": 100, "window": "1m"}},
        "spec.delivery.failureBudget.percent: write a number above 0 and below 100",
    ),
    Case(
        "a budget's window is long enough to count",
        {BUDGET: {"percent": 5, "window": "10s"}},
        {BUDGET: {"percent": 5, "window": "9999ms"}},
        "spec.delivery.failureBudget.window: write a duration from 10s to 1h",
    ),
    Case(
        "a budget's window ends",
        {BUDGET: {"percent": 5, "window": "1h"}},
        {BUDGET: {"percent": 5, "window": "61m"}},
        "spec.delivery.failureBudget.window: write a duration from 10s to 1h",
    ),
    Case(
        "a port of brokers is more than nothing",
        {EGRESS: {"ports": [1]}},
        {EGRESS: {"ports": [9092, 0]}},
        "spec.kafka.egress.ports: write numbers from 1 to 65535",
    ),
    Case(
        "a port of brokers is bounded",
        {EGRESS: {"ports": [65535]}},
        {EGRESS: {"ports": [65536]}},
        "spec.kafka.egress.ports: write numbers from 1 to 65535",
    ),
    Case(
        "a range of brokers has a length",
        {EGRESS: {"cidrs": ["10.0.0.0/8", "fd00::/8"], "namespaceSelector": {}}},
        {EGRESS: {"cidrs": ["10.0.0.1"]}},
        "spec.kafka.egress.cidrs: write each range as address/length",
    ),
    Case(
        "a range of brokers is no name",
        {EGRESS: {"cidrs": ["192.168.1.0/24"], "podSelector": {"matchLabels": {"app": "kafka"}}}},
        {EGRESS: {"cidrs": ["kafka/8"]}},
        "spec.kafka.egress.cidrs: write each range as address/length",
    ),
    Case(
        "a client is a range or pods",
        {API: KEYS | {"from": [{"cidr": "10.0.0.0/8"}, {"namespaceSelector": {"matchLabels": {"team": "web"}}}]}},
        {API: KEYS | {"from": [{"cidr": "10.0.0.0/8", "podSelector": {}}]}},
        "spec.api.from: set either cidr or selectors of each peer",
    ),
    Case(
        "a client is somebody",
        {API: KEYS | {"from": [{"podSelector": {}}]}},
        {API: KEYS | {"from": [{}]}},
        "spec.api.from: set either cidr or selectors of each peer",
    ),
    Case(
        "a client's range has a length",
        {API: KEYS | {"from": [{"cidr": "10.0.0.0/8"}]}},
        {API: KEYS | {"from": [{"cidr": "10.0.0.0"}]}},
        "spec.api.from.cidr: write a range as address/length",
    ),
    Case(
        "an address has a port",
        {BROKERS: ["kafka-0.kafka.svc:9092", "10.0.0.1:9092", "[fd00::1]:9092"]},
        {BROKERS: ["kafka:9092", "kafka"]},
        "spec.kafka.bootstrapServers: write each address as host:port",
    ),
    Case(
        "an address has no scheme",
        {BROKERS: ["kafka:9093"]},
        {BROKERS: ["PLAINTEXT://kafka:9092"]},
        "spec.kafka.bootstrapServers: write each address as host:port",
    ),
    Case(
        "the input topic is spelt as Kafka allows",
        {"spec.input.topic": "Wallets_2.raw-v1"},
        {"spec.input.topic": "wallets/raw"},
        "spec.input.topic: use 1 to 249 characters",
    ),
    Case(
        "the input topic is not empty",
        {"spec.input.topic": "x"},
        {"spec.input.topic": ""},
        "spec.input.topic: use 1 to 249 characters",
    ),
    Case(
        "the input topic is not a dot",
        {"spec.input.topic": "..."},
        {"spec.input.topic": ".."},
        "spec.input.topic: use 1 to 249 characters",
    ),
    Case(
        "the success topic is spelt as Kafka allows",
        {"spec.output.successTopic": "Scores_2.ok-v1"},
        {"spec.output.successTopic": "scores ok"},
        "spec.output.successTopic: use 1 to 249 characters",
    ),
    Case(
        "the failure topic is spelt as Kafka allows",
        {"spec.output.failureTopic": "Scores_2.bad-v1"},
        {"spec.output.failureTopic": "scores:bad"},
        "spec.output.failureTopic: use 1 to 249 characters",
    ),
    Case(
        "the group is spelt soberly",
        {"spec.input.group": "team/a:wallets_2.v1"},
        {"spec.input.group": "team a"},
        "spec.input.group: use at most 249 characters",
    ),
    Case(
        "the input topic stays",
        {"spec.input.topic": "in", "spec.input.startFrom": "latest"},
        {"spec.input.topic": "in-2"},
        "spec.input.topic is immutable",
        is_update=True,
    ),
    Case(
        "the group stays",
        {"spec.input.group": ""},
        {"spec.input.group": "another"},
        "spec.input.group is immutable",
        is_update=True,
    ),
    Case(
        "a scorer is chosen",
        {MEMBER: {"variant": "zeru-v1"}},
        {MEMBER: ABSENT},
        "spec.scorer: set exactly one scorer",
    ),
    Case(
        "the scorer stays, its parameters change",
        {MEMBER: {"variant": "zeru-v1", "weights": {"trading": 0.3}}},
        {MEMBER: ABSENT, CUSTOM: PULSE},
        "spec.scorer: the scorer is immutable",
        is_update=True,
    ),
    Case(
        "weights are shares of one score",
        {MEMBER: {"variant": "zeru-v1", "weights": {"liquidityProvision": 0.3, "trading": 0.7}}},
        {MEMBER: {"variant": "zeru-v1", "weights": {"liquidityProvision": 0.7}}},
        f"{MEMBER}.weights: liquidityProvision + trading must be at most 1",
    ),
    Case(
        "a candidate is of the scorer that serves",
        {CANDIDATE: BESIDE},
        {CANDIDATE: BESIDE | {"scorer": {}}},
        "spec.candidate.scorer: set the same scorer as in spec.scorer",
    ),
    Case(
        "a candidate's share is not negative",
        {CANDIDATE: BESIDE | {"percent": 0}},
        {CANDIDATE: BESIDE | {"percent": -0.1}},
        "spec.candidate.percent: write a number from 0 to 100",
    ),
    Case(
        "a candidate's share is bounded",
        {CANDIDATE: BESIDE | {"percent": 100, "mode": "Canary", "threshold": 500}},
        {CANDIDATE: BESIDE | {"percent": 100.1}},
        "spec.candidate.percent: write a number from 0 to 100",
    ),
    Case(
        "weights of a candidate are shares of one score",
        {CANDIDATE: BESIDE},
        {
            CANDIDATE: BESIDE
            | {"scorer": {"walletReputation": {"variant": "zeru-v1", "weights": {"liquidityProvision": 0.7}}}}
        },
        "spec.candidate.scorer.walletReputation.weights: liquidityProvision + trading must be at most 1",
    ),
    Case(
        "latency is a duration",
        {"spec.delivery.maxLatency": "1ms"},
        {"spec.delivery.maxLatency": "50"},
        "spec.delivery.maxLatency: write a duration from 1ms to 5s",
    ),
    Case(
        "latency is more than nothing",
        {"spec.delivery.maxLatency": "1s"},
        {"spec.delivery.maxLatency": "0ms"},
        "spec.delivery.maxLatency: write a duration from 1ms to 5s",
    ),
    Case(
        "latency is bounded",
        {"spec.delivery.maxLatency": "5000ms"},
        {"spec.delivery.maxLatency": "5001ms"},
        "spec.delivery.maxLatency: write a duration from 1ms to 5s",
    ),
    Case(
        "the session timeout is a duration",
        {"spec.delivery.sessionTimeout": "1m"},
        {"spec.delivery.sessionTimeout": "20"},
        "spec.delivery.sessionTimeout: write a duration from 6s to 5m",
    ),
    Case(
        "the session timeout is what brokers allow at least",
        {"spec.delivery.sessionTimeout": "6s"},
        {"spec.delivery.sessionTimeout": "5999ms"},
        "spec.delivery.sessionTimeout: write a duration from 6s to 5m",
    ),
    Case(
        "the session timeout is bounded",
        {"spec.delivery.sessionTimeout": "5m"},
        {"spec.delivery.sessionTimeout": "301s"},
        "spec.delivery.sessionTimeout: write a duration from 6s to 5m",
    ),
    Case(
        "replicas are not negative",
        {"spec.replicas": 0},
        {"spec.replicas": -1},
        "spec.replicas: write a number from 0 to 1000",
    ),
    Case(
        "replicas are bounded",
        {"spec.replicas": 1000},
        {"spec.replicas": 1001},
        "spec.replicas: write a number from 0 to 1000",
    ),
    Case(
        "a replica takes a partition",
        {"spec.autoscaling.partitionsPerReplica": 1000},
        {"spec.autoscaling.partitionsPerReplica": 0},
        "spec.autoscaling.partitionsPerReplica: write a number from 1 to 1000",
    ),
    Case(
        "an autoscaler's fewest pods are one",
        {f"{AUTOSCALING}.minReplicas": 1},
        {f"{AUTOSCALING}.minReplicas": 0},
        "spec.autoscaling.minReplicas: write a number from 1 to 1000",
    ),
    Case(
        "an autoscaler's most pods are bounded",
        {f"{AUTOSCALING}.maxReplicas": 1000},
        {f"{AUTOSCALING}.maxReplicas": 1001},
        "spec.autoscaling.maxReplicas: write a number from 1 to 1000",
    ),
    Case(
        "an autoscaler's bounds leave a number",
        {AUTOSCALING: {"minReplicas": 6, "maxReplicas": 6}},
        {AUTOSCALING: {"minReplicas": 7, "maxReplicas": 6}},
        "spec.autoscaling: write a minReplicas of at most maxReplicas",
    ),
    Case(
        "a drain time is a duration",
        {f"{AUTOSCALING}.targetDrainTime": "90m"},
        {f"{AUTOSCALING}.targetDrainTime": "90"},
        "spec.autoscaling.targetDrainTime: write a duration from 1s to 24h",
    ),
    Case(
        "a drain time is not too short to be measured",
        {f"{AUTOSCALING}.targetDrainTime": "1000ms"},
        {f"{AUTOSCALING}.targetDrainTime": "999ms"},
        "spec.autoscaling.targetDrainTime: write a duration from 1s to 24h",
    ),
    Case(
        "a cooldown outlasts a rebalance",
        {f"{AUTOSCALING}.cooldown": "10s"},
        {f"{AUTOSCALING}.cooldown": "9s"},
        "spec.autoscaling.cooldown: write a duration from 10s to 24h",
    ),
    Case(
        "pods are not kept for days",
        {f"{AUTOSCALING}.scaleDownDelay": "24h"},
        {f"{AUTOSCALING}.scaleDownDelay": "25h"},
        "spec.autoscaling.scaleDownDelay: write a duration from 10s to 24h",
    ),
    Case(
        "requests are quantities",
        {"spec.pod.resources.requests": {"cpu": "250m", "memory": "128Mi"}},
        {"spec.pod.resources.requests": {"cpu": "a lot"}},
        "spec.pod.resources: write quantities",
        is_local=False,
    ),
    Case(
        "limits are quantities of at least nothing",
        {"spec.pod.resources.limits": {"cpu": 2, "memory": "1Gi"}},
        {"spec.pod.resources.limits": {"cpu": "-1"}},
        "spec.pod.resources: write quantities",
        is_local=False,
    ),
    Case(
        "golden cases have names of their own",
        {GOLDEN: [golden(), golden(name="two")]},
        {GOLDEN: [golden(), golden()]},
        "spec.goldenCases: give each case another name",
    ),
    Case(
        "a golden case has a name",
        {GOLDEN: [golden(name="a" * 63)]},
        {GOLDEN: [golden(name="")]},
        "spec.goldenCases.name: name each case with 1 to 63 characters",
    ),
    Case(
        "every input of a golden case has its expectation",
        {GOLDEN: [golden(inputs=[{}, {}, {}], expect=[{"b": {"min": 1}}, {"reason": "schema"}, None])]},
        {GOLDEN: [golden(inputs=[{}, {}])]},
        "spec.goldenCases: write one expectation for each input",
    ),
    Case(
        "a golden case has an input",
        {GOLDEN: [golden(inputs=[{}], expect=[None])]},
        {GOLDEN: [golden(inputs=[], expect=[])]},
        "spec.goldenCases.inputs: write 1 to 50 inputs",
    ),
    Case(
        "a golden case is for a moment that records may have",
        {GOLDEN: [golden(asOf=1704499200.5)]},
        {GOLDEN: [golden(asOf=-1)]},
        "spec.goldenCases.asOf: write asOf in Unix seconds, from 0",
    ),
    Case(
        "a tolerance is a distance",
        {GOLDEN: [golden(tolerance=0)]},
        {GOLDEN: [golden(tolerance=-0.1)]},
        "spec.goldenCases.tolerance: write a tolerance of at least 0",
    ),
    Case(
        "API keys come from a Secret",
        {API: {"keysSecret": {"name": "score.keys-2"}}},
        {API: {"keysSecret": {"name": "Score_Keys"}}},
        "spec.api.keysSecret.name: use a Secret's name",
    ),
    Case(
        "a client may ask now and then",
        {API: KEYS | {"rateLimit": {"perSecond": 1}}},
        {API: KEYS | {"rateLimit": {"perSecond": 0}}},
        "spec.api.rateLimit.perSecond: write a number from 1 to 10000",
    ),
    Case(
        "a client may not ask all the time",
        {API: KEYS | {"rateLimit": {"perSecond": 10000}}},
        {API: KEYS | {"rateLimit": {"perSecond": 10001}}},
        "spec.api.rateLimit.perSecond: write a number from 1 to 10000",
    ),
    Case(
        "a burst is a request at least",
        {API: KEYS | {"rateLimit": {"burst": 1}}},
        {API: KEYS | {"rateLimit": {"burst": 0}}},
        "spec.api.rateLimit.burst: write a number from 1 to 10000",
    ),
    Case(
        "a burst ends",
        {API: KEYS | {"rateLimit": {"burst": 10000}}},
        {API: KEYS | {"rateLimit": {"burst": 10001}}},
        "spec.api.rateLimit.burst: write a number from 1 to 10000",
    ),
    Case(
        "a body has room for a record",
        {API: KEYS | {"maxBodyBytes": 1024}},
        {API: KEYS | {"maxBodyBytes": 1023}},
        "spec.api.maxBodyBytes: write a number from 1024 to 16777216",
    ),
    Case(
        "a body is no flood",
        {API: KEYS | {"maxBodyBytes": 16777216}},
        {API: KEYS | {"maxBodyBytes": 16777217}},
        "spec.api.maxBodyBytes: write a number from 1024 to 16777216",
    ),
    Case(
        "an image has no spaces",
        {"spec.pod.image": "registry.example:5000/team/worker@sha256:0a"},
        {"spec.pod.image": "team/worker 1.0"},
        "spec.pod.image: write an image of at most 512 characters",
    ),
    Case("an image may be left empty", {"spec.pod.image": ""}, {"spec.pod.image": "/worker"}, "spec.pod.image"),
    Case(
        "a weight of liquidity is a share",
        {f"{MEMBER}.weights": {"liquidityProvision": 1, "trading": 0}},
        {f"{MEMBER}.weights": {"liquidityProvision": -0.1}},
        f"{MEMBER}.weights.liquidityProvision: write a number from 0 to 1",
    ),
    Case(
        "a weight of trading is a share",
        {f"{MEMBER}.weights": {"liquidityProvision": 0, "trading": 1}},
        {f"{MEMBER}.weights": {"liquidityProvision": 0, "trading": -0.1}},
        f"{MEMBER}.weights.trading: write a number from 0 to 1",
    ),
    Case(
        "digits are as many as Decimal has",
        {f"{MEMBER}.zscoreDecimals": 0},
        {f"{MEMBER}.zscoreDecimals": 19},
        f"{MEMBER}.zscoreDecimals: write a number from 0 to 18",
    ),
    Case(
        "reasons are few",
        {f"{MEMBER}.topReasons": 12},
        {f"{MEMBER}.topReasons": 13},
        f"{MEMBER}.topReasons: write a number from 0 to 12",
    ),
    Case(
        "a weight of liquidity of a candidate is a share",
        {CANDIDATE: tried(weights={"liquidityProvision": 1, "trading": 0})},
        {CANDIDATE: tried(weights={"liquidityProvision": -0.1})},
        f"{CANDIDATE}.scorer.walletReputation.weights.liquidityProvision: write a number from 0 to 1",
    ),
    Case(
        "a weight of trading of a candidate is a share",
        {CANDIDATE: tried(weights={"liquidityProvision": 0, "trading": 1})},
        {CANDIDATE: tried(weights={"liquidityProvision": 0, "trading": -0.1})},
        f"{CANDIDATE}.scorer.walletReputation.weights.trading: write a number from 0 to 1",
    ),
    Case(
        "digits of a candidate are as many as Decimal has",
        {CANDIDATE: tried(zscoreDecimals=0)},
        {CANDIDATE: tried(zscoreDecimals=19)},
        f"{CANDIDATE}.scorer.walletReputation.zscoreDecimals: write a number from 0 to 18",
    ),
    Case(
        "reasons of a candidate are few",
        {CANDIDATE: tried(topReasons=12)},
        {CANDIDATE: tried(topReasons=13)},
        f"{CANDIDATE}.scorer.walletReputation.topReasons: write a number from 0 to 12",
    ),
    Case(
        "a custom candidate is of the scorer that serves",
        {MEMBER: ABSENT, CUSTOM: PULSE, CANDIDATE: BESIDE | {"scorer": {"custom": PULSE}}},
        {MEMBER: ABSENT, CUSTOM: PULSE, CANDIDATE: BESIDE | {"scorer": {"custom": {"name": "another"}}}},
        f"{CANDIDATE}.scorer: set the same scorer",
    ),
    Case(
        "a label is named as Kubernetes allows",
        {LABELS: {"team": "risk", "example.com/cost-centre": "7"}},
        {LABELS: {"cost centre": "7"}},
        f"{LABELS}: write names of at most 63 characters",
    ),
    Case(
        "a label's name ends",
        {LABELS: {"a" * 63: ""}},
        {LABELS: {"a" * 64: ""}},
        f"{LABELS}: write names of at most 63 characters",
    ),
    Case(
        "a label's value is spelt as Kubernetes allows",
        {LABELS: {"team": "Risk_2.a"}},
        {LABELS: {"team": "risk!"}},
        f"{LABELS}: write values of at most 63 characters",
    ),
    Case(
        "a label is not one that is set already",
        {LABELS: {"scoring.example/pipeline": "a"}},
        {LABELS: {"scoring.dev/pipeline": "another"}},
        f"{LABELS}: use other names",
    ),
    Case(
        "a label is not one that says whose the pods are",
        {LABELS: {"app": "a"}},
        {LABELS: {"app.kubernetes.io/name": "another"}},
        f"{LABELS}: use other names",
    ),
    Case(
        "a label does not tell ReplicaSets apart",
        {LABELS: {"template-hash": "a"}},
        {LABELS: {"pod-template-hash": "a"}},
        f"{LABELS}: use other names",
    ),
    Case(
        "a variable has a name that programs can read",
        {ENV: [{"name": "HTTPS_PROXY", "value": "http://proxy:3128"}, {"name": "_a1", "value": ""}]},
        {ENV: [{"name": "1A", "value": ""}]},
        f"{ENV}.name: use 1 to 128 characters",
    ),
    Case(
        "a variable has a name",
        {ENV: [{"name": "A" * 128, "value": ""}]},
        {ENV: [{"name": "", "value": ""}]},
        f"{ENV}.name: use 1 to 128 characters",
    ),
    Case(
        "a variable is not one that is set already",
        {ENV: [{"name": "SCORER", "value": ""}, {"name": "POD", "value": ""}]},
        {ENV: [{"name": "SCORING_LIVE_DIRECTORY", "value": "/elsewhere"}]},
        f"{ENV}.name: use another name",
    ),
    Case(
        "a variable says not who the pod is",
        {ENV: [{"name": "POD_NAME_2", "value": ""}]},
        {ENV: [{"name": "POD_NAME", "value": "another"}]},
        f"{ENV}.name: use another name",
    ),
    Case(
        "a priority is named as Kubernetes allows",
        {PRIORITY: "high.priority-2"},
        {PRIORITY: "High"},
        f"{PRIORITY}: use a PriorityClass's name",
    ),
    Case(
        "a toleration has a key or bears everything",
        {TOLERATIONS: [{"operator": "Exists"}, {"key": "dedicated", "value": "scoring", "effect": "NoSchedule"}]},
        {TOLERATIONS: [{"value": "scoring"}]},
        f"{TOLERATIONS}: write a key, or operator Exists",
        is_typed=False,
    ),
    Case(
        "a toleration of whatever value has none",
        {TOLERATIONS: [{"key": "dedicated", "operator": "Exists"}]},
        {TOLERATIONS: [{"key": "dedicated", "operator": "Exists", "value": "scoring"}]},
        f"{TOLERATIONS}: write a key, or operator Exists",
        is_typed=False,
    ),
    Case(
        "only who would be evicted stays for a time",
        {TOLERATIONS: [{"key": "a", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 60}]},
        {TOLERATIONS: [{"key": "a", "operator": "Exists", "effect": "NoSchedule", "tolerationSeconds": 60}]},
        f"{TOLERATIONS}: write tolerationSeconds only with effect NoExecute",
        is_typed=False,
    ),
    Case(
        "pods spread over something",
        {SPREADS: [spread()]},
        {SPREADS: [spread(topologyKey="")]},
        f"{SPREADS}.topologyKey: write a label of nodes",
    ),
    Case(
        "pods spread as evenly as they can",
        {SPREADS: [spread(maxSkew=1)]},
        {SPREADS: [spread(maxSkew=0)]},
        f"{SPREADS}.maxSkew: write a number from 1 to 1000",
    ),
    Case(
        "nodes are better by some points",
        {AFFINITY: near(node=1)},
        {AFFINITY: near(node=0)},
        f"{AFFINITY}: write a weight from 1 to 100",
        is_typed=False,
    ),
    Case(
        "company is better by some points",
        {AFFINITY: near(pods=100)},
        {AFFINITY: near(pods=101)},
        f"{AFFINITY}: write a weight from 1 to 100",
        is_typed=False,
    ),
    Case(
        "distance is better by some points",
        {AFFINITY: near(away=100)},
        {AFFINITY: near(away=0)},
        f"{AFFINITY}: write a weight from 1 to 100",
        is_typed=False,
    ),
    # Schema
    Case(
        "a variable is said once",
        {ENV: [{"name": "A", "value": "1"}, {"name": "B", "value": "1"}]},
        {ENV: [{"name": "A", "value": "1"}, {"name": "A", "value": "2"}]},
        f"{ENV}[1]: Duplicate value",
    ),
    Case("a variable has a value", {ENV: []}, {ENV: [{"name": "A"}]}, f"{ENV}[0].value: Required value"),
    Case(
        "a variable is no reference",
        {ENV: [{"name": "A", "value": "$(POD_NAME)"}]},
        {ENV: [{"name": "A", "value": "", "valueFrom": {"secretKeyRef": {"name": "a", "key": "b"}}}]},
        f'unknown field "{ENV}[0].valueFrom"',
    ),
    Case(
        "variables are not endless",
        {ENV: [{"name": f"A{n}", "value": ""} for n in range(32)]},
        {ENV: [{"name": f"A{n}", "value": ""} for n in range(33)]},
        f"{ENV}: ",
    ),
    Case(
        "a value of a variable is not endless",
        {ENV: [{"name": "A", "value": "a" * 4096}]},
        {ENV: [{"name": "A", "value": "a" * 4097}]},
        f"{ENV}[0].value: ",
    ),
    Case(
        "labels are not endless",
        {LABELS: {f"a{n}": "" for n in range(16)}},
        {LABELS: {f"a{n}": "" for n in range(17)}},
        f"{LABELS}: ",
    ),
    Case(
        "tolerations are not endless",
        {TOLERATIONS: [{"operator": "Exists"}] * 16},
        {TOLERATIONS: [{"operator": "Exists"}] * 17},
        f"{TOLERATIONS}: ",
    ),
    Case(
        "constraints of spreading are not endless",
        {SPREADS: [spread(topologyKey=f"a{n}") for n in range(8)]},
        {SPREADS: [spread(topologyKey=f"a{n}") for n in range(9)]},
        f"{SPREADS}: ",
    ),
    Case(
        "pods spread in one way over the same places",
        {SPREADS: [spread(), spread(whenUnsatisfiable="ScheduleAnyway")]},
        {SPREADS: [spread(), spread(maxSkew=2)]},
        f"{SPREADS}[1]: Duplicate value",
    ),
    Case(
        "an affinity is spelt right",
        {AFFINITY: near(node=1)},
        {AFFINITY: {"nodeAfinity": {}}},
        f'unknown field "{AFFINITY}.nodeAfinity"',
        is_typed=False,
    ),
    Case("requests need keys", {API: KEYS}, {API: {}}, "spec.api.keysSecret: Required value"),
    Case(
        "a person may restart or not", {API: KEYS | {"admin": True}}, {API: KEYS | {"admin": "yes"}}, "spec.api.admin: "
    ),
    Case("a pipeline has a spec", {}, {"spec": ABSENT}, "spec: Required value"),
    Case("a pipeline has brokers", {}, {BROKERS: ABSENT}, "spec.kafka.bootstrapServers: Required value"),
    Case("a pipeline has an input topic", {}, {"spec.input.topic": ABSENT}, "spec.input.topic: Required value"),
    Case(
        "a pipeline has a success topic",
        {},
        {"spec.output.successTopic": ABSENT},
        "spec.output.successTopic: Required value",
    ),
    Case(
        "a pipeline has a failure topic",
        {},
        {"spec.output.failureTopic": ABSENT},
        "spec.output.failureTopic: Required value",
    ),
    Case("a pipeline has a scorer", {}, {"spec.scorer": ABSENT}, "spec.scorer: Required value"),
    Case("a custom scorer is named", {MEMBER: ABSENT, CUSTOM: PULSE}, {MEMBER: ABSENT, CUSTOM: {}}, f"{CUSTOM}.name: "),
    Case(
        "a custom scorer is named as an entry point",
        {MEMBER: ABSENT, CUSTOM: {"name": "my-team.pulse_2"}},
        {MEMBER: ABSENT, CUSTOM: {"name": "pulse:Pulse"}},
        f"{CUSTOM}.name: use 1 to 63 characters",
    ),
    Case(
        "a custom scorer knows what it is given",
        {MEMBER: ABSENT, CUSTOM: {**PULSE, "parameters": {"a": [None]}}},
        {MEMBER: ABSENT, CUSTOM: {**PULSE, "half": 1}},
        f'unknown field "{CUSTOM}.half"',
    ),
    Case(
        "there is one scorer", {MEMBER: ABSENT, CUSTOM: PULSE}, {CUSTOM: PULSE}, "spec.scorer: set exactly one scorer"
    ),
    Case("a variant has no default", {}, {MEMBER: {}}, f"{MEMBER}.variant: Required value"),
    Case("a variant is known", {}, {MEMBER: {"variant": "zeru-v9"}}, f"{MEMBER}.variant: "),
    Case(
        "a weight is spelt right",
        {MEMBER: {"variant": "zeru-v1", "weights": {"trading": 0.3}}},
        {MEMBER: {"variant": "zeru-v1", "weights": {"tradign": 0.3}}},
        f'unknown field "{MEMBER}.weights.tradign"',
    ),
    Case(
        "a weight is a number",
        {MEMBER: {"variant": "zeru-v1", "weights": {"trading": 1, "liquidityProvision": 0}}},
        {MEMBER: {"variant": "zeru-v1", "weights": {"trading": "half"}}},
        f"{MEMBER}.weights.trading: ",
    ),
    Case("a scorer is known", {}, {"spec.scorer.walletReputatoin": {}}, 'unknown field "spec.scorer.walletReputatoin"'),
    Case("a field is known", {}, {"spec.replica": 2}, 'unknown field "spec.replica"'),
    Case("replicas are a number", {"spec.replicas": 3}, {"spec.replicas": "three"}, "spec.replicas: "),
    Case("some broker is named", {BROKERS: ["a:1"]}, {BROKERS: []}, "spec.kafka.bootstrapServers: "),
    Case(
        "not every broker need be named",
        {BROKERS: [f"k{n}:9092" for n in range(16)]},
        {BROKERS: [f"k{n}:9092" for n in range(17)]},
        "spec.kafka.bootstrapServers: ",
    ),
    Case(
        "a topic is not endless", {"spec.input.topic": "a" * 249}, {"spec.input.topic": "a" * 250}, "spec.input.topic: "
    ),
    Case(
        "a group starts somewhere",
        {"spec.input.startFrom": "latest"},
        {"spec.input.startFrom": "middle"},
        "startFrom: ",
    ),
    Case(
        "a guarantee is known",
        {"spec.delivery.guarantee": "AtLeastOnce"},
        {"spec.delivery.guarantee": "AtMostOnce"},
        "spec.delivery.guarantee: ",
    ),
    Case(
        "exactly once is a guarantee",
        {"spec.delivery.guarantee": "ExactlyOnce"},
        {"spec.delivery.guarantee": "exactlyOnce"},
        "spec.delivery.guarantee: ",
    ),
    Case(
        "what to do about lost offsets is known",
        {"spec.input.onOffsetsLost": "Latest"},
        {"spec.input.onOffsetsLost": "latest"},
        "spec.input.onOffsetsLost: ",
    ),
    Case(
        "a candidate's mode has no default",
        {CANDIDATE: BESIDE},
        {CANDIDATE: {name: value for name, value in BESIDE.items() if name != "mode"}},
        "spec.candidate.mode: Required value",
    ),
    Case(
        "a candidate's mode is known",
        {CANDIDATE: BESIDE | {"mode": "Canary"}},
        {CANDIDATE: BESIDE | {"mode": "canary"}},
        "spec.candidate.mode: ",
    ),
    Case(
        "a candidate's weight is spelt right",
        {CANDIDATE: BESIDE},
        {CANDIDATE: BESIDE | {"scorer": {"walletReputation": {"variant": "zeru-v1", "wieghts": {}}}}},
        'unknown field "spec.candidate.scorer.walletReputation.wieghts"',
    ),
    Case("a budget has a share", {}, {BUDGET: {"window": "1m"}}, "spec.delivery.failureBudget.percent: Required value"),
    Case("a budget has a window", {}, {BUDGET: {"percent": 5}}, "spec.delivery.failureBudget.window: Required value"),
    Case(
        "a reason that counts is known",
        {BUDGET: {"percent": 5, "window": "1m", "reasons": ["schema", "depth"]}},
        {BUDGET: {"percent": 5, "window": "1m", "reasons": ["schema", "bad_luck"]}},
        "spec.delivery.failureBudget.reasons[1]: ",
    ),
    Case(
        "authorities have a key",
        {TLS: {}},
        {TLS: {"caSecret": {"name": "ca"}}},
        "spec.kafka.tls.caSecret.key: Required value",
    ),
    Case(
        "a mechanism has no default",
        {SASL: SCRAM},
        {SASL: {"scram": {"secret": {"name": "kafka-user"}}}},
        "spec.kafka.sasl.scram.mechanism: Required value",
    ),
    Case(
        "a mechanism is known",
        {SASL: {"scram": {"mechanism": "SCRAM-SHA-256", "secret": {"name": "kafka-user"}}}},
        {SASL: {"scram": {"mechanism": "SCRAM-SHA-1", "secret": {"name": "kafka-user"}}}},
        "spec.kafka.sasl.scram.mechanism: ",
    ),
    Case(
        "a password stands in a Secret and nowhere else",
        {SASL: SCRAM},
        {SASL: {"scram": SCRAM["scram"] | {"password": "secret"}}},
        'unknown field "spec.kafka.sasl.scram.password"',
    ),
    Case(
        "golden cases are few",
        {GOLDEN: [golden(name=f"n{n}") for n in range(20)]},
        {GOLDEN: [golden(name=f"n{n}") for n in range(21)]},
        "spec.goldenCases: ",
    ),
    Case(
        "a golden case is short",
        {GOLDEN: [golden(inputs=[{}] * 50, expect=[{}] * 50)]},
        {GOLDEN: [golden(inputs=[{}] * 51, expect=[{}] * 51)]},
        "spec.goldenCases[0].",
    ),
    Case(
        "a golden case has a moment",
        {GOLDEN: []},
        {GOLDEN: [{"name": "one", "inputs": [{}], "expect": [{}]}]},
        "spec.goldenCases[0].asOf: Required value",
    ),
    Case(
        "an input is an object",
        {GOLDEN: [golden(inputs=[{"deep": [{"of": None}]}])]},
        {GOLDEN: [golden(inputs=["text"])]},
        "spec.goldenCases[0].inputs[0]: ",
    ),
    Case(
        "a golden case is spelt right",
        {GOLDEN: [golden(tolerance=1e-6)]},
        {GOLDEN: [golden(tolerence=1e-6)]},
        'unknown field "spec.goldenCases[0].tolerence"',
    ),
    Case(
        "ports of brokers are few",
        {EGRESS: {"ports": list(range(1, 17))}},
        {EGRESS: {"ports": list(range(1, 18))}},
        "spec.kafka.egress.ports: ",
    ),
    Case(
        "a selector is short",
        {EGRESS: {"podSelector": {"matchLabels": {f"l{n}": "v" * 63 for n in range(8)}}}},
        {EGRESS: {"podSelector": {"matchLabels": {f"l{n}": "v" for n in range(9)}}}},
        "spec.kafka.egress.podSelector.matchLabels: ",
    ),
    Case(
        "a selector is spelt right",
        {EGRESS: {"podSelector": {}}},
        {EGRESS: {"podSelector": {"app": "kafka"}}},
        'unknown field "spec.kafka.egress.podSelector.app"',
    ),
    Case(
        "clients are few",
        {API: KEYS | {"from": [{"podSelector": {}}] * 16}},
        {API: KEYS | {"from": [{"podSelector": {}}] * 17}},
        "spec.api.from: ",
    ),
    Case("a pipeline is suspended or not", {"spec.suspend": True}, {"spec.suspend": "yes"}, "spec.suspend: "),
    Case(
        "an autoscaling mode is known",
        {"spec.autoscaling.mode": "Auto"},
        {"spec.autoscaling.mode": "Off"},
        "spec.autoscaling.mode: ",
    ),
)


def scoring(member: str, parameters: Any) -> Changes:
    """Return the changes to a pipeline with another scorer."""
    return {MEMBER: ABSENT, f"spec.scorer.{member}": parameters}


def trying(member: str, parameters: Any, mode: str = "Shadow") -> Changes:
    """Return the same with a candidate of that scorer beside it."""
    candidate = BESIDE | {"mode": mode, "scorer": {member: parameters}}
    return scoring(member, required(SCORERS[member])) | {CANDIDATE: candidate}


def of_bounds() -> Iterator[Case]:
    """Yield the bounds of every scorer's parameters, and the same of a candidate's."""
    for bound in bounds():
        for changed, path in ((scoring, "spec.scorer"), (trying, f"{CANDIDATE}.scorer")):
            yield Case(
                f"{path}.{bound.member}.{bound.path} is bounded",
                changed(bound.member, bound.accepted),
                changed(bound.member, bound.refused),
                f"{path}.{bound.member}.{bound.path}: write a number",
            )


def of_states() -> Iterator[Case]:
    """Yield what scorers that keep a state cannot do."""
    for member in (member for member, scorer in SCORERS.items() if scorer.stateful):
        parameters = required(SCORERS[member])
        yield Case(
            f"windows of {member} are not tried by shares",
            trying(member, parameters),
            trying(member, parameters, "Canary"),
            f"{CANDIDATE}.mode: spec.scorer.{member} keeps windows",
        )
        yield Case(
            f"windows of {member} are no part of a transaction",
            scoring(member, parameters) | {"spec.delivery.guarantee": "AtLeastOnce"},
            scoring(member, parameters) | {"spec.delivery.guarantee": "ExactlyOnce"},
            f"spec.delivery.guarantee: spec.scorer.{member} keeps a state",
        )


def between(member: str, rule: str, accepted: Changes, refused: Changes, says: str) -> tuple[Case, Case]:
    """Return a rule between parameters, and the same of a candidate's."""
    return (
        Case(rule, scoring(member, accepted), scoring(member, refused), f"spec.scorer.{member}{says}"),
        Case(
            f"{rule}, of a candidate too",
            trying(member, accepted),
            trying(member, refused),
            f"{CANDIDATE}.scorer.{member}{says}",
        ),
    )


MODEL = {"uri": "https://models.example/a.onnx", "sha256": "0" * 64}


def of_models() -> Iterator[Case]:
    """Yield how a model file is named, for every scorer that takes one."""
    for member in (member for member, scorer in SCORERS.items() if hasattr(scorer, "with_model")):
        good = {"variant": "ml", "model": MODEL}
        yield from between(
            member, f"{member} has the model of its variant", good, {"variant": "ml"}, ": set model for the variant ml"
        )
        for uri in ("http://models.example/a", "/etc/passwd", "/models/../etc/passwd"):
            bad = {"variant": "ml", "model": MODEL | {"uri": uri}}
            yield from between(member, f"{uri} is no place of a model of {member}", good, bad, ".model: write a uri")
        bad = {"variant": "ml", "model": MODEL | {"sha256": "A" * 64}}
        yield from between(member, f"a digest of {member} is hexadecimal", good, bad, ".model: write a sha256")


BETWEEN = (
    *between(
        "volatility",
        "all windows of a partition fit into memory",
        {"windowSize": 100, "maxSymbols": 10_000},
        {"windowSize": 101, "maxSymbols": 10_000},
        ": set maxSymbols × windowSize to at most 1000000",
    ),
    *between(
        "volatility",
        "quantiles stand in order",
        {"reference": {"median": 0.1, "p90": 0.2}},
        {"reference": {"median": 0.2, "p90": 0.2}},
        ".reference: set median below p90",
    ),
    *between(
        "volatility",
        "a sample is numbers",
        {"drift": SAMPLES},
        {"drift": SAMPLES | {"retStd": "1e-5,2e-5"}},
        ".drift: set numbers with one space between them",
    ),
)
"""Rules between parameters: what is wrong there, the types do not say."""

CASES = (
    *WRITTEN,
    *BETWEEN,
    *(of_candidate(case) for case in WRITTEN if GOLDEN in case.rejects),
    *of_bounds(),
    *of_states(),
    *of_models(),
)
