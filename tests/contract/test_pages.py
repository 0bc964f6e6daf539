"""Every block of README.md and `docs/*.md` is run or judged here, or says on the line before why it is not."""

import json
import re
import shlex
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from tools.generated import ROOT
from typer.testing import CliRunner

from contract.admission_cases import manifest
from custom_scorer.pulse_scorer import Pulse
from harness.pages import Block, blocks, without_redirection
from harness.typed import APPS, OWN, USAGE_ERROR, parse
from scoring_operator.api.admission import Admission, Refused
from scoring_service.contract.pipeline import parse_pipeline
from scoring_service.scorers import custom
from scoring_service.scorers.registry import completed

PAGES = [
    "README.md",
    *sorted(
        str(path.relative_to(ROOT)) for pattern in ("*.md", "scorers/*.md") for path in (ROOT / "docs").glob(pattern)
    ),
]
BLOCKS = [block for page in PAGES for block in blocks(ROOT, page)]
JUDGED = [block for block in BLOCKS if block.why is None]
OTHERS = {"curl", "echo", "helm", "kafka-consumer-groups.sh", "kubectl", "pip", "pytest"}
TARGETS = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
SETTINGS = re.compile(r"^(?:[A-Z_]+=\S+ )+")
ADMISSION = Admission()


def every(*languages: str) -> pytest.MarkDecorator:
    """Parametrise by the blocks of these languages that are judged."""
    found = [block for block in JUDGED if block.language in languages]
    return pytest.mark.parametrize("block", found, ids=lambda block: block.place)


def the_block(beginning: str) -> Block:
    """Return the one block that has this command first."""
    (found,) = [block for block in JUDGED if block.commands()[:1] and block.commands()[0].startswith(beginning)]
    return found


def run(command: str) -> str:
    """Run a command of ours in this process, its output into the file that it names; return what it printed."""
    program, *words = shlex.split(without_redirection(command))
    done = CliRunner().invoke(APPS[program], words)
    assert done.exit_code == 0, done.output
    if ">" in command:
        Path(shlex.split(command)[-1]).write_text(done.stdout, "utf-8")
    return done.stdout


def exists(command: str) -> None:
    """Raise unless a command's program, its target and the files of the tree that it names exist."""
    plain = re.sub(r"^kubectl scoring ", "kubectl-scoring ", without_redirection(SETTINGS.sub("", command)))
    first, *words = shlex.split(plain)
    assert first in {*OWN, *OTHERS, "make"}, command
    if first in OWN:
        parse(plain)
    if first == "make":
        assert {word for word in words if "=" not in word} <= TARGETS, command
    for word in words:
        if word.startswith(("charts/", "manifests/", "docs/", "tests/")):
            assert (ROOT / word).exists(), word


def pipeline_of(document: dict[str, Any]) -> dict[str, Any]:
    """Return the pipeline that a document is, or the sample with the document's part of a spec in it."""
    return document if "kind" in document else {**manifest(), "spec": {**manifest()["spec"], **document["spec"]}}


def taken(written: dict[str, Any]) -> None:
    """Raise unless the API server, the types and the scorer take a pipeline."""
    pipeline = parse_pipeline(ADMISSION.admit(written).manifest)
    completed(pipeline.block)
    if pipeline.candidate is not None:
        completed(pipeline.candidate.scorer)


def test_there_are_blocks_and_each_is_of_a_language_that_is_judged_or_says_why_not() -> None:
    assert len(BLOCKS) > 30
    assert [block.place for block in JUDGED if block.language not in {"console", "json", "sh", "yaml"}] == []


@pytest.mark.parametrize("page", PAGES)
def test_no_fence_is_overlooked(page: str) -> None:
    fences = re.findall(r"^\s*```", (ROOT / page).read_text("utf-8"), re.MULTILINE)

    assert len(fences) == 2 * len(list(blocks(ROOT, page)))


@every("console", "sh")
def test_every_command_is_one_that_exists(block: Block) -> None:
    assert block.commands()
    for command in block.commands():
        exists(command)


@every("yaml")
def test_yaml_is_a_pipeline_or_its_status_or_values_and_taken_as_such(block: Block, monkeypatch) -> None:
    monkeypatch.setattr(custom, "scorer_of", lambda name: Pulse)
    written = yaml.safe_load(block.text)

    if "spec" in written:
        taken(pipeline_of(written))
    elif set(written) == {"scaling"}:
        assert "status" in ADMISSION.admit({**manifest(), "status": written}).manifest
    else:
        jsonschema.validate(written, json.loads((ROOT / "charts/scoring-operator/values.schema.json").read_bytes()))


@pytest.mark.parametrize("wrong", ["{scaling: {desired: many}}", "{scaling: {wished: 1}}"])
def test_a_status_that_does_not_exist_is_found(wrong: str) -> None:
    with pytest.raises(Refused):
        ADMISSION.admit({**manifest(), "status": yaml.safe_load(wrong)})


@every("json")
def test_json_is_json(block: Block) -> None:
    assert json.loads(block.text)


@pytest.mark.parametrize("wrong", ["make coffee", "scorer lint a.yaml --nothing", "helm install x charts/none", "rm x"])
def test_a_command_that_does_not_exist_is_found(wrong: str) -> None:
    with pytest.raises((AssertionError, USAGE_ERROR)):
        exists(wrong)


def test_wallets_are_generated_scored_and_linted_as_the_readme_says(tmp_path: Path, monkeypatch) -> None:
    (tmp_path / "manifests").symlink_to(ROOT / "manifests")
    monkeypatch.chdir(tmp_path)
    generate, score, *others = the_block("scorer generate").commands()
    (lint,) = [command for command in others if command.startswith("scorer lint")]

    run(generate)

    assert len(Path("wallets.jsonl").read_text("utf-8").splitlines()) == 1000
    assert len(run(score).splitlines()) == 1000
    run(lint)


def test_the_simulated_day_comes_out_as_its_page_shows_it(tmp_path: Path, monkeypatch) -> None:
    (tmp_path / "scaling.csv").symlink_to(ROOT / "docs/scaling.csv")
    monkeypatch.chdir(tmp_path)
    block = the_block("kubectl-scoring simulate")
    (command,) = block.commands()

    assert run(command).split() == block.text.split("\n", 1)[1].split()
