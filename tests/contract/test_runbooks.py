"""Every alert leads to a runbook of one shape, and what a runbook tells people to type exists."""

import re
import shlex
from collections.abc import Iterator

import pytest
import yaml
from tools.generated import ROOT

from harness.kafka_programs import CLASSES
from harness.runbooks import FOLDER, RUNBOOKS, commands, diagnosis, filled
from harness.typed import OWN, USAGE_ERROR, parse

FILES = ROOT / "charts/scoring-operator/files"
HEADINGS = ["Meaning", "Impact", "Diagnosis", "Mitigation", "Verify", "Escalate"]
OTHERS = {"kubectl", "helm"}

every_runbook = pytest.mark.parametrize("runbook", RUNBOOKS, ids=lambda path: path.stem)


def _alerts() -> Iterator[str]:
    for alert in yaml.safe_load((FILES / "alerts.yaml").read_text("utf-8")):
        yield alert["name"]
    for slo in yaml.safe_load((FILES / "slos.yaml").read_text("utf-8")):
        yield f"Scoring{slo['name']}Burn"


def test_every_alert_has_its_runbook_and_no_runbook_is_without_an_alert() -> None:
    assert [path.stem for path in RUNBOOKS] == sorted(_alerts())


@every_runbook
def test_a_runbook_has_the_six_headings_in_order_and_something_below_each(runbook) -> None:
    text = runbook.read_text("utf-8")
    _, *parts = re.split(r"^## (.+)$", text, flags=re.MULTILINE)

    assert text.startswith(f"# {runbook.stem}\n")
    assert parts[::2] == HEADINGS
    assert all(len(part.split()) >= 3 for part in parts[1::2])


@every_runbook
def test_it_is_diagnosed_by_commands(runbook) -> None:
    assert len(diagnosis(runbook.read_text("utf-8"))) >= 2


@every_runbook
def test_every_command_is_one_that_exists(runbook) -> None:
    for command in commands(runbook.read_text("utf-8")):
        first = shlex.split(command)[0]
        assert first in {*OWN, *OTHERS, *CLASSES}, command
        if first in OWN:
            parse(command)


@pytest.mark.parametrize(
    "wrong",
    [
        "kubectl-scoring explode wallet-reputation",
        "kubectl-scoring status wallet-reputation --nothing",
        "kubectl-scoring lag wallet-reputation another",
        "scorer redrive pipeline.yaml --reasons schema",
    ],
)
def test_a_command_that_does_not_exist_is_found(wrong: str) -> None:
    with pytest.raises((AssertionError, USAGE_ERROR)):
        parse(wrong)


def test_names_are_filled_in_as_whole_words_and_the_longest_first() -> None:
    names = {"scores": "shop", "POD": "worker-1", "POD:8080": "operator-1:8080", "wallet-scores-failure": "failures-1"}

    assert filled("kubectl -n scores get lease scores.one", names) == "kubectl -n shop get lease shop.one"
    assert filled("get --raw /scores/pods/POD:8080/proxy", names) == "get --raw /shop/pods/operator-1:8080/proxy"
    assert filled("get --raw pods/POD:9090 PODS", names) == "get --raw pods/worker-1:9090 PODS"
    assert filled("--topic wallet-scores-failure my-scores", names) == "--topic failures-1 my-scores"


@every_runbook
def test_its_links_lead_somewhere(runbook) -> None:
    for target in re.findall(r"\]\(([^)#]+)", runbook.read_text("utf-8")):
        assert (FOLDER / target).exists(), target
