"""The chart's monitors and alerts: what Prometheus makes of them, and that they speak of what there is."""

import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from harness import metric_pages, monitoring, promql, promtool, rules
from harness.chart import rendered
from harness.monitoring import MONITOR, NAMESPACE, RULES, SCHEMAS
from harness.prerequisites import needed
from integration.alert_cases import CASES, Case, conditions, hour
from scoring_operator.desired import naming
from scoring_operator.desired.pod import OPS_PORT_NAME
from scoring_service.contract.names import METRICS_PATH

pytestmark = pytest.mark.apiserver

TARGET = {"namespace", "job", "pod"}
"""Labels that scraping adds to every series."""
ON = {"monitoring__rules__enabled": True, "monitoring__podMonitor__enabled": True}


@pytest.fixture(scope="module")
def judge() -> Path:
    """Prometheus' own tool."""
    with needed():
        return promtool.obtain()


@pytest.fixture(scope="module")
def groups() -> dict[str, Any]:
    """The rules of the chart's own values."""
    with needed():
        return monitoring.default()


def objects(**values: Any) -> list[dict[str, Any]]:
    """Return what the chart makes for Prometheus with these values."""
    with needed():
        return monitoring.objects(**values)


def complaint(**values: Any) -> str:
    """Return why the chart does not render with these values."""
    with needed():
        return monitoring.complaint(**values)


def of_values(**values: Any) -> dict[str, dict[str, Any]]:
    """Return the alerts of these values by name."""
    with needed():
        return monitoring.alerts(monitoring.groups(**values))


class TestFiring:
    def test_every_alert_has_its_case_and_no_case_is_without_an_alert(self, groups: dict[str, Any]) -> None:
        assert {case.alert for case in CASES} == set(monitoring.alerts(groups))
        assert all(case.fires and case.quiet for case in CASES)

    @pytest.mark.parametrize("case", CASES, ids=lambda case: case.alert)
    def test_an_alert_fires_resolves_and_keeps_quiet_as_its_case_says(
        self, judge: Path, groups: dict[str, Any], case: Case
    ) -> None:
        own = monitoring.alerts(groups)[case.alert]["labels"]

        assert not rules.failures(judge, rules.alone(groups, case.alert), case.stories(own), step=case.step)

    def test_what_is_expected_wrongly_is_told(self, judge: Path, groups: dict[str, Any]) -> None:
        case = next(case for case in CASES if case.alert == "ScoringPartitionStalled")
        alert = rules.alone(groups, case.alert)
        before, during, _ = case.minutes
        firing = [case.labels | {"severity": "page"}]

        for minute, labels in ((before, firing), (during, []), (during, [case.labels | {"severity": "ticket"}])):
            story = rules.Story(case.fires[0], [rules.Expected(minute, case.alert, labels)])
            assert "FAILED" in rules.failures(judge, alert, [story])


