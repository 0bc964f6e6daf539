"""The security model claims nothing without a test: every test that it names is there."""

import re

from harness.state import REPOSITORY

PAGE = (REPOSITORY / "docs/security-model.md").read_text()


def test_every_test_that_the_page_names_exists() -> None:
    files = {path.name: path.read_text() for path in (REPOSITORY / "tests").rglob("test_*.py")}
    functions = {name for text in files.values() for name in re.findall(r"^(?:async )?def (test_\w+)", text, re.M)}

    named = set(re.findall(r"`(test_[\w.]+)`", PAGE))

    assert len(named) > 20
    assert named - files.keys() - functions == set()


def test_every_threat_and_every_advisory_names_what_guards() -> None:
    rows = [line.split("|")[1:-1] for line in PAGE.splitlines() if line.startswith("| ") and "threat" not in line]
    claims = [row for row in rows if len(row) == 3 and row[0].strip() != "advisory"]

    assert len(claims) > 20
    for *_, guard in claims:
        assert re.search(r"`test_\w+|I14|\(\w[\w-]*\.md\)", guard), guard
