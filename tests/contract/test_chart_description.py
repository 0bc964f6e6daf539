"""What Chart.yaml tells people about the resource is what the repository has."""

import yaml

from harness.state import REPOSITORY
from scoring_operator.api import crd
from scoring_service.contract.pipeline import KIND, VERSION

DESCRIBED = yaml.safe_load((REPOSITORY / "charts/scoring-operator/Chart.yaml").read_text())["annotations"]


def test_the_definition_is_named_as_it_is():
    (told,) = yaml.safe_load(DESCRIBED["artifacthub.io/crds"])

    assert (told["kind"], told["version"], told["name"]) == (KIND, VERSION, crd.definition()["metadata"]["name"])


def test_the_example_is_the_sample():
    sample = yaml.safe_load((REPOSITORY / "manifests/wallet-reputation.yaml").read_text())

    assert yaml.safe_load(DESCRIBED["artifacthub.io/crdsExamples"]) == [sample]
