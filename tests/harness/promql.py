"""Which metrics and labels an expression of PromQL names: enough of its grammar for our own rules."""

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

TOKEN: Final = re.compile(r'"(?:\\.|[^"\\])*"|\[[^\]]*\]|[0-9][\w.]*|[A-Za-z_:][\w:]*|\S')
NAME: Final = re.compile(r"[A-Za-z_:][\w:]*")
LISTS: Final = {"by", "without", "on", "ignoring", "group_left", "group_right"}
WORDS: Final = {"and", "or", "unless", "bool", "offset", *LISTS}


class Named(NamedTuple):
    """What an expression names."""

    metrics: dict[str, set[str]]
    """Metrics, with the labels that their selectors match."""
    lists: set[str]
    """Labels that results are grouped, or matched, by."""


def named(expression: str) -> Named:
    """Return what an expression names."""
    tokens = [*TOKEN.findall(expression), ""]
    found = Named({}, set())
    for at, token in enumerate(tokens):
        if token in LISTS and tokens[at + 1] == "(":
            found.lists.update(_labels(tokens[at + 1 :], ")"))
        elif _is_metric(tokens, at):
            matched = _labels(tokens[at + 1 :], "}") if tokens[at + 1] == "{" else ()
            found.metrics.setdefault(token, set()).update(matched)
    return found


def _is_metric(tokens: list[str], at: int) -> bool:
    if not NAME.fullmatch(tokens[at]) or tokens[at] in WORDS or tokens[at + 1] in {"(", *LISTS}:
        return False
    before = tokens[:at]
    in_braces = before.count("{") > before.count("}")
    return not in_braces and not _in_list(before)


def _in_list(before: list[str]) -> bool:
    """Tell whether a token that comes after these stands in the parentheses of `by` and the like."""
    opened = max((at for at, mark in enumerate(before) if mark == "("), default=0)
    return ")" not in before[opened:] and bool(opened) and before[opened - 1] in LISTS


def _labels(tokens: list[str], end: str) -> Iterator[str]:
    for token in tokens[: tokens.index(end)]:
        if NAME.fullmatch(token):
            yield token