class TestRules:
    def test_prometheus_takes_them(self, judge: Path, groups: dict[str, Any]) -> None:
        assert not rules.refused(judge, groups)

    def test_prometheus_would_say_what_it_does_not_take(self, judge: Path) -> None:
        broken = {"groups": [{"name": "a", "rules": [{"alert": "B", "expr": "sum by namespace (up)"}]}]}

        assert "parse error" in rules.refused(judge, broken)

    def test_every_metric_and_label_is_documented_recorded_or_the_targets(self, groups: dict[str, Any]) -> None:
        known = {**metric_pages.documented(), "up": {"pipeline"}}
        for rule in monitoring.rules(groups):
            found = promql.named(rule["expr"])
            assert found.metrics, rule["expr"]
            for metric, labels in found.metrics.items():
                assert metric in known, f"{metric} is on no page: {rule['expr']}"
                assert labels <= known[metric] | TARGET, f"{metric} has no such label: {rule['expr']}"
            grouped = TARGET.union({"pipeline"}, *(known[metric] for metric in found.metrics))
            assert found.lists <= grouped, rule["expr"]
            if "record" in rule:
                known[rule["record"]] = found.lists

    def test_what_an_expression_names_is_seen_whole(self) -> None:
        found = promql.named(
            'sum by (a, b) (rate(one_total{c="{d}", e=~"f"}[5m])) / on (g) group_left max_over_time(two[1h:1m]) > 3e4 '
            'and (three:sum offset 1h or label_replace(four{h!="x"}, "i", "$1", "j", "(.+)")) unless bool_five'
        )

        assert found.metrics == {
            "one_total": {"c", "e"},
            "two": set(),
            "three:sum": set(),
            "four": {"h"},
            "bool_five": set(),
        }
        assert found.lists == {"a", "b", "g"}

    def test_nothing_is_kept_by_pod_because_partitions_and_leaders_move(self, groups: dict[str, Any]) -> None:
        assert not [rule for rule in monitoring.rules(groups) if "pod" in promql.named(rule["expr"]).lists]

    def test_every_alert_says_what_is_the_matter_and_where_to_read_on(self, groups: dict[str, Any]) -> None:
        for name, alert in monitoring.alerts(groups).items():
            said = alert["annotations"]
            assert set(said) == {"summary", "description", "runbook_url"}, name
            assert alert["labels"]["severity"] in {"page", "ticket"}, name
            assert re.fullmatch(r"docs/runbooks/Scoring\w+\.md", said["runbook_url"]), name

    @pytest.mark.parametrize("case", CASES, ids=lambda case: case.alert)
    def test_a_text_names_labels_that_the_alert_has(self, groups: dict[str, Any], case: Case) -> None:
        alert = monitoring.alerts(groups)[case.alert]
        for text in alert["annotations"].values():
            assert set(re.findall(r"\$labels\.(\w+)", text)) <= {*case.labels, *alert["labels"]}
            assert "${" not in text
        assert "{{ $labels." in alert["annotations"]["summary"]

    def test_each_release_judges_its_own_namespace_alone(self, groups: dict[str, Any]) -> None:
        for rule in monitoring.rules(groups):
            selectors = re.findall(r"\{[^{}]*\}", rule["expr"])
            assert selectors
            assert all(f'namespace="{NAMESPACE}"' in selector for selector in selectors), rule["expr"]


class TestScope:
    def test_a_release_for_the_whole_cluster_scrapes_and_judges_workers_everywhere_and_its_own_operator(self) -> None:
        made = objects(**ON, scope="Cluster")

        for one in made:
            jsonschema.validate(one, SCHEMAS[one["kind"]])
        selectors = {
            one["metadata"]["name"]: one["spec"].get("namespaceSelector") for one in made if "groups" not in one["spec"]
        }
        assert selectors == {
            "scoring-operator": {"matchNames": [NAMESPACE]},
            "scoring-operator-workers": {"any": True},
        }
        (spec,) = (one["spec"] for one in made if one["kind"] == RULES)
        for rule in monitoring.rules(spec):
            for metric, selector in re.findall(r"([\w:]+)(\{[^{}]*\})", rule["expr"]):
                is_own = metric.startswith(("scoring_operator_", "controller_runtime_", "scoring:control_plane"))
                assert (f'namespace="{NAMESPACE}"' in selector, 'namespace=~".+"' in selector) == (is_own, not is_own)

    def test_a_pipeline_is_told_of_by_its_own_namespace_not_by_the_operators(self, judge: Path) -> None:
        name = "ScoringPipelineNotAvailable"
        with needed():
            everywhere = monitoring.groups(scope="Cluster")
        ill = conditions(namespace="bank", Available=hour(1, 0), Reconciling=hour(0, 1))
        labels = {"namespace": "bank", "pipeline": "wallets", "type": "Available", "severity": "page"}

        story = rules.Story(ill, [rules.Expected(55, name, []), rules.Expected(115, name, [labels])])
        assert not rules.failures(judge, rules.alone(everywhere, name), [story])


