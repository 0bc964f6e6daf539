"""What dashboards ask Prometheus, with their variables filled in."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple


class Asked(NamedTuple):
    """One query of one panel."""

    title: str
    expression: str
    is_quiet: bool
    """Whether no series means zero: nothing of it has happened."""


def asked(dashboard: Mapping[str, Any], variables: Mapping[str, str]) -> Iterator[Asked]:
    """Yield the queries as Grafana sends them.

    Raises:
        KeyError: A variable has no value.
    """
    for panel in dashboard["panels"]:
        for target in panel.get("targets", ()):
            expression = re.sub(r"\$(\w+)", lambda found: variables[found[1]], target["expr"])
            yield Asked(panel["title"], expression, "noValue" in panel["fieldConfig"]["defaults"])
