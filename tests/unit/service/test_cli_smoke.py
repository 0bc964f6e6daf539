"""`scorer smoke` on topics in memory: it passes only if each record comes out as a score."""

from collections.abc import Callable, Sequence

import pytest

from harness.twin import a_startup
from scoring_service.cli.smoke import Outcome, as_text, tried

SUCCESS, FAILURE = "ok", "failed"
Output = tuple[str, str, bytes]


class MemoryTopics:
    """Topics whose workers answer each source as a test says."""

    def __init__(self, answers: Callable[[str], list[Output]]) -> None:
        self._answers = answers
        self._waiting: list[str] = []
        self.written: Sequence[tuple[bytes, bytes]] = ()

    async def write(self, records: Sequence[tuple[bytes, bytes]]) -> list[str]:
        self.written = records
        self._waiting = [f"in/0/{offset}" for offset in range(len(records))]
        return list(self._waiting)

    async def outputs(self) -> list[Output]:
        return self._answers(self._waiting.pop(0)) if self._waiting else []


async def test_records_that_are_all_scored_pass() -> None:
    topics = MemoryTopics(lambda source: [(SUCCESS, source, b"{}")])

    outcome = await tried(topics, SUCCESS, 3, within_s=10)

    assert (outcome.is_good, outcome.scored, outcome.failed) == (True, 3, ())
    assert len({key for key, _ in topics.written}) == 3


async def test_a_failure_ends_it_and_is_told() -> None:
    topics = MemoryTopics(lambda source: [(FAILURE, source, b'{"reason": "schema"}')])

    outcome = await tried(topics, SUCCESS, 3, within_s=10)

    assert (outcome.is_good, outcome.scored, outcome.failed) == (False, 0, ('{"reason": "schema"}',))


@pytest.mark.parametrize("others", [[], [(SUCCESS, "in/0/99", b"{}")], [(SUCCESS, "", b"{}")]])
async def test_outputs_of_other_records_do_not_count(others: list[Output]) -> None:
    outcome = await tried(MemoryTopics(lambda _: others), SUCCESS, 2, within_s=0.01)

    assert (outcome.is_good, outcome.scored) == (False, 0)


async def test_an_output_that_comes_twice_counts_once() -> None:
    topics = MemoryTopics(lambda source: [(SUCCESS, source, b"{}")] * 2)

    assert (await tried(topics, SUCCESS, 2, within_s=10)).scored == 2


def test_a_failure_is_shown_with_its_topic() -> None:
    startup = a_startup()
    text = as_text(Outcome(3, 1, ('{"reason": "schema"}',), 2.0), startup)

    assert text.splitlines() == [
        f"3 records written to {startup.input.topic}, 1 of them scored after 2.0 s",
        f'{startup.output.failure_topic}: {{"reason": "schema"}}',
    ]