class TestValues:
    def test_without_being_asked_the_chart_makes_nothing_for_prometheus(self) -> None:
        assert objects() == []

    def test_the_operator_tells_of_single_pipelines_where_rules_ask_for_it(self) -> None:
        for enabled, expected in ((False, "false"), (True, "true")):
            with needed():
                made = rendered(NAMESPACE, monitoring__rules__enabled=enabled)
            (deployment,) = (found for found in made if found["kind"] == "Deployment")
            (container,) = deployment["spec"]["template"]["spec"]["containers"]
            env = {one["name"]: one.get("value") for one in container["env"]}
            assert env["SCORING_RESOURCE_METRICS"] == expected

    def test_every_object_has_only_fields_that_the_prometheus_operator_knows(self) -> None:
        made = objects(
            **ON, monitoring__rules__labels={"release": "p"}, monitoring__podMonitor__labels={"release": "p"}
        )

        assert sorted(one["kind"] for one in made) == [MONITOR, MONITOR, RULES]
        for one in made:
            jsonschema.validate(one, SCHEMAS[one["kind"]])
            assert one["metadata"]["labels"]["release"] == "p"

    @pytest.mark.parametrize("switch", ["rules", "podMonitor"])
    def test_each_switch_is_for_itself(self, switch: str) -> None:
        kinds = {one["kind"] for one in objects(**{f"monitoring__{switch}__enabled": True})}

        assert kinds == {RULES if switch == "rules" else MONITOR}

    def test_what_is_excluded_is_left_out_and_nothing_else(self, groups: dict[str, Any]) -> None:
        left_out = ["ScoringScorerDown", "ScoringFreshnessBurnFast"]

        kept = of_values(monitoring__rules__exclude=left_out)

        assert set(kept) == set(monitoring.alerts(groups)) - set(left_out)

    def test_thresholds_and_for_replace_those_of_one_alert(self, groups: dict[str, Any]) -> None:
        given = {"ScoringLagSecondsHigh": {"seconds": 900, "for": "10m"}, "ScoringRejectionsHigh": {"records": 0}}

        changed, before = of_values(monitoring__rules__thresholds=given), monitoring.alerts(groups)

        lag, rejections = changed["ScoringLagSecondsHigh"], changed["ScoringRejectionsHigh"]
        assert (lag["expr"][-6:], lag["for"]) == (" > 900", "10m")
        assert "900 s behind" in lag["annotations"]["description"]
        assert rejections["expr"].endswith(">= 0")
        assert "> 0.05" in rejections["expr"]
        assert {name for name in before if changed[name] != before[name]} == set(given)

    def test_a_larger_threshold_keeps_an_alert_quiet_that_fired(self, judge: Path) -> None:
        (case,) = (case for case in CASES if case.alert == "ScoringLagSecondsHigh")
        with needed():
            patient = monitoring.groups(monitoring__rules__thresholds={case.alert: {"seconds": 900}})

        story = rules.Story(case.fires[0], [rules.Expected(case.minutes[1], case.alert, [])])
        assert not rules.failures(judge, rules.alone(patient, case.alert), [story])

    def test_an_objective_moves_its_limits(self) -> None:
        slos = {"freshness": {"objective": 99, "minimumEvents": 7}}

        expr = of_values(monitoring__rules__slos=slos)["ScoringFreshnessBurnSlow"]["expr"]

        assert "1 * (1 - 99 / 100)" in expr
        assert f'scoring:freshness_events:sum_3d{{namespace="{NAMESPACE}"}} >= 7' in expr

    def test_runbooks_and_dashboard_are_where_the_values_say(self) -> None:
        urls = {"monitoring__rules__runbookUrl": "https://b.example/r/", "monitoring__rules__dashboardUrl": "https://d"}

        alerts = of_values(**urls)

        assert alerts["ScoringScorerDown"]["annotations"]["runbook_url"] == "https://b.example/r/ScoringScorerDown.md"
        assert {alert["annotations"]["dashboard_url"] for alert in alerts.values()} == {"https://d"}

    @pytest.mark.parametrize(
        ("field", "value", "words"),
        [
            ("exclude", ["ScoringNothing"], "monitoring.rules.exclude: there is no alert ScoringNothing; there are Sc"),
            ("thresholds", {"ScoringNothing": {"seconds": 1}}, "there is no alert ScoringNothing with thresholds"),
            (
                "thresholds",
                {"ScoringLagSecondsHigh": {"minutes": 1}},
                "thresholds.ScoringLagSecondsHigh: there is no threshold minutes; there are for, seconds",
            ),
            (
                "thresholds",
                {"ScoringLagSecondsHigh": {"seconds": "5m"}},
                "thresholds.ScoringLagSecondsHigh.seconds: write a number, not 5m",
            ),
            (
                "thresholds",
                {"ScoringLagSecondsHigh": {"for": "long"}},
                "thresholds.ScoringLagSecondsHigh.for: write a duration such as 5m, not long",
            ),
            (
                "slos",
                {"freshnes": {"objective": 99}},
                "at '/monitoring/rules/slos': additional properties 'freshnes' not",
            ),
            (
                "slos",
                {"freshness": {"objective": 100}},
                "at '/monitoring/rules/slos/freshness/objective': exclusiveMaximum: got 100, want 100",
            ),
        ],
    )
    def test_what_means_nothing_is_refused_by_name(self, field: str, value: Any, words: str) -> None:
        assert words in complaint(**{f"monitoring__rules__{field}": value})


