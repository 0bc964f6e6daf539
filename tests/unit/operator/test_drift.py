"""What an operator that knows nothing yet reads in a child: nobody has touched it, or it must be written."""

import copy
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.pipelines import a_block, a_pipeline
from scoring_operator import drift
from scoring_operator.config import WorkerDefaults
from scoring_operator.desired import naming
from scoring_operator.desired.children import Decisions, children
from scoring_operator.facts import Manifest
from scoring_service.contract.scorer_file import ScorerFile

WORKERS = WorkerDefaults(image="scoring/service:1")
WANTED = children(
    a_pipeline(pod={"resources": {"limits": {"cpu": "1"}}, "labels": {"team": "risk"}}),
    WORKERS,
    Decisions(file=ScorerFile(proposed=a_block()), replicas=2, image=WORKERS.image),
)
CHILDREN = [drift.marked(child, "shop/ours") for child in WANTED]
Path = tuple[str | int, ...]


def stored(desired: Manifest) -> Manifest:
    """Return what an API server makes of what was sent: a little more."""
    manifest = copy.deepcopy(desired)
    manifest["metadata"].update(uid="u", resourceVersion="7", generation=1, creationTimestamp="2026-01-01T00:00:00Z")
    manifest["status"] = {"replicas": 2}
    for container in manifest.get("spec", {}).get("template", {}).get("spec", {}).get("containers", ()):
        container["terminationMessagePath"] = "/dev/termination-log"
        container["readinessProbe"]["successThreshold"] = 1
        container["env"][0]["valueFrom"]["fieldRef"]["apiVersion"] = "v1"
    return manifest


def leaves(value: Any, path: Path = ()) -> Iterator[Path]:
    """Return the path of every value that is not made of others."""
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    below = [leaf for part, inner in parts for leaf in leaves(inner, (*path, part))]
    yield from below or [path]


def parent(manifest: Manifest, path: Path) -> Any:
    for part in path[:-1]:
        manifest = manifest[part]
    return manifest


NAMES = ("apiVersion", "kind", ("metadata", "name"), ("metadata", "namespace"))
EVERY_LEAF = [
    (number, path)
    for number, child in enumerate(CHILDREN)
    for path in leaves(child)
    if path[0] not in NAMES and path not in NAMES
]


@pytest.mark.parametrize("desired", CHILDREN, ids=lambda child: child["kind"])
def test_what_an_operator_left_is_not_written_again_by_the_next(desired: Manifest) -> None:
    assert drift.is_current(desired, stored(desired), None)


@given(st.sampled_from(EVERY_LEAF), st.booleans())
def test_whatever_part_of_ours_was_changed_or_taken_away_it_is_written(leaf: tuple[int, Path], taken: bool) -> None:
    number, path = leaf
    observed = stored(CHILDREN[number])
    holder = parent(observed, path)
    if taken:
        del holder[path[-1]]
    else:
        holder[path[-1]] = "theirs"

    assert not drift.is_current(CHILDREN[number], observed, None)


WANTED_LEAVES = [(number, path) for number, path in EVERY_LEAF if naming.APPLIED_ANNOTATION not in path]


@given(st.sampled_from(WANTED_LEAVES))
def test_whatever_part_is_no_longer_wanted_it_is_written(leaf: tuple[int, Path]) -> None:
    """Server-side apply removes what is not sent any more; what is there still says more than what is wanted."""
    number, path = leaf
    less = copy.deepcopy(WANTED[number])
    del parent(less, path)[path[-1]]

    assert not drift.is_current(drift.marked(less, "shop/ours"), stored(CHILDREN[number]), None)


def test_what_another_release_has_applied_is_written() -> None:
    """It would be its field manager's otherwise, for ever."""
    for wanted, theirs in zip(WANTED, CHILDREN, strict=True):
        assert not drift.is_current(drift.marked(wanted, "shop/another"), stored(theirs), None)


@pytest.mark.parametrize(
    ("kind", "path", "added"),
    [
        ("Service", ("spec", "selector"), {"zone": "a"}),
        ("Deployment", ("spec", "selector", "matchLabels"), {"zone": "a"}),
        ("PodDisruptionBudget", ("spec", "selector", "matchLabels"), {"zone": "a"}),
    ],
)
def test_a_selector_to_which_something_was_added_is_written(kind: str, path: Path, added: dict[str, str]) -> None:
    desired = next(child for child in CHILDREN if child["kind"] == kind)
    observed = stored(desired)
    holder = parent(observed, (*path, ""))
    holder.update(added)

    assert not drift.is_current(desired, observed, None)


def test_what_others_add_to_a_child_is_theirs() -> None:
    desired = next(child for child in CHILDREN if child["kind"] == "ConfigMap")
    observed = stored(desired)
    observed["data"]["theirs"] = "x"
    observed["metadata"]["labels"]["theirs"] = "x"
    observed["metadata"]["annotations"]["theirs"] = "x"

    assert drift.is_current(desired, observed, None)


def test_a_child_without_the_digest_is_written() -> None:
    desired = CHILDREN[0]
    observed = stored(desired)
    del observed["metadata"]["annotations"]

    assert not drift.is_current(desired, observed, None)


@pytest.mark.parametrize("desired", CHILDREN, ids=lambda child: child["kind"])
def test_the_digest_is_missed_by_whoever_wrote_it_though_no_generation_changes(desired: Manifest) -> None:
    left = stored(desired)
    last = drift.applied(desired, left)
    touched = copy.deepcopy(left)
    touched["metadata"]["annotations"] = {}

    assert drift.is_current(desired, left, last)
    assert not drift.is_current(desired, touched, last)


def test_whoever_knows_nothing_yet_can_tell_that_somebody_touched_a_child() -> None:
    desired = CHILDREN[0]
    seen = stored(desired)
    after = {**seen, "metadata": {**seen["metadata"], "resourceVersion": "8"}}

    assert drift.is_touched(desired, seen, after, None)
    assert not drift.is_touched(desired, seen, seen, None)  # the write changed nothing
    assert not drift.is_touched(drift.marked(desired, "shop/another"), seen, after, None)
    assert not drift.is_touched(desired, None, after, None)


def test_what_was_remembered_counts_more_than_what_is_read() -> None:
    """Somebody may have added an item that server-side apply would remove: its version tells."""
    desired = CHILDREN[0]
    observed = stored(desired)
    last = drift.applied(desired, observed)
    assert drift.is_current(desired, observed, last)

    observed["metadata"].update(generation=2, resourceVersion="8")

    assert not drift.is_current(desired, observed, last)
