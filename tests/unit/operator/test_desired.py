"""Children as the API server will get them: restricted, mounted as directories, and blind to the scorer's weights."""

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from kubernetes_validate import validate  # type: ignore[import-untyped]  # it has no annotations

from contract.admission_cases import near
from harness.pipelines import a_block, a_manifest, a_pipeline
from scoring_operator.config import WorkerDefaults
from scoring_operator.desired.children import Decisions, children, reference, superfluous
from scoring_operator.desired.configmaps import startup
from scoring_operator.desired.deployment import pods_wanted
from scoring_operator.facts import Manifest
from scoring_service.contract.pipeline import InvalidPipeline, Pipeline, parse_pipeline
from scoring_service.contract.pod import Pod
from scoring_service.contract.scorer_file import ScorerFile
from scoring_service.contract.startup import Startup, StartupApi, StartupFailureBudget, StartupSecretKey, StartupTls

WORKERS = WorkerDefaults(image="scoring/service:1", pull_policy="Never", cluster_id="east")
FILE = ScorerFile(proposed=a_block())


def built(pipeline: Pipeline | None = None, **decisions: Any) -> dict[str, Manifest]:
    """Return the children by kind; the ConfigMaps as `startup` and `live`."""
    chosen = Decisions(**{"file": FILE, "replicas": 1, "image": WORKERS.image, **decisions})
    found = {}
    for child in children(pipeline or a_pipeline(), WORKERS, chosen):
        name = child["metadata"]["name"]
        kind = "live" if name.endswith("-live") else "startup" if "-startup-" in name else child["kind"]
        found[kind] = child
    return found


def template(pipeline: Pipeline | None = None) -> Manifest:
    found: Manifest = built(pipeline)["Deployment"]["spec"]["template"]
    return found


@pytest.mark.parametrize(
    "kind", ["ServiceAccount", "startup", "live", "Service", "NetworkPolicy", "Deployment", "PodDisruptionBudget"]
)
def test_every_child_is_valid_and_goes_with_its_pipeline(kind: str) -> None:
    child = built()[kind]

    validate(child, "1.35", strict=True)
    assert child["metadata"]["ownerReferences"] == [
        {
            "apiVersion": "scoring.dev/v1alpha1",
            "kind": "ScoringPipeline",
            "name": "wallets",
            "uid": "uid-of-pipeline",
            "controller": True,
            "blockOwnerDeletion": False,
        }
    ]


def test_what_pods_mount_and_what_limits_them_comes_before_their_deployment() -> None:
    kinds = [child["kind"] for child in children(a_pipeline(), WORKERS, Decisions(FILE, 1, "i"))]

    before = kinds[: kinds.index("Deployment")]
    assert before.count("ConfigMap") == 2
    assert {"NetworkPolicy", "ServiceAccount"} <= set(before)


@given(
    weight=st.floats(0, 1),
    other=st.floats(0, 1),
)
def test_no_weight_ever_reaches_the_pod_template(weight: float, other: float) -> None:
    parameters = {"variant": "zeru-v1", "weights": {"liquidityProvision": weight, "trading": other}}

    changed = parse_pipeline(
        {**a_manifest(scorer={"walletReputation": parameters}), "metadata": {"name": "wallets", "namespace": "shop"}}
    )

    assert template(changed) == template()


SCRAM = {"mechanism": "SCRAM-SHA-512", "secret": {"name": "kafka-user"}}

STARTUP_CHANGES: dict[str, dict[str, Any]] = {
    "brokers": {"kafka": {"bootstrapServers": ["other:9092"]}},
    "input topic": {"input": {"topic": "other"}},
    "group": {"input": {"topic": "in", "group": "other"}},
    "start": {"input": {"topic": "in", "startFrom": "latest"}},
    "success topic": {"output": {"successTopic": "other", "failureTopic": "failed"}},
    "failure topic": {"output": {"successTopic": "ok", "failureTopic": "other"}},
    "latency": {"delivery": {"maxLatency": "20ms"}},
    "session": {"delivery": {"sessionTimeout": "30s"}},
    "guarantee": {"delivery": {"guarantee": "ExactlyOnce"}},
    "transactions": {"delivery": {"transactionInterval": "1s"}},
    "budget": {"delivery": {"failureBudget": {"percent": 5, "window": "1m"}}},
    "lost offsets": {"input": {"topic": "in", "onOffsetsLost": "Latest"}},
    "dead letters": {"output": {"successTopic": "ok", "failureTopic": "failed", "deadLetterTopic": "dead"}},
    "encryption": {"kafka": {"bootstrapServers": ["kafka:9092"], "tls": {}}},
    "requests": {"api": {"keysSecret": {"name": "score-keys"}}},
    "password": {"kafka": {"bootstrapServers": ["kafka:9092"], "sasl": {"scram": SCRAM}}},
}


