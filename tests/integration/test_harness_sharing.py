"""What test runs share is started by the first of them and stopped by the last, unless a person wants it to stay."""

from pathlib import Path

import pytest

from harness.sharing import Shared


class Switch:
    """Something that is on or off, and counts how often it was turned."""

    def __init__(self, folder: Path) -> None:
        self.log: list[str] = []
        self.shared = Shared(folder, self.start, self.stop)

    def start(self) -> None:
        if not self.is_on:
            self.log.append("on")

    def stop(self) -> None:
        self.log.append("off")

    @property
    def is_on(self) -> bool:
        return self.log[-1:] == ["on"]


@pytest.fixture
def switch(tmp_path: Path) -> Switch:
    return Switch(tmp_path / "switch")


def test_the_last_user_stops_it(switch: Switch) -> None:
    with switch.shared.used():
        with switch.shared.used():
            assert switch.log == ["on"]
        assert switch.log == ["on"]

    assert switch.log == ["on", "off"]


def test_it_stays_for_a_person_until_dropped(switch: Switch) -> None:
    switch.shared.keep()
    with switch.shared.used():
        pass
    assert switch.log == ["on"]

    switch.shared.drop()
    assert switch.log == ["on", "off"]


def test_a_user_that_fails_leaves_it_stopped(switch: Switch) -> None:
    with pytest.raises(ZeroDivisionError), switch.shared.used():
        _ = 1 / 0

    assert switch.log == ["on", "off"]
