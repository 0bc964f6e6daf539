"""What every adapter of a Lease promises to an election; held against the in-memory twin and a real API server."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

import pytest

from scoring_operator.election.port import Lease
from scoring_operator.election.record import Record, Seen
from scoring_operator.errors import Conflict

NOON = datetime(2026, 1, 1, 12, 0, 0, 123456, tzinfo=UTC)


Delete = Callable[[], Awaitable[object]]
"""Deletes the Lease, as a person does."""


def a_record(holder: str = "one", renewed: int = 0) -> Record:
    """Return the record of a holder, acquired at noon and renewed so many seconds later."""
    return Record(holder, 15, 3, acquired_at=NOON, renewed_at=NOON + timedelta(seconds=renewed))


async def created(lease: Lease) -> Seen:
    """Create the Lease."""
    return await lease.write(a_record(), None)


async def there_is_none_at_first(lease: Lease, _: Delete) -> None:
    assert await lease.read() is None


async def what_was_written_is_read_to_the_microsecond(lease: Lease, _: Delete) -> None:
    written = await created(lease)

    assert written.record == a_record()
    assert await lease.read() == written


async def of_two_that_create_it_one_is_refused(lease: Lease, _: Delete) -> None:
    first = await created(lease)

    with pytest.raises(Conflict):
        await lease.write(a_record("two"), None)

    assert await lease.read() == first


async def of_two_that_write_onto_one_version_one_is_refused(lease: Lease, _: Delete) -> None:
    first = await created(lease)
    second = await lease.write(a_record(renewed=2), first.version)

    with pytest.raises(Conflict):
        await lease.write(a_record("two"), first.version)

    assert second.version > first.version
    assert await lease.read() == second


async def a_renewal_that_says_the_same_is_no_new_version(lease: Lease, _: Delete) -> None:
    """Nobody would see it: hence no record is ever claimed anew as it was."""
    first = await created(lease)

    assert await lease.write(a_record(), first.version) == first


async def one_that_is_not_there_cannot_be_renewed(lease: Lease, _: Delete) -> None:
    with pytest.raises(Conflict):
        await lease.write(a_record(), 1)

    assert await lease.read() is None


async def one_that_was_deleted_is_not_made_again_by_a_renewal(lease: Lease, delete: Delete) -> None:
    """Whoever renews may not have seen the latest holder of what was deleted."""
    first = await created(lease)
    await delete()

    with pytest.raises(Conflict):
        await lease.write(a_record("two", renewed=2), first.version)

    assert await lease.read() is None


async def one_that_was_given_back_has_no_holder(lease: Lease, _: Delete) -> None:
    first = await created(lease)

    await lease.write(first.record.released(NOON), first.version)

    seen = await lease.read()
    assert seen is not None
    assert (seen.record.holder, seen.record.transitions) == ("", 3)


Law = Callable[[Lease, Delete], Awaitable[None]]
LAWS: tuple[Law, ...] = (
    there_is_none_at_first,
    what_was_written_is_read_to_the_microsecond,
    of_two_that_create_it_one_is_refused,
    of_two_that_write_onto_one_version_one_is_refused,
    a_renewal_that_says_the_same_is_no_new_version,
    one_that_is_not_there_cannot_be_renewed,
    one_that_was_deleted_is_not_made_again_by_a_renewal,
    one_that_was_given_back_has_no_holder,
)
every_lease_law = pytest.mark.parametrize("law", LAWS, ids=lambda law: law.__name__.replace("_", " "))