@pytest.mark.parametrize("change", STARTUP_CHANGES)
def test_every_startup_field_makes_another_file_and_rolls_the_pods(change: str) -> None:
    pipeline = a_pipeline(**STARTUP_CHANGES[change])

    assert template(pipeline) != template()
    startup = built(pipeline)["startup"]
    assert startup["metadata"]["name"] != built()["startup"]["metadata"]["name"]
    (volume,) = [v for v in template(pipeline)["spec"]["volumes"] if v["name"] == "startup"]
    assert volume["configMap"]["name"] == startup["metadata"]["name"]


def test_replicas_suspension_and_autoscaling_do_not_roll_the_pods() -> None:
    scaled = a_pipeline(replicas=7, suspend=True, autoscaling={"mode": "PerPartition", "partitionsPerReplica": 2})

    assert template(scaled) == template()


def test_the_startup_file_is_immutable_and_says_what_the_spec_says() -> None:
    startup = built(a_pipeline(delivery={"maxLatency": "20ms", "sessionTimeout": "1m"}))["startup"]

    file = Startup.decode(startup["data"]["startup.json"].encode())
    assert startup["immutable"] is True
    assert file.input.group == "east.shop.wallets"
    assert (file.delivery.max_latency_ms, file.delivery.session_timeout_ms) == (20, 60_000)
    assert (file.bootstrap_servers, file.input.topic) == (("kafka:9092",), "in")


def test_the_startup_file_says_how_to_deliver() -> None:
    budget = {"percent": 5, "window": "1h", "reasons": ["schema"]}
    delivery = {"guarantee": "ExactlyOnce", "transactionInterval": "1s", "failureBudget": budget}
    output = {"successTopic": "ok", "failureTopic": "failed", "deadLetterTopic": "dead"}
    startup = built(a_pipeline(delivery=delivery, output=output, input={"topic": "in", "onOffsetsLost": "Latest"}))

    file = Startup.decode(startup["startup"]["data"]["startup.json"].encode())
    assert (file.delivery.guarantee, file.delivery.transaction_interval_ms) == ("ExactlyOnce", 1000)
    assert file.delivery.failure_budget == StartupFailureBudget(percent=5, window_ms=3_600_000, reasons=("schema",))
    assert (file.output.dead_letter_topic, file.input.on_offsets_lost) == ("dead", "Latest")
    assert (file.tls, file.sasl) == (None, None)


@pytest.mark.parametrize(
    ("sasl", "mechanism"),
    [({"scram": SCRAM}, "SCRAM-SHA-512"), ({"plain": {"secret": {"name": "kafka-user"}}}, "PLAIN")],
)
def test_the_startup_file_names_the_files_of_secrets_and_no_secret(sasl: dict[str, Any], mechanism: str) -> None:
    tls = {"caSecret": {"name": "kafka-ca", "key": "ca.crt"}, "clientSecret": {"name": "client"}}
    startup = built(a_pipeline(kafka={"bootstrapServers": ["kafka:9093"], "tls": tls, "sasl": sasl}))["startup"]

    file = Startup.decode(startup["data"]["startup.json"].encode())
    assert file.tls == StartupTls(
        ca=StartupSecretKey(name="kafka-ca", key="ca.crt"),
        certificate=StartupSecretKey(name="client", key="tls.crt"),
        private_key=StartupSecretKey(name="client", key="tls.key"),
    )
    assert file.sasl is not None
    assert file.sasl.mechanism == mechanism
    assert file.sasl.username == StartupSecretKey(name="kafka-user", key="username")
    assert file.sasl.password == StartupSecretKey(name="kafka-user", key="password")


def test_empty_tls_encrypts_and_trusts_the_images_authorities() -> None:
    startup = built(a_pipeline(kafka={"bootstrapServers": ["kafka:9093"], "tls": {}}))["startup"]

    assert Startup.decode(startup["data"]["startup.json"].encode()).tls == StartupTls()


