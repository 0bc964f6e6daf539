"""The pages of alerts are made of the files that the chart is rendered from."""

import yaml
from tools import alerts
from tools.generated import ROOT

FILES = ROOT / "charts/scoring-operator/files"
GIVEN = yaml.safe_load((FILES / "alerts.yaml").read_text("utf-8"))
SLOS = yaml.safe_load((FILES / "slos.yaml").read_text("utf-8"))


def rows(page: str) -> list[list[str]]:
    """Return the cells of the rows of a page that link to a runbook."""
    return [line.strip("| ").split(" | ") for line in page.splitlines() if line.startswith("| [Scoring")]


def test_every_alert_stands_on_the_page_with_severity_patience_and_thresholds():
    listed = {row[0].split("]")[0].strip("["): row for row in rows(alerts.page())}

    assert set(listed) == {alert["name"] for alert in GIVEN} | {
        f"Scoring{slo['name']}Burn{speed}" for slo in SLOS for speed in ("Fast", "Slow")
    }
    for alert in GIVEN:
        _, severity, after, thresholds, told = listed[alert["name"]]
        assert (severity, after) == (alert["severity"], alert["for"])
        assert thresholds.strip() == ", ".join(f"`{k}` {v}" for k, v in alert.get("thresholds", {}).items())
        assert told


def test_no_placeholder_and_no_template_is_left_for_people_to_read():
    for page in (alerts.page(), alerts.index()):
        assert "${" not in page
        assert "{{" not in page


def test_the_index_names_each_runbook_once():
    named = [row[0].split("]")[0].strip("[") for row in rows(alerts.index())]

    assert sorted(named) == sorted(path.stem for path in alerts.RUNBOOKS.glob("Scoring*.md"))
