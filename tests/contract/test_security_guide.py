"""The guide to running it securely names switches that exist, and their defaults as they are."""

import re
from functools import reduce

import yaml
from tools.generated import ROOT

from scoring_operator.api import crd

PAGE = (ROOT / "docs/security.md").read_text("utf-8")
VALUES = yaml.safe_load((ROOT / "charts/scoring-operator/values.yaml").read_text("utf-8"))
ROWS = re.findall(r"^\| [^|]+ \| ([^|]+) \| (`[^|]+`) \| \[", PAGE, re.MULTILINE)


def switches() -> list[tuple[str, str]]:
    """Return every switch of the table beside what it says of the default."""
    return [(name.split(":")[0], default) for default, names in ROWS for name in re.findall(r"`([^`]+)`", names)]


def test_every_value_is_on_or_off_as_the_table_says() -> None:
    values = [(name, default) for name, default in switches() if not name.startswith("spec.")]

    assert len(values) == 8
    for name, default in values:
        value = reduce(dict.__getitem__, name.split("."), VALUES)
        assert bool(value) == (default == "on"), name


def test_every_field_is_one_of_the_definition_and_optional() -> None:
    fields = [name for name, _ in switches() if name.startswith("spec.")]

    assert fields == ["spec.kafka.egress", "spec.kafka.tls", "spec.kafka.sasl"]
    kafka = crd.schema()["properties"]["spec"]["properties"]["kafka"]
    names = {field.rsplit(".", 1)[1] for field in fields}
    assert names <= kafka["properties"].keys()
    assert not names & set(kafka["required"])


def test_the_scope_is_one_namespace_unless_somebody_says_otherwise() -> None:
    assert VALUES["scope"] == "Namespace"