class TestMonitors:
    def test_workers_are_found_by_what_their_pods_have_and_know_their_pipeline(self) -> None:
        _, workers = objects(monitoring__podMonitor__enabled=True)
        spec = workers["spec"]

        (endpoint,) = spec["podMetricsEndpoints"]
        assert (endpoint["port"], endpoint["path"]) == (OPS_PORT_NAME, METRICS_PATH)
        assert spec["namespaceSelector"] == {"matchNames": [NAMESPACE]}
        (label,) = (key for key, value in spec["selector"]["matchLabels"].items() if value == naming.MANAGED_BY)
        (expression,) = spec["selector"]["matchExpressions"]
        assert (label, expression["key"]) == (naming.MANAGED_LABEL, naming.PIPELINE_LABEL)
        source = "__meta_kubernetes_pod_label_" + re.sub(r"\W", "_", naming.PIPELINE_LABEL)
        assert {
            one["targetLabel"]: one.get("replacement") or one["sourceLabels"] for one in endpoint["relabelings"]
        } == {
            "job": "scoring-worker",
            "pipeline": [source],
        }

    def test_all_processes_of_the_operator_are_asked_also_those_that_are_not_ready(self) -> None:
        with needed():
            made = rendered(NAMESPACE, monitoring__podMonitor__enabled=True)
        (deployment,) = (one for one in made if one["kind"] == "Deployment")
        (monitor,) = (
            one for one in made if one["kind"] == MONITOR and not one["metadata"]["name"].endswith("-workers")
        )

        pod = deployment["spec"]["template"]
        assert monitor["spec"]["selector"] == {"matchLabels": deployment["spec"]["selector"]["matchLabels"]}
        assert monitor["spec"]["selector"]["matchLabels"].items() <= pod["metadata"]["labels"].items()
        (endpoint,) = monitor["spec"]["podMetricsEndpoints"]
        assert endpoint["port"] in {port["name"] for port in pod["spec"]["containers"][0]["ports"]}
        assert endpoint["relabelings"] == [
            {"action": "replace", "targetLabel": "job", "replacement": "scoring-operator"}
        ]
