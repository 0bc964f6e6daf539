"""docs/adding-a-scorer.md, followed to the letter in a copy of the tree."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import pytest
from tools.generated import ROOT

from harness.pages import FENCE

PAGE: Final = ROOT / "docs/adding-a-scorer.md"
COPIED: Final = ("charts", "docs", "manifests", "operator", "service", "tests", "tools", "pyproject.toml", "README.md")
MAKE_GENERATE: Final = ("tools.crd", "tools.crd_page", "tools.scorer_pages")
"""Of `make generate`, what a scorer changes."""


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """Return a copy of the tree in which the first three steps of the page are done."""
    for name in COPIED:
        source = ROOT / name
        ignored = shutil.ignore_patterns("__pycache__", "corpus", ".hypothesis")
        shutil.copytree(source, tmp_path / name, ignore=ignored) if source.is_dir() else shutil.copy(source, tmp_path)
    page = PAGE.read_text("utf-8")
    for place, text in re.findall(
        r"In `([^`]+)`:\n\n<!--[^\n]*-->\n```\w+\n(.*?)^```$", page, re.MULTILINE | re.DOTALL
    ):
        (tmp_path / place).write_text(text, "utf-8")
    (change,) = [found["text"] for found in FENCE.finditer(page) if found["language"] == "diff"]
    subprocess.run(
        ["git", "apply", "--recount", "--unidiff-zero", "-"], cwd=tmp_path, input=change, text=True, check=True
    )
    return tmp_path


def run(tree: Path, *command: str) -> str:
    """Run a command with the copy's code, and return what it printed."""
    places = ("service", "operator", "tests", ".")
    environment: Mapping[str, str] = {**os.environ, "PYTHONPATH": ":".join(str(tree / place) for place in places)}
    done = subprocess.run(command, cwd=tree, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.timeout(300)
def test_whoever_follows_the_page_has_a_scorer(tree: Path) -> None:
    (steps,) = [found["text"] for found in FENCE.finditer(PAGE.read_text("utf-8")) if found["language"] == "sh"]
    generate, laws, *commands = steps.splitlines()

    assert generate == "make generate"
    for module in MAKE_GENERATE:
        run(tree, sys.executable, "-m", module)
    said = run(tree, sys.executable, "-m", *shlex.split(laws))
    for command in commands:
        run(tree, sys.executable, "-m", "scoring_service.cli", *shlex.split(command)[1:])

    assert int(re.findall(r"(\d+) passed", said)[0]) > 10
    definition = (tree / "charts/scoring-operator/files/scoringpipelines.yaml").read_text("utf-8")
    assert "spec.scorer: set exactly one scorer: accountAge" in definition
    assert "Age that scores 50." in (tree / "docs/scorers/account-age.md").read_text("utf-8")
