"""Golden cases as YAML to be pasted into a pipeline: values are JSON, so that no reader takes a text for a number."""

import json
import re
from collections.abc import Sequence
from typing import Any, Final

from scoring_service.contract.golden_cases import TOLERANCE, GoldenCase

_not_printable: Final = re.compile("[\x7f-\xa0\u2028\u2029\ufeff\ufffe\uffff]")
"""What YAML takes for a line end, or refuses."""


def as_yaml(cases: Sequence[GoldenCase]) -> str:
    """Return `goldenCases:` as it stands below `spec`, one line for each input and each expectation."""
    if not cases:
        return "goldenCases: []\n"
    return "\n".join(["goldenCases:", *(line for case in cases for line in _lines(case))]) + "\n"


def _lines(case: GoldenCase) -> list[str]:
    return [
        f"- name: {_json(case.name)}",
        f"  asOf: {_number(case.as_of)}",
        *([f"  tolerance: {_number(case.tolerance)}"] if case.tolerance != TOLERANCE else []),
        "  inputs:",
        *(f"  - {_json(value)}" for value in case.inputs),
        "  expect:",
        *(f"  - {_json(value)}" for value in case.expect),
    ]


def _number(value: float) -> str:
    return str(int(value)) if value == int(value) else _json(value)


def _json(value: Any) -> str:
    return _not_printable.sub(lambda found: f"\\u{ord(found[0]):04x}", json.dumps(value, ensure_ascii=False))
