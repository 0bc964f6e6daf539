"""What fuzzing has once found stays found: every kept input again, without the engine."""

import pytest

from fuzz.bugs import BUGS, patched
from fuzz.catalogue import TARGETS
from fuzz.corpus import KEPT, inputs
from fuzz.subjects import SUBJECTS
from scoring_service.scorers.registry import SCORERS

MAX_CORPUS_BYTES = 300_000


@pytest.mark.parametrize("target", TARGETS)
def test_every_kept_input_keeps_the_promises(target):
    names = []
    for name, content in inputs(target):
        try:
            TARGETS[target].check(content)
        except Exception as error:
            raise AssertionError(f"{target}/{name}: {error!r}") from error
        names.append(name)

    assert len(set(names)) == len(names) > 1


def test_the_corpus_is_small():
    files = [path for path in KEPT.rglob("*") if path.is_file()]

    assert {path.parent.name for path in files} <= set(TARGETS)
    assert sum(path.stat().st_size for path in files) < MAX_CORPUS_BYTES


def test_every_scorer_is_fuzzed_with_its_neighbour_scored():
    assert set(SUBJECTS) == set(SCORERS)
    assert sum(target.share for target in TARGETS.values()) == pytest.approx(1)


@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: bug.name)
def test_every_seeded_bug_can_still_be_put_in(bug, tmp_path):
    patched(bug, tmp_path)

    changed = (tmp_path / "scoring_service" / bug.path).read_text()
    compile(changed, bug.path, "exec")
