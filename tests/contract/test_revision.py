"""One revision everywhere: the same block has the same name on an API server, in local mode and at a terminal."""

import hashlib
from pathlib import Path
from typing import Any

import pytest
import yaml

from harness.state import REPOSITORY
from scoring_operator.api.admission import Admission
from scoring_service.cli.manifest import pipeline_of
from scoring_service.contract.pipeline import parse_pipeline
from scoring_service.contract.revision import revision_of

SAMPLE = REPOSITORY / "manifests" / "wallet-reputation.yaml"


CANONICAL = {
    '{"member":"walletReputation","parameters":{"variant":"zeru-v1","weights":{"lp":0.6,"trading":0.4}}}': (
        "walletReputation",
        {"weights": {"trading": 0.4, "lp": 0.6}, "variant": "zeru-v1"},
    ),
    '{"member":"é","parameters":{"big":1e+30,"list":[1,0.5,true,null],"small":1e-7}}': (
        "é",
        {"small": 0.0000001, "list": [1.0, 0.5, True, None], "big": 1e30},
    ),
}
"""Canonical JSON (RFC 8785), written by hand, and what it is the canonical form of."""


@pytest.mark.parametrize("canonical", CANONICAL)
def test_a_revision_is_the_hash_of_canonical_json(canonical: str) -> None:
    expected = hashlib.sha256(canonical.encode()).hexdigest()[:12]

    assert revision_of(*CANONICAL[canonical]) == expected


def test_an_upgrade_changes_no_revision() -> None:
    """Parameters of later releases have no default: the sample is called what it was called before them."""
    assert pipeline_of(SAMPLE).block.revision == "049f35d72663"


def test_whole_numbers_hash_alike_however_they_are_written() -> None:
    assert revision_of("scorer", {"weight": 1}) == revision_of("scorer", {"weight": 1.0})


def test_the_order_of_parameters_does_not_matter() -> None:
    assert revision_of("scorer", {"a": 1, "b": 2}) == revision_of("scorer", {"b": 2, "a": 1})


def test_parameters_that_nest_too_deep_have_no_revision() -> None:
    deep: dict[str, Any] = {}
    for _ in range(3000):
        deep = {"a": deep}

    with pytest.raises(ValueError, match="too deep"):
        revision_of("scorer", deep)


@pytest.mark.parametrize("left_out", ["nothing", "weights", "one weight"])
def test_the_command_line_and_local_mode_agree_on_a_revision_with_defaults(tmp_path: Path, left_out: str) -> None:
    manifest = yaml.safe_load(SAMPLE.read_text())
    parameters = manifest["spec"]["scorer"]["walletReputation"]
    if left_out == "weights":
        del parameters["weights"]
    elif left_out == "one weight":
        del parameters["weights"]["trading"]
    file = tmp_path / "pipeline.yaml"
    file.write_text(yaml.safe_dump(manifest))

    admitted = parse_pipeline(Admission().admit(manifest, None).manifest)

    assert pipeline_of(file).block.revision == admitted.block.revision
