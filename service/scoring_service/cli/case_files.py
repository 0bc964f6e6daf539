"""Golden cases in files of their own: YAML or JSON, a list of them or `goldenCases:` as it stands in a pipeline."""

from pathlib import Path

import msgspec

from scoring_service.cli.manifest import document, refuse
from scoring_service.contract.golden_cases import GoldenCase, broken


def cases_of(path: Path) -> tuple[GoldenCase, ...]:
    """Return the cases of a file; ends the process with one line on stderr if they are none."""
    found = document(path)
    listed = found.get("goldenCases", found) if isinstance(found, dict) else found
    try:
        cases = msgspec.convert(listed, tuple[GoldenCase, ...])
    except msgspec.ValidationError as error:
        message, _, where = str(error).partition(" - at `$")
        refuse(f"{path}: goldenCases{where.rstrip('`')}: {message}")
    for where, rule in broken(cases):
        refuse(f"{path}: goldenCases{where}: {rule}")
    return cases
