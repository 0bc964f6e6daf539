"""The in-process twin of the inspector."""

import pytest

from harness import workers
from scoring_service.contract.acls import Missing, worker_acls
from scoring_service.errors import StreamUnavailable
from scoring_service.stream.memory import MemoryBroker
from scoring_service.stream.memory.inspector import MemoryInspector

STARTUP = workers.a_startup("memory", "in")


async def test_topics_that_do_not_exist_and_what_is_denied_are_missing_in_the_tables_order():
    broker = MemoryBroker()
    inspector = MemoryInspector(broker)
    broker.create("in", 1)
    broker.create("in-failure", 1)
    needed = worker_acls(STARTUP)
    inspector.denied.add(needed[-1])

    missing = await inspector.missing(needed)

    assert missing == (Missing(acl=needed[1], exists=False), Missing(acl=needed[-1]))


async def test_brokers_that_are_down_answer_nothing():
    broker = MemoryBroker()
    broker.is_down = True

    with pytest.raises(StreamUnavailable):
        await MemoryInspector(broker).missing(worker_acls(STARTUP))
