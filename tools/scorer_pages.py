"""Keeps the generated part of `docs/scorers/*.md` equal to the types: `python -m tools.scorer_pages [--check]`.

What a person writes on a page stands below that part, and stays.
"""

import re
import sys
from collections.abc import Iterator
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

from tools import tables
from tools.conditions import members
from tools.crd import schema
from tools.generated import ROOT, keep
from tools.scorer_types import Field, fields

from scoring_service.contract.scorer_file import ScorerBlock
from scoring_service.errors import InvalidParameters
from scoring_service.scorers.base import Scorer, ScoreRange
from scoring_service.scorers.reasons import Reason
from scoring_service.scorers.registry import SCORERS, build

FOLDER: Final = ROOT / "docs/scorers"
BEGIN, END = "<!-- BEGIN generated -->", "<!-- END generated -->"
PLAIN: Final = "scoring_service.scorers.plain import"
OF_INPUT: Final = ("field", "type", "needed", "what it is")
OF_OUTPUT: Final = ("field", "type", "what it is")
OF_PARAMETERS: Final = ("parameter", "type", "default", "what it is")
TYPES: Final = {"string": "text", "object": "object", "boolean": "true or false"}


def page_name(member: str) -> str:
    """Return a member in lower case with hyphens: of its page and of its sample manifest."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", member).lower()


def generated(scorer: type[Scorer]) -> str:
    """Return the generated part of a scorer's page."""
    return "\n".join(
        [BEGIN, "", _summary(scorer), _parameters(scorer), _input(scorer), _output(scorer), _reasons(scorer), END]
    )


def spliced(page: str, scorer: type[Scorer]) -> str:
    """Return a page with its generated part anew; one that has none yet gets it below its title.

    Raises:
        ValueError: One marker is there without the other.
    """
    if (BEGIN in page) != (END in page):
        raise ValueError(f"expected both of {BEGIN} and {END}, or none")
    if not page:
        return f"# {scorer.name}\n\n{generated(scorer)}\n"
    if BEGIN not in page:
        title, _, rest = page.partition("\n")
        return f"{title}\n\n{generated(scorer)}\n{rest}"
    before, _, rest = page.partition(BEGIN)
    return before + generated(scorer) + rest.partition(END)[2]


def _summary(scorer: type[Scorer]) -> str:
    shape = "Windowed: it keeps a state, see [windows](../windows.md)." if scorer.stateful else "It keeps no state."
    sample = f"[manifests/{page_name(scorer.name)}.yaml](../../manifests/{page_name(scorer.name)}.yaml)"
    return f"{_words(scorer)} {shape} Sample: {sample}. Cost per record: [README](README.md).\n"


def _words(scorer: type[Scorer]) -> str:
    return " ".join((scorer.Parameters.__doc__ or "").split())


def _parameters(scorer: type[Scorer]) -> str:
    found = _of_parameters(schema(scorer.Parameters, ""), "")
    title = f"## Parameters\n\nBelow `spec.scorer.{scorer.name}`; bounds and rules: [the definition](../crd.md).\n"
    return f"{title}\n{tables.rows(OF_PARAMETERS, found)}"


def _of_parameters(of: dict[str, Any], path: str) -> Iterator[tuple[str, str, str, str]]:
    for name, inside in of["properties"].items():
        kind = (
            " or ".join(f"`{value}`" for value in inside["enum"])
            if "enum" in inside
            else TYPES.get(inside["type"], inside["type"])
        )
        words = re.sub(r" (Default [^ ]+\.|No default\.)(?= )", "", inside["description"])
        default = "" if inside["type"] == "object" else str(inside.get("default", "none")).lower()
        yield f"`{path}{name}`", kind, default, words
        if inside["type"] == "object":
            yield from _of_parameters(inside, f"{path}{name}.")


def _input(scorer: type[Scorer]) -> str:
    found = [
        (f"`{field.path}`", field.kind, "yes" if field.is_required else "no", field.words)
        for field in fields(scorer.Input)
    ]
    title = "## Input\n\nOne JSON object per record. Members that are not listed are not read.\n"
    return f"{title}\n{tables.rows(OF_INPUT, found)}"


def _output(scorer: type[Scorer]) -> str:
    found = [(f"`{field.path}`", field.kind, field.words) for field in _own_first(fields(scorer.Output))]
    return f"## Output\n\n{_range(scorer)}\n\n{tables.rows(OF_OUTPUT, found)}"


def _range(scorer: type[Scorer]) -> str:
    """Return range and direction of the scores; of each variant if they differ."""
    found = dict(_ranges(scorer))
    if len(set(found.values())) == 1:
        return f"The score is {_between(next(iter(found.values())))}."
    return f"The score is {'; '.join(f'{_between(of)} with `{variant}`' for variant, of in found.items())}."


def _ranges(scorer: type[Scorer]) -> Iterator[tuple[str, ScoreRange]]:
    """Yield the range of each variant that needs no further parameters."""
    for variant in schema(scorer.Parameters, "")["properties"].get("variant", {}).get("enum", [None]):
        parameters = {} if variant is None else {"variant": variant}
        with suppress(InvalidParameters):
            yield str(variant), build(ScorerBlock(member=scorer.name, parameters=parameters)).range


def _between(of: ScoreRange) -> str:
    return f"from {of.low:g} to {of.high:g}, higher is {of.higher_is}"


def _own_first(found: Iterator[Field]) -> list[Field]:
    stamps = ("timestamp", "processing_time_ms")
    return sorted(found, key=lambda field: field.path in stamps)


def _reasons(scorer: type[Scorer]) -> str:
    named = reasons(scorer)
    said = "".join(f"- `{reason.value}`: {reason.meaning}\n" for reason in members(Reason) if reason.value in named)
    return (
        f"## Failures\n\nReasons for which a record can never be scored, besides those of the worker itself:\n\n{said}"
    )


def reasons(scorer: type[Scorer]) -> set[str]:
    """Return the reasons that the modules of a scorer name, and those of the decoder that they share."""
    texts = [path.read_text("utf-8") for path in sources(scorer)]
    if any(PLAIN in text for text in texts):
        texts.append((ROOT / "service/scoring_service/scorers/plain.py").read_text("utf-8"))
    return {str(Reason[name]) for text in texts for name in re.findall(r"\bReason\.([A-Z_]+)", text)}


def sources(scorer: type[Scorer]) -> list[Path]:
    """Return the files of a scorer: its module, or all of its package."""
    spec = find_spec(scorer.__module__)
    assert spec is not None, "it has been imported"  # noqa: S101 - an invariant
    assert spec.origin is not None, "from a file"  # noqa: S101 - an invariant
    path = Path(spec.origin)
    return [path] if path.parent.name == "scorers" else sorted(path.parent.glob("*.py"))


def pages() -> dict[Path, str]:
    """Return every page as it should be."""
    found = {}
    for member, scorer in SCORERS.items():
        path = FOLDER / f"{page_name(member)}.md"
        found[path] = spliced(path.read_text("utf-8") if path.exists() else "", scorer)
    return found


if __name__ == "__main__":
    sys.exit(keep(pages(), sys.argv[1:]))
