"""A worker asks what it may do before it joins its group."""

import asyncio
from pathlib import Path

import pytest

from harness import twin
from scoring_service.contract.acls import worker_acls
from scoring_service.contract.worker_status import HeldReason
from scoring_service.stream.memory import streams
from scoring_service.worker.permissions import Permissions
from scoring_service.worker.trouble import Trouble


async def test_a_worker_whose_topic_is_missing_stays_out_and_joins_once_it_exists(tmp_path: Path) -> None:
    broker = twin.a_broker(partitions=1)
    broker.delete(twin.SUCCESS)
    twin.feed(broker, 2, partitions=1)

    async with twin.running(broker, tmp_path) as worker:
        await twin.until(lambda: bool(worker.status().held))
        status = worker.status()
        broker.create(twin.SUCCESS, 1)
        await broker.until(lambda: len(broker.records(twin.SUCCESS)) == 2)

        assert worker.status().held == ""

    assert (status.held, status.held_message) == ("OutputUnavailable", "topic success does not exist")
    assert (status.ready, status.lanes) == (False, ())


@pytest.mark.parametrize("line", range(len(worker_acls(twin.a_startup()))))
async def test_a_missing_permission_is_named_until_it_is_granted(line: int) -> None:
    broker, trouble = twin.a_broker(partitions=1), Trouble()
    inspector = streams(broker, twin.INPUT, twin.GROUP).inspector
    acl = worker_acls(twin.a_startup())[line]
    inspector.denied.add(acl)  # type: ignore[attr-defined]  # it is the twin's
    permissions = Permissions(inspector, twin.a_startup(), trouble, twin.QUICK)
    granted = asyncio.create_task(permissions.granted())

    await twin.until(lambda: permissions.held() is not None)
    held = permissions.held()
    inspector.denied.clear()  # type: ignore[attr-defined]  # the same
    await granted

    assert held is not None
    assert held[0] is HeldReason.NOT_AUTHORISED
    assert held[1].startswith(f"this client has no {acl}: kafka-acls.sh --add")
    assert (permissions.held(), trouble.latest) == (None, "")
