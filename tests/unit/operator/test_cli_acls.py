"""`kubectl-scoring acls`: what it prints, without a cluster and without a Kafka."""

import json

import yaml
from typer.testing import CliRunner

from harness.pipelines import a_manifest
from scoring_operator.cli import app


def acls(tmp_path, *options, **parts):
    path = tmp_path / "pipeline.yaml"
    path.write_text(yaml.safe_dump(a_manifest(**parts)))
    return CliRunner().invoke(app, ["acls", str(path), *options])


EXACTLY_ONCE = {
    "output": {"successTopic": "ok", "failureTopic": "failed", "deadLetterTopic": "dead"},
    "delivery": {"guarantee": "ExactlyOnce"},
    "kafka": {
        "bootstrapServers": ["kafka:9093"],
        "tls": {},
        "sasl": {"scram": {"mechanism": "SCRAM-SHA-512", "secret": {"name": "kafka-user"}}},
    },
}


def test_the_table_names_resource_pattern_operation_and_reason(tmp_path):
    said = acls(tmp_path, "--cluster-id", "blue", **EXACTLY_ONCE).output.splitlines()

    assert said[0] == "User:wallets on kafka:9093"
    assert [line.split()[:4] for line in said[2:]] == [
        ["topic", "in", "literal", "READ"],
        ["topic", "ok", "literal", "WRITE"],
        ["topic", "failed", "literal", "WRITE"],
        ["topic", "dead", "literal", "WRITE"],
        ["group", "blue.shop.wallets", "literal", "READ"],
        ["transactional-id", "blue.shop.wallets.in.", "prefixed", "WRITE"],
    ]


def test_programs_get_the_same_as_json(tmp_path):
    said = json.loads(acls(tmp_path, "--principal", "User:CN=w", "-o", "json").output)

    assert said[-1] == {
        "principal": "User:CN=w",
        "resource": "group",
        "name": "shop.wallets",
        "pattern": "literal",
        "operation": "READ",
    }


def test_commands_log_in_where_the_brokers_ask_who_is_there(tmp_path):
    plain = acls(tmp_path, "-o", "commands").output.splitlines()
    asked = acls(tmp_path, "-o", "commands", **EXACTLY_ONCE).output.splitlines()

    assert plain[0] == (
        "kafka-acls.sh --bootstrap-server kafka:9092 --add --allow-principal User:wallets --operation Read --topic in"
    )
    assert all("--bootstrap-server kafka:9093 --command-config admin.properties" in line for line in asked)


def test_a_redrive_needs_more(tmp_path):
    said = acls(tmp_path, "--redrive", "-o", "json", **EXACTLY_ONCE).output

    added = [(acl["operation"], acl["name"]) for acl in json.loads(said)[-3:]]
    assert added == [("READ", "dead"), ("WRITE", "in"), ("READ", "shop.wallets.redrive")]


def test_another_namespace_than_the_manifests_is_refused(tmp_path):
    said = acls(tmp_path, "-n", "elsewhere")

    assert said.exit_code == 2
    assert "metadata.namespace is shop, --namespace says elsewhere" in said.output
