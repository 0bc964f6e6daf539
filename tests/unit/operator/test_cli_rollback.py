"""What `kubectl-scoring history` and `rollback` say: pure functions of a status."""

from harness.pipelines import a_manifest, a_revision
from scoring_operator.cli.answer import plain
from scoring_operator.cli.history import as_table
from scoring_operator.cli.rollback import asked_for, changes


def test_a_history_is_a_table_with_the_present_marked():
    status = {
        "revision": {"desired": "c", "serving": "b"},
        "revisions": [
            {"revision": "b", "servingSince": "2026-01-02T00:00:00Z", "by": "kubectl-edit"},
            {"revision": "a", "servingSince": "2026-01-01T00:00:00Z"},
        ],
    }

    assert [line.split() for line in plain(as_table(status)).splitlines()] == [
        ["REVISION", "SERVING", "SINCE", "BY", "NOW"],
        ["b", "2026-01-02T00:00:00Z", "kubectl-edit", "serving"],
        ["a", "2026-01-01T00:00:00Z", "–"],
    ]


def test_a_pipeline_that_has_never_served_has_no_history():
    assert as_table({}) == "no revision has served yet"


def test_changes_name_each_parameter_with_both_values():
    before = {"custom": {"a": {"x": 1, "y": [1]}, "gone": True, "same": None}}
    after = {"custom": {"a": {"x": 2, "y": [1, 2]}, "new": "text", "same": None}}

    assert [str(change) for change in changes(before, after)] == [
        "  custom.a.x: 1 → 2",
        "  custom.a.y: [1] → [1, 2]",
        "  custom.gone: true → absent",
        '  custom.new: absent → "text"',
    ]


def test_equal_numbers_written_differently_are_no_change():
    assert list(changes({"a": {"x": 1}}, {"a": {"x": 1.0}})) == []


def test_the_revision_of_a_scorer_that_cannot_be_hashed_is_unknown():
    assert asked_for(a_manifest()["spec"]["scorer"]) == a_revision()
    assert asked_for({"custom": {"x": 2**60}}) == ""
