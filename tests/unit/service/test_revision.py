"""Which revision serves, whatever the live file says."""

import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest

from harness import toy
from scoring_service.contract.golden_cases import GoldenCase
from scoring_service.contract.revision import digest_of
from scoring_service.contract.scorer_file import ScorerBlock, ScorerFile
from scoring_service.revision import Revisions, verifying
from scoring_service.scorers.base import Absorbed, Outcome, Row, State


def revisions(live: Path) -> Revisions:
    return Revisions(live, toy.build, "shop/wallets", "9.9.9")


def write(live: Path, file: ScorerFile | bytes) -> bytes:
    content = file if isinstance(file, bytes) else file.encode()
    (live / "scorer.json").write_bytes(content)
    return content


@pytest.mark.parametrize(
    ("serving", "proposed", "serves", "refused"),
    [
        (1.0, None, 1.0, None),
        (None, 2.0, 2.0, None),
        (1.0, 2.0, 2.0, None),
        (1.0, "heavy", 1.0, "heavy"),
        (None, "heavy", None, "heavy"),
        ("light", "heavy", None, "heavy"),
        ("light", 2.0, 2.0, None),
    ],
)
async def test_a_pod_serves_proposed_if_it_builds_else_serving(
    tmp_path: Path, serving: object, proposed: object, serves: object, refused: object
) -> None:
    content = write(tmp_path, toy.scorer_file(serving=serving, proposed=proposed))
    found = revisions(tmp_path)

    await found.look()

    assert (found.current and found.current.revision) == (serves and toy.block(serves).revision)
    assert (found.refused and found.refused.revision) == (refused and toy.block(refused).revision)
    assert found.config_digest == digest_of(content)


async def test_a_refusal_names_what_was_expected_and_what_came(tmp_path: Path) -> None:
    write(tmp_path, toy.scorer_file(serving=1.0, proposed="heavy"))
    found = revisions(tmp_path)

    await found.look()

    assert found.refused is not None
    assert found.refused.message == "scorer.toy: Expected `float`, got `str` - at `$.weight`"


async def test_a_refused_proposal_leaves_the_serving_scorer_in_place_and_a_mended_one_takes_over(
    tmp_path: Path,
) -> None:
    found = revisions(tmp_path)
    write(tmp_path, toy.scorer_file(serving=1.0))
    await found.look()
    before = found.current

    write(tmp_path, toy.scorer_file(serving=1.0, proposed="heavy"))
    await found.look()
    during = found.current
    write(tmp_path, toy.scorer_file(serving=1.0, proposed=3.0))
    await found.look()

    assert during is before
    assert found.current is not None
    assert found.current.revision == toy.block(3.0).revision
    assert found.refused is None


PASSES, FAILS = toy.block(2.0, toy.case(2.0)), toy.block(2.0, toy.case(7.0, "two"))
OTHER = toy.block(7.0, toy.case(2.0))


@pytest.mark.parametrize(
    ("serving", "proposed", "serves", "refused", "case"),
    [
        (None, PASSES, PASSES, "", ""),
        (PASSES, OTHER, PASSES, OTHER.revision, "one"),
        (PASSES, FAILS, PASSES, PASSES.revision, "two"),
        (FAILS, OTHER, None, OTHER.revision, "one"),
        (FAILS, None, None, FAILS.revision, "two"),
        (FAILS, toy.block(7.0, toy.case(7.0)), toy.block(7.0), "", ""),
    ],
)
async def test_a_pod_that_starts_serves_the_first_slot_that_passes_its_cases_and_none_if_both_miss(
    tmp_path: Path,
    serving: ScorerBlock | None,
    proposed: ScorerBlock | None,
    serves: ScorerBlock | None,
    refused: str,
    case: str,
) -> None:
    write(tmp_path, ScorerFile(serving=serving, proposed=proposed))
    found = revisions(tmp_path)

    await found.look()

    assert (found.current and found.current.revision) == (serves and serves.revision)
    assert ((found.refused and found.refused.revision) or "", (found.refused and found.refused.case) or "") == (
        refused,
        case,
    )


async def test_a_missed_case_is_told_with_its_field_what_was_expected_and_what_came(tmp_path: Path) -> None:
    write(tmp_path, ScorerFile(serving=PASSES, proposed=OTHER))
    found = revisions(tmp_path)

    await found.look()

    assert found.refused is not None
    assert found.refused.message == "golden case one, input 0, score: expected 2.0, came 7.0"


@pytest.mark.parametrize("slots", [{"serving": PASSES, "proposed": FAILS}, {"serving": FAILS}])
async def test_cases_that_miss_on_what_serves_swap_nothing_and_release_no_kept_batch(
    tmp_path: Path, slots: dict[str, ScorerBlock]
) -> None:
    write(tmp_path, ScorerFile(serving=PASSES))
    found = revisions(tmp_path)
    await found.look()
    before = found.seen()

    content = write(tmp_path, ScorerFile(**slots))
    await found.look()

    assert found.seen() == before
    assert found.refused is not None
    assert (found.refused.revision, found.refused.case) == (PASSES.revision, "two")
    assert found.config_digest == digest_of(content)


async def test_cases_that_hold_on_what_serves_swap_nothing_either(tmp_path: Path) -> None:
    write(tmp_path, ScorerFile(serving=PASSES))
    found = revisions(tmp_path)
    await found.look()
    before = found.current

    write(tmp_path, ScorerFile(serving=PASSES, proposed=toy.block(2.0, toy.case(2.0), toy.case(2.0, "two"))))
    await found.look()

    assert found.current is before
    assert found.refused is None


