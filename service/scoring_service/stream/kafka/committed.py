"""Committed offsets as the brokers mean them: an answer that is an error as a whole is not "nothing is committed".

A broker that is not, or not yet, the coordinator of a group says so once for all partitions and names none of them. The
client reads the partitions alone: a worker that asks while another broker takes the group over would begin anew.
"""

from typing import Any

from aiokafka.consumer.group_coordinator import GroupCoordinator
from aiokafka.errors import GroupCoordinatorNotAvailableError, NotCoordinatorForGroupError, for_code
from aiokafka.protocol.api import Request, Response
from aiokafka.protocol.commit import OffsetFetchRequest

ELSEWHERE = (GroupCoordinatorNotAvailableError, NotCoordinatorForGroupError)


class AttentiveCoordinator(GroupCoordinator):  # type: ignore[misc] # aiokafka is untyped
    """Asks again while the group has no coordinator, and raises what cannot be mended by asking."""

    async def _send_req(self, request: Request) -> Response:
        answer: Any = await super()._send_req(request)
        if isinstance(request, OffsetFetchRequest) and answer.API_VERSION > 1 and answer.error_code:
            error = for_code(answer.error_code)
            if error in ELSEWHERE:
                self.coordinator_dead()
            raise error(self.group_id)
        return answer
