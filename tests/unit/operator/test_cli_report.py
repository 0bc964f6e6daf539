"""`kubectl-scoring report`: what helps is in it, and nothing that somebody has to keep."""

import io
import json
import tarfile
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
import yaml

from harness.pipelines import KEY, a_case, a_manifest, a_report, written
from scoring_operator.cli.archive import files, packed
from scoring_operator.cli.redaction import MASK, redacted, scrubbed, sensitive
from scoring_operator.facts import Manifest, Sighting
from unit.operator.test_reconcile import World

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
CANARY = "c4n4ry-7f3a"
"""Stands wherever somebody may keep something."""

SENSITIVE: dict[str, Any] = {
    "pod": {"env": [{"name": "HTTPS_PROXY", "value": f"http://user:{CANARY}@proxy:3128"}]},
    "goldenCases": [written(a_case(inputs=({"wallet": CANARY},), expect=({"score": CANARY},)))],
}
LOG = "\n".join(
    [
        "2026-03-01T12:00:00Z listening on 9090",
        f"2026-03-01T12:00:01Z GET /score Authorization: Bearer {CANARY}",
        f'2026-03-01T12:00:02Z {{"event": "login", "password": "{CANARY}"}}',
        f"2026-03-01T12:00:03Z sasl.jaas.config=… username=\"u\" password='{CANARY}';",
        f"2026-03-01T12:00:04Z key web: sha256${CANARY}$0123456789abcdef",
        f"2026-03-01T12:00:05Z -----BEGIN PRIVATE KEY-----\n{CANARY}\n-----END PRIVATE KEY-----",
        f"2026-03-01T12:00:06Z fetching https://user:{CANARY}@models.example/m.onnx",
        f"2026-03-01T12:00:07Z X-API-Key: {CANARY}",
        f"2026-03-01T12:00:08Z api_key={CANARY} token: {CANARY}",
        f"2026-03-01T12:00:09Z through http://user:{CANARY}@proxy:3128 as the variable says",
        "2026-03-01T12:00:10Z lane 3 delivered 500 records",
    ]
)


@pytest.fixture
async def sighting() -> Sighting:
    """A settled pipeline in which everything that may be kept secret is the canary."""
    world = World()
    world.change(json.loads(json.dumps(a_manifest(**SENSITIVE))))  # lists, as an API server has them
    await world.settle()
    observed = world.cluster.observe(KEY)
    assert observed.pipeline is not None
    observed.pipeline["metadata"]["annotations"] = {
        "kubectl.kubernetes.io/last-applied-configuration": json.dumps({"spec": SENSITIVE}),
        "team.example/pager-token": CANARY,
        "scoring.dev/resume": "2026-03-01T11:00:00Z",
    }
    observed.pipeline["metadata"]["managedFields"] = [{"manager": "kubectl", "fieldsV1": {"f:spec": CANARY}}]
    template = next(child for child in observed.children if child["kind"] == "Deployment")["spec"]["template"]
    pod = {"kind": "Pod", "metadata": {"name": "wallets-0"}, "spec": template["spec"], "status": {"phase": "Running"}}
    event = {
        "metadata": {"name": "e"},
        "involvedObject": {"kind": "Pod", "name": "wallets-0"},
        "message": f"cannot log in with password={CANARY}",
    }
    return Sighting(observed=observed, reports=(a_report(0),), pods=(pod,), events=(event,))


def told(sighting: Sighting) -> dict[str, str]:
    return files(sighting, {"wallets-0.log": LOG}, NOW)


async def test_no_canary_leaves_the_cluster(sighting: Sighting) -> None:
    archive = packed(told(sighting), "wallets-report", NOW)

    with tarfile.open(fileobj=io.BytesIO(archive)) as opened:
        contents = {entry.name: opened.extractfile(entry).read().decode() for entry in opened}  # type: ignore[union-attr]
    assert [name for name, content in contents.items() if CANARY in content] == []
    assert any(MASK in content for content in contents.values())


async def test_the_canary_is_everywhere_before_it_is_redacted(sighting: Sighting) -> None:
    """So the test above can fail."""
    kinds = {child["kind"] for child in sighting.observed.children if CANARY in json.dumps(child)}

    assert kinds == {"ConfigMap", "Deployment"}
    assert all(CANARY in json.dumps(one) for one in (sighting.pipeline, *sighting.pods, *sighting.events))
    assert LOG.count(CANARY) == 10


