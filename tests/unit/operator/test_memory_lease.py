"""The in-memory twin of a Lease keeps the laws of every Lease."""

from harness.lease_laws import Law, every_lease_law
from scoring_operator.election.memory import MemoryLease


@every_lease_law
async def test_the_twin_keeps_the_law(law: Law) -> None:
    lease = MemoryLease()

    async def delete() -> None:
        lease.seen = None

    await law(lease, delete)