def test_the_live_file_carries_both_slots() -> None:
    live = built(file=ScorerFile(serving=a_block(), proposed=a_block(0.3)))["live"]

    said = json.loads(live["data"]["scorer.json"])
    assert said["serving"]["parameters"]["weights"]["trading"] == 0.4
    assert said["proposed"]["parameters"]["weights"]["trading"] == 0.3
    assert "immutable" not in live


def test_the_pod_is_restricted_and_has_no_token() -> None:
    pod = template()["spec"]
    (container,) = pod["containers"]

    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["runAsUser"] == 65532
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "capabilities": {"drop": ["ALL"]},
        "readOnlyRootFilesystem": True,
    }
    assert pod["automountServiceAccountToken"] is False
    assert pod["enableServiceLinks"] is False
    assert pod["terminationGracePeriodSeconds"] == 60
    assert built()["ServiceAccount"]["automountServiceAccountToken"] is False


def test_files_are_mounted_as_directories_so_that_the_kubelet_can_swap_them() -> None:
    (container,) = template()["spec"]["containers"]

    assert {mount["mountPath"] for mount in container["volumeMounts"]} == {"/etc/scoring/startup", "/etc/scoring/live"}
    assert all("subPath" not in mount for mount in container["volumeMounts"])


SECURE: dict[str, Any] = {
    "bootstrapServers": ["kafka:9093"],
    "tls": {"caSecret": {"name": "kafka.ca", "key": "ca.crt"}, "clientSecret": {"name": "client"}},
    "sasl": {"scram": {"mechanism": "SCRAM-SHA-512", "secret": {"name": "client"}}},
}


def test_every_named_secret_is_mounted_once_with_no_more_than_the_named_keys() -> None:
    pod = template(a_pipeline(kafka=SECURE))["spec"]
    (container,) = pod["containers"]

    secrets = {v["name"]: v["secret"] for v in pod["volumes"] if "secret" in v}
    places = {m["mountPath"]: secrets[m["name"]] for m in container["volumeMounts"] if m["name"] in secrets}
    shown = {path: [(item["key"], item["path"]) for item in secret["items"]] for path, secret in places.items()}
    assert shown == {
        "/etc/scoring/secrets/client": [(key, key) for key in ("password", "tls.crt", "tls.key", "username")],
        "/etc/scoring/secrets/kafka.ca": [("ca.crt", "ca.crt")],
    }
    assert {path: secret["secretName"] for path, secret in places.items()} == {
        "/etc/scoring/secrets/client": "client",
        "/etc/scoring/secrets/kafka.ca": "kafka.ca",
    }
    assert len(secrets) == len(places)


def test_a_secret_is_read_only_may_be_absent_and_is_swapped_in_place() -> None:
    deployment = built(a_pipeline(kafka=SECURE))["Deployment"]
    pod = deployment["spec"]["template"]["spec"]
    (container,) = pod["containers"]

    validate(deployment, "1.35", strict=True)
    for volume in (v for v in pod["volumes"] if "secret" in v):
        assert (volume["secret"]["optional"], volume["secret"]["defaultMode"]) == (True, 0o440)
    for mount in container["volumeMounts"]:
        assert mount["readOnly"] is True
        assert "subPath" not in mount
    assert not any("secretKeyRef" in entry.get("valueFrom", {}) for entry in container["env"])
    assert "envFrom" not in container


def test_a_pipeline_without_credentials_mounts_no_secret() -> None:
    assert not any("secret" in volume for volume in template()["spec"]["volumes"])


def test_the_environment_says_who_the_pod_is_and_where_its_files_are() -> None:
    (container,) = template()["spec"]["containers"]
    environment = {entry["name"]: entry for entry in container["env"]}

    assert environment["POD_NAME"]["valueFrom"] == {"fieldRef": {"fieldPath": "metadata.name"}}
    assert environment["SCORING_STARTUP_DIRECTORY"]["value"] == "/etc/scoring/startup"
    assert environment["SCORING_LIVE_DIRECTORY"]["value"] == "/etc/scoring/live"
    assert environment["SCORING_SECRETS_DIRECTORY"]["value"] == "/etc/scoring/secrets"
    assert container["image"] == "scoring/service:1"
    assert container["imagePullPolicy"] == "Never"


def test_probes_ask_the_ops_port() -> None:
    (container,) = template()["spec"]["containers"]

    assert container["ports"] == [{"name": "ops", "containerPort": 9090, "protocol": "TCP"}]
    assert container["livenessProbe"]["httpGet"] == {"path": "/livez", "port": "ops"}
    assert container["readinessProbe"]["httpGet"] == {"path": "/readyz", "port": "ops"}


