"""The dashboards name metrics that are exported, have fixed addresses, and no panel lies on another."""

import itertools
import json
import re
from typing import Any

import pytest
from tools.dashboards.__main__ import FOLDER, files

from harness import metric_pages
from harness.promql import named

DASHBOARDS = {path.stem: json.loads(path.read_text("utf-8")) for path in sorted(FOLDER.glob("*.json"))}
OF_TARGETS = {"namespace", "pipeline", "pod", "job", "instance", "exported_namespace"}
"""Labels that scraping gives, by the monitors of the chart."""


def queries() -> list[Any]:
    """Return every query of every panel, by where it is."""
    return [
        pytest.param(target["expr"], id=f"{uid}-{panel['title']}-{target['refId']}")
        for uid, dashboard in DASHBOARDS.items()
        for panel in dashboard["panels"]
        for target in panel.get("targets", ())
    ]


def test_there_is_one_of_the_fleet_and_one_of_a_pipeline_with_a_fixed_uid() -> None:
    assert {uid: dashboard["uid"] for uid, dashboard in DASHBOARDS.items()} == {
        "scoring-fleet": "scoring-fleet",
        "scoring-pipeline": "scoring-pipeline",
    }


def test_the_code_says_the_same_twice() -> None:
    assert files() == files()


@pytest.mark.parametrize("expression", queries())
def test_a_query_names_metrics_and_labels_that_are_exported(expression: str) -> None:
    documented, found = metric_pages.documented(), named(expression)

    assert found.metrics
    for metric, labels in found.metrics.items():
        known = documented[metric] | OF_TARGETS if not metric.startswith("process_") else OF_TARGETS
        assert labels | found.lists <= known


@pytest.mark.parametrize("uid", DASHBOARDS)
def test_every_panel_asks_the_chosen_prometheus_and_names_what_it_shows(uid: str) -> None:
    for panel in DASHBOARDS[uid]["panels"]:
        if panel["type"] == "row":
            continue
        sources = [panel["datasource"], *(target["datasource"] for target in panel["targets"])]
        assert {source["uid"] for source in sources} == {"${datasource}"}
        assert panel["title"]
        assert panel["description"]


@pytest.mark.parametrize("uid", DASHBOARDS)
def test_every_variable_that_a_query_names_is_there_and_every_one_is_used(uid: str) -> None:
    text = json.dumps(DASHBOARDS[uid]["panels"]) + json.dumps(DASHBOARDS[uid]["templating"])
    used = {name for name in re.findall(r"\$\{?(\w+)", text) if not name.startswith("__")}

    assert used == {variable["name"] for variable in DASHBOARDS[uid]["templating"]["list"]}


@pytest.mark.parametrize("uid", DASHBOARDS)
def test_no_panel_lies_on_another_or_beside_the_page(uid: str) -> None:
    panels = DASHBOARDS[uid]["panels"]
    taken = [
        (x, y)
        for place in (panel["gridPos"] for panel in panels)
        for x, y in itertools.product(
            range(place["x"], place["x"] + place["w"]), range(place["y"], place["y"] + place["h"])
        )
    ]

    assert len(taken) == len(set(taken))
    assert all(0 <= x < 24 for x, _ in taken)
    assert len({panel["id"] for panel in panels}) == len(panels)
