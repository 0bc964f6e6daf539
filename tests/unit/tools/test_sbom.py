"""A bill of materials names what the image's platform installs, is valid, and is the lock's."""

import json
import tomllib
from typing import Any

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from tools import sbom


@pytest.fixture(scope="module", params=sbom.TARGETS)
def bill(request: pytest.FixtureRequest) -> dict[str, Any]:
    return sbom.of_image(sbom.exported(request.param))


def test_it_is_valid_cyclonedx() -> None:
    bill = sbom.of_image(sbom.exported("service"))  # the smaller one: every address is parsed, which takes seconds

    assert JsonStrictValidator(SchemaVersion.V1_5).validate_str(json.dumps(bill)) is None


def test_every_component_is_of_the_locks_version_and_has_a_digest(bill: dict[str, Any]) -> None:
    packages = tomllib.loads((sbom.ROOT / "uv.lock").read_text())["package"]
    locked = {(package["name"], package["version"]) for package in packages}

    assert bill["components"]
    for component in bill["components"]:
        assert (component["name"], component["version"]) in locked
        assert all(one["hashes"] for one in component["externalReferences"])


def test_what_only_another_platform_installs_is_left_out_with_all_that_names_it(bill: dict[str, Any]) -> None:
    names = {component["name"] for component in bill["components"]}
    refs = {entry["ref"] for entry in bill["dependencies"]}

    assert "colorama" not in names
    assert len(names) == len(bill["components"])
    assert all(ref in refs for entry in bill["dependencies"] for ref in entry["dependsOn"])