def test_resources_of_the_spec_replace_the_defaults() -> None:
    (default,) = template()["spec"]["containers"]
    (given_,) = template(a_pipeline(pod={"resources": {"limits": {"cpu": "2"}}}))["spec"]["containers"]

    assert "cpu" not in default["resources"]["limits"]
    assert given_["resources"] == {"limits": {"cpu": "2"}}


SCHEDULED: dict[str, Any] = {
    "priorityClassName": "high",
    "tolerations": [{"key": "dedicated", "operator": "Exists", "effect": "NoSchedule"}],
    "affinity": near(),
}


def test_where_pods_run_is_what_the_spec_says() -> None:
    deployment = built(a_pipeline(pod=SCHEDULED))["Deployment"]

    validate(deployment, "1.35", strict=True)
    assert SCHEDULED.items() <= deployment["spec"]["template"]["spec"].items()


def test_pods_spread_among_those_of_their_pipeline_and_template() -> None:
    asked = {"topologyKey": "zone", "maxSkew": 2, "whenUnsatisfiable": "ScheduleAnyway"}
    deployment = built(a_pipeline(pod={"topologySpreadConstraints": [asked]}))["Deployment"]
    template = deployment["spec"]["template"]

    validate(deployment, "1.35", strict=True)
    (said,) = template["spec"]["topologySpreadConstraints"]
    assert asked.items() <= said.items()
    assert said["labelSelector"]["matchLabels"].items() <= template["metadata"]["labels"].items()
    assert said["matchLabelKeys"] == ["pod-template-hash"]


def test_a_spec_that_says_nothing_of_scheduling_gets_no_member_of_it() -> None:
    """An operator that learns a field must not roll the pods of those who do not use it."""
    silent, empty = template(), template(a_pipeline(pod={"tolerations": [], "affinity": {}, "labels": {}, "env": []}))

    assert silent == empty
    assert not silent["spec"].keys() & {*SCHEDULED, "topologySpreadConstraints"}


def test_labels_and_variables_of_a_person_stand_beside_the_operators_own() -> None:
    own, given_ = template(), template(a_pipeline(pod={"labels": {"team": "a"}, "env": [{"name": "B", "value": "$C"}]}))
    (before,), (after,) = own["spec"]["containers"], given_["spec"]["containers"]

    assert given_["metadata"]["labels"] == {"team": "a", **own["metadata"]["labels"]}
    assert after["env"] == [*before["env"], {"name": "B", "value": "$C"}]


POD_CHANGES: dict[str, Any] = {
    "resources": {"limits": {"cpu": "2"}},
    "labels": {"team": "a"},
    "env": [{"name": "A", "value": ""}],
    "priorityClassName": "high",
    "tolerations": [{"operator": "Exists"}],
    "topologySpreadConstraints": [{"topologyKey": "zone", "maxSkew": 1, "whenUnsatisfiable": "DoNotSchedule"}],
    "affinity": near(),
}


@pytest.mark.parametrize("member", POD_CHANGES)
def test_every_field_of_the_pod_rolls_the_pods_and_leaves_the_selector_alone(member: str) -> None:
    changed = built(a_pipeline(pod={member: POD_CHANGES[member]}))["Deployment"]["spec"]

    assert changed["template"] != template()
    assert changed["selector"] == built()["Deployment"]["spec"]["selector"]


def test_every_field_of_the_pod_is_tried_here() -> None:
    fields = {field.encode_name for field in msgspec.structs.fields(Pod)}

    assert fields == {*POD_CHANGES, "image"}


def test_a_rollout_never_takes_a_ready_pod_first() -> None:
    spec = built()["Deployment"]["spec"]

    assert spec["strategy"]["rollingUpdate"] == {"maxSurge": 1, "maxUnavailable": 0}
    assert (spec["minReadySeconds"], spec["progressDeadlineSeconds"], spec["revisionHistoryLimit"]) == (5, 300, 2)


def test_pods_that_must_not_meet_are_all_ended_first() -> None:
    deployment = built(replaces=True)["Deployment"]

    validate(deployment, "1.35", strict=True)
    assert deployment["spec"]["strategy"] == {"type": "Recreate"}


def test_the_selectors_of_all_children_find_the_pods() -> None:
    found = built()
    labels = template()["metadata"]["labels"]

    for selector in (
        found["Deployment"]["spec"]["selector"]["matchLabels"],
        found["PodDisruptionBudget"]["spec"]["selector"]["matchLabels"],
        found["Service"]["spec"]["selector"],
    ):
        assert selector.items() <= labels.items()


