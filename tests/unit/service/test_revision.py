"""Which revision serves, whatever the live file says."""

from pathlib import Path

import pytest

from harness import toy
from scoring_service.contract.revision import digest_of
from scoring_service.contract.scorer_file import ScorerFile
from scoring_service.revision import Revisions


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