async def test_a_file_of_the_former_version_is_served(tmp_path: Path) -> None:
    write(tmp_path, b'{"contractVersion":1,"serving":{"member":"toy","parameters":{"weight":2.0}}}')
    found = revisions(tmp_path)

    await found.look()

    assert found.current is not None
    assert found.problem == ""


def failing(block: ScorerBlock) -> toy.Toy:
    """Build a toy that fails on every row if its weight is 0."""

    class Failing(toy.Toy):
        def score(self, rows: Sequence[Row], state: State) -> tuple[Sequence[Outcome], State]:
            return [Absorbed(str(1 / self._weight)) for _ in rows], state

    return Failing(toy.ToyParameters(block.parameters["weight"]))


async def test_a_scorer_that_fails_on_a_case_is_refused_and_crashes_nothing(tmp_path: Path) -> None:
    write(tmp_path, ScorerFile(proposed=toy.block(0, toy.case(0.0))))
    found = Revisions(tmp_path, failing, "shop/wallets", "9.9.9")

    await found.look()

    assert found.refused is not None
    assert found.refused.message.endswith('expected "an outcome", came "ZeroDivisionError: division by zero"')


async def test_a_scorer_that_never_comes_back_from_a_case_is_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    released = threading.Event()

    class Endless(toy.Toy):
        def score(self, rows: Sequence[Row], state: State) -> tuple[Sequence[Outcome], State]:
            released.wait()
            return super().score(rows, state)

    monkeypatch.setattr(verifying, "CUT_S", 0.05)
    write(tmp_path, ScorerFile(proposed=PASSES))
    found = Revisions(tmp_path, lambda _: Endless(toy.ToyParameters(2.0)), "shop/wallets", "9.9.9")

    await found.look()
    released.set()

    assert found.current is None
    assert found.refused is not None
    assert found.refused.message == "golden cases: expected an end within 2 s, came none"


HOSTILE: dict[str, dict[str, Any]] = {
    "too many": {"golden_cases": tuple(toy.case(1.0, f"n{n}") for n in range(21))},
    "too big": {"golden_cases": (GoldenCase(name="a", as_of=1, inputs=({"a": "x" * 70_000},), expect=({},)),)},
    "unequal": {"golden_cases": (GoldenCase(name="a", as_of=1, inputs=({},), expect=()),)},
}


@pytest.mark.parametrize("changes", HOSTILE.values(), ids=HOSTILE)
async def test_what_is_no_golden_case_is_refused_whoever_wrote_it(tmp_path: Path, changes: dict[str, Any]) -> None:
    write(tmp_path, ScorerFile(proposed=msgspec.structs.replace(PASSES, **changes)))
    found = revisions(tmp_path)

    await found.look()

    assert found.refused is not None
    assert found.refused.message.startswith("goldenCases: write ")


NOT_UNDERSTOOD = {
    "nothing": b"",
    "no JSON": b"{",
    "a list": b"[]",
    "a number as a slot": b'{"serving": 7}',
    "a later version": b'{"contractVersion": 99}',
    "text that is not UTF-8": b'{"serving": {"member": "\xff"}}',
    "thousands of brackets": b'{"x": ' + b"[" * 100_000,
}


@pytest.mark.parametrize("content", NOT_UNDERSTOOD.values(), ids=NOT_UNDERSTOOD)
async def test_a_file_that_is_not_understood_keeps_what_serves_and_says_so(tmp_path: Path, content: bytes) -> None:
    found = revisions(tmp_path)
    good = write(tmp_path, toy.scorer_file(serving=1.0))
    await found.look()
    before = found.current

    write(tmp_path, content)
    await found.look()

    assert found.current is before
    assert found.problem.startswith("scorer.json ")
    assert found.config_digest == digest_of(good)


async def test_a_file_that_is_gone_keeps_what_serves_and_is_read_again_when_it_is_back(tmp_path: Path) -> None:
    found = revisions(tmp_path)
    content = write(tmp_path, toy.scorer_file(serving=1.0))
    await found.look()

    (tmp_path / "scorer.json").unlink()
    await found.look()
    problem = found.problem
    write(tmp_path, content.replace(b"1.0", b"4.0"))
    await found.look()

    assert problem == "scorer.json cannot be read: No such file or directory"
    assert found.current is not None
    assert found.current.revision == toy.block(4.0).revision
    assert found.problem == ""


async def test_a_swap_of_the_mounted_directory_is_noticed_as_the_kubelet_makes_it(tmp_path: Path) -> None:
    for number, weight in enumerate((1.0, 2.0)):
        (tmp_path / f"..{number}").mkdir()
        write(tmp_path / f"..{number}", toy.scorer_file(serving=weight))
    (tmp_path / "..data").symlink_to("..0")
    (tmp_path / "scorer.json").symlink_to("..data/scorer.json")
    found = revisions(tmp_path)
    await found.look()

    (tmp_path / "..new").symlink_to("..1")
    (tmp_path / "..new").rename(tmp_path / "..data")
    await found.look()

    assert found.current is not None
    assert found.current.revision == toy.block(2.0).revision


async def test_promotion_keeps_the_scorer_that_is_already_built(tmp_path: Path) -> None:
    found = revisions(tmp_path)
    write(tmp_path, toy.scorer_file(serving=1.0, proposed=2.0))
    await found.look()
    built = found.current

    content = write(tmp_path, toy.scorer_file(serving=2.0))
    await found.look()

    assert found.current is built
    assert found.config_digest == digest_of(content)


async def test_parameters_that_are_no_json_are_refused(tmp_path: Path) -> None:
    write(tmp_path, toy.scorer_file(serving=1.0, proposed=2**60))
    found = revisions(tmp_path)

    await found.look()

    assert found.current is not None
    assert found.current.revision == toy.block(1.0).revision
    assert found.refused is not None