async def test_what_helps_is_in_it(sighting: Sighting) -> None:
    found = told(sighting)

    assert {
        *("README.txt", "about.json", "events.yaml", "explanation.json", "pipeline.yaml"),
        *("children/deployment-wallets.yaml", "children/configmap-wallets-live.yaml"),
        *("pods/pod-wallets-0.yaml", "pods/wallets-0.log", "pods/wallets-0-status.json"),
    } <= found.keys()
    pipeline = yaml.safe_load(found["pipeline.yaml"])
    assert pipeline["status"]["conditions"]
    assert pipeline["spec"]["kafka"] == {"bootstrapServers": ["kafka:9092"]}
    assert pipeline["metadata"]["annotations"]["scoring.dev/resume"] == "2026-03-01T11:00:00Z"
    assert "managedFields" not in pipeline["metadata"]
    assert "lane 3 delivered 500 records" in found["pods/wallets-0.log"]
    assert json.loads(found["about.json"])["madeAt"] == "2026-03-01T12:00:00+00:00"


async def test_every_file_still_is_what_its_name_says(sighting: Sighting) -> None:
    for name, content in told(sighting).items():
        if name.endswith(".yaml"):
            yaml.safe_load(content)
        if name.endswith(".json"):
            json.loads(content)


async def test_what_could_not_be_read_is_said_in_it(sighting: Sighting) -> None:
    found = told(replace(sighting, unread={"log of wallets-0": "pods/log is forbidden"}))

    assert json.loads(found["about.json"])["notRead"] == {"log of wallets-0": "pods/log is forbidden"}


async def test_the_same_report_is_the_same_archive(sighting: Sighting) -> None:
    first, second = (packed(told(sighting), "folder", NOW) for _ in range(2))

    with tarfile.open(fileobj=io.BytesIO(first)) as opened:
        assert {entry.name.partition("/")[0] for entry in opened} == {"folder"}
    assert first[10:] == second[10:], "but for the moment in gzip's own head"


def test_names_of_secrets_are_kept_because_they_explain() -> None:
    kafka = {"bootstrapServers": ["k:1"], "sasl": {"scram": {"mechanism": "SCRAM-SHA-512", "secret": {"name": "user"}}}}
    condition = {"type": "Ready", "message": "Secret user has no key password"}
    pipeline = {**a_manifest(kafka=kafka), "status": {"conditions": [condition]}}

    assert redacted(pipeline) == pipeline


def test_parameters_of_another_packages_scorer_that_sound_secret_are_masked() -> None:
    parameters = {"apiKey": CANARY, "nested": [{"db_password": CANARY, "half": 3}], "threshold": "high"}
    pipeline = a_manifest(scorer={"custom": {"name": "pulse", "parameters": parameters}})

    kept = redacted(pipeline)["spec"]["scorer"]["custom"]
    assert kept == {
        "name": "pulse",
        "parameters": {"apiKey": MASK, "nested": [{"db_password": MASK, "half": 3}], "threshold": "high"},
    }
    assert list(sensitive(pipeline)) == [CANARY, CANARY]


def test_the_operators_own_variables_are_kept() -> None:
    env = [
        {"name": "SCORING_LIVE_DIRECTORY", "value": "/etc/scoring/live"},
        {"name": "MINE", "value": "/etc/scoring/live"},
    ]
    pod: Manifest = {"kind": "Pod", "metadata": {}, "spec": {"containers": [{"env": env}]}}

    (container,) = redacted(pod)["spec"]["containers"]
    assert [variable["value"] for variable in container["env"]] == ["/etc/scoring/live", MASK]


def test_a_mounted_file_that_is_not_ours_is_masked_as_a_whole() -> None:
    found = redacted({"kind": "ConfigMap", "metadata": {}, "data": {"notes": f"token {CANARY}"}})

    assert found["data"] == {"notes": MASK}


@pytest.mark.parametrize(
    "text",
    [
        "spec:\n  kafka:\n    sasl:\n      scram:\n        secret:\n          name: user\n",
        '{"secret": {"name": "user"}, "keysSecret": {"name": "keys"}}',
        "secretName: user",
        "automountServiceAccountToken: false",
        "no key password",
        "sha256 of the file",
        "http://kafka:9092/path",
    ],
)
def test_words_that_only_sound_like_it_stay(text: str) -> None:
    assert scrubbed(text) == text


def test_short_values_are_not_looked_for_in_texts() -> None:
    assert scrubbed("1 of 1 pods", ["1", "", "pods"]) == "1 of 1 pods"
    assert scrubbed("value longer-value", ["longer-value", "longer"]) == f"value {MASK}"
