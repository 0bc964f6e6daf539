"""The page about plans shows what the commands on it say."""

from pathlib import Path

import pytest
from tools import plan_page


def test_the_page_shows_what_the_commands_say_today(scoring_data: Path) -> None:
    assert (scoring_data / plan_page.WALLETS).is_file()
    assert plan_page.main(["--check"]) == 0


@pytest.mark.parametrize("page", ["", "<!-- BEGIN a -->\n", "<!-- END a -->"])
def test_a_page_without_both_markers_is_refused(page: str) -> None:
    with pytest.raises(ValueError, match="BEGIN a"):
        plan_page.filled(page, "a", "content")