@pytest.mark.parametrize(("replicas", "partitions", "pods"), [(3, None, 3), (3, 6, 3), (9, 6, 6), (0, 6, 0), (1, 1, 1)])
def test_pods_are_as_many_as_asked_but_never_more_than_known_partitions(
    replicas: int, partitions: int | None, pods: int
) -> None:
    assert pods_wanted(replicas, partitions) == pods


@given(name=st.from_regex(r"[a-z]([-a-z0-9]{0,40}[a-z0-9])?", fullmatch=True))
def test_the_longest_pipeline_name_leaves_room_for_its_childrens(name: str) -> None:
    pipeline = parse_pipeline({**a_manifest(), "metadata": {"name": name, "namespace": "shop"}})

    names = [child["metadata"]["name"] for child in children(pipeline, WORKERS, Decisions(FILE, 1, "i"))]

    assert all(len(child) <= 63 for child in names)


@pytest.mark.parametrize("name", ["", "a.b", "x" * 43])
def test_a_name_that_leaves_no_room_is_refused(name: str) -> None:
    with pytest.raises(InvalidPipeline, match=r"metadata\.name"):
        parse_pipeline({**a_manifest(), "metadata": {"name": name, "namespace": "shop"}})


def test_what_is_not_desired_goes_unless_a_pod_still_reads_it() -> None:
    desired = children(a_pipeline(), WORKERS, Decisions(FILE, 1, "i"))
    old = built(a_pipeline(topic="old"))["startup"]
    older = built(a_pipeline(topic="older"))["startup"]

    gone = superfluous(desired, [*desired, old, older], {old["metadata"]["name"]})

    assert [reference(child) for child in gone] == [reference(older)]


API: dict[str, Any] = {
    "keysSecret": {"name": "score-keys"},
    "rateLimit": {"perSecond": 5, "burst": 7},
    "maxBodyBytes": 2048,
    "admin": True,
}


def test_without_an_api_there_is_no_port_for_it() -> None:
    (container,) = template()["spec"]["containers"]

    assert [port["name"] for port in container["ports"]] == ["ops"]
    assert [port["name"] for port in built()["Service"]["spec"]["ports"]] == ["ops"]
    assert Startup.decode(built()["startup"]["data"]["startup.json"].encode()).api is None


def test_an_api_has_a_port_of_pods_and_service_and_says_what_the_spec_says() -> None:
    found = built(a_pipeline(api=API))
    (container,) = found["Deployment"]["spec"]["template"]["spec"]["containers"]

    validate(found["Service"], "1.35", strict=True)
    validate(found["Deployment"], "1.35", strict=True)
    assert container["ports"][1] == {"name": "api", "containerPort": 8080, "protocol": "TCP"}
    assert found["Service"]["spec"]["ports"][1] == {"name": "api", "port": 8080, "targetPort": "api", "protocol": "TCP"}
    assert Startup.decode(found["startup"]["data"]["startup.json"].encode()).api == StartupApi(
        keys_secret="score-keys",  # noqa: S106 - the name of a Secret
        requests_per_second=5,
        burst=7,
        max_body_bytes=2048,
        admin=True,
    )


@pytest.mark.parametrize("name", ["score-keys", "client"])
def test_the_secret_of_keys_is_mounted_whole_be_it_named_for_the_brokers_as_well(name: str) -> None:
    pod = template(a_pipeline(kafka=SECURE, api={"keysSecret": {"name": name}}))["spec"]
    (container,) = pod["containers"]

    (volume,) = [v for v in pod["volumes"] if v.get("secret", {}).get("secretName") == name]
    (mount,) = [m for m in container["volumeMounts"] if m["name"] == volume["name"]]
    assert volume["secret"] == {"secretName": name, "optional": True, "defaultMode": 0o440}
    assert (mount["mountPath"], mount["readOnly"]) == (f"/etc/scoring/secrets/{name}", True)
    assert "subPath" not in mount


def test_on_this_machine_the_listeners_keep_to_it_and_take_free_ports() -> None:
    workers = WorkerDefaults(image="local", ops_host="127.0.0.1", ops_port=0, api_port=0)

    file = startup(a_pipeline(api=API), workers)

    assert file.api is not None
    assert (file.ops_host, file.ops_port, file.api.host, file.api.port) == ("127.0.0.1", 0, "127.0.0.1", 0)
