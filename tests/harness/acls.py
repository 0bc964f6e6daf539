"""The product's own table of ACLs, written to a broker."""

from typing import Final

from aiokafka.protocol.admin import CreateAclsRequest, DeleteAclsRequest

from harness.kafka_requests import ALLOW, KINDS, LITERAL, OPERATIONS, _ask
from harness.kafka_secure import SecureBroker
from scoring_service.contract.acls import Acl

PREFIXED: Final = 4


async def allow(broker: SecureBroker, user: str, *acls: Acl) -> None:
    """Let `user` do these things.

    Raises:
        RuntimeError: The broker refuses.
    """
    for acl in acls:
        answer = await _ask(broker.plain, CreateAclsRequest(*_binding(user, acl)))
        if refused := [message for code, message in answer.creation_responses if code]:
            raise RuntimeError(f"the broker refuses {acl}: {refused}")


async def forbid(broker: SecureBroker, user: str, *acls: Acl) -> None:
    """Take these things back.

    Raises:
        RuntimeError: `user` was not allowed one of them.
    """
    for acl in acls:
        answer = await _ask(broker.plain, DeleteAclsRequest(*_binding(user, acl)))
        ((code, _, matching),) = answer.filter_responses
        if code or len(matching) != 1:
            raise RuntimeError(f"cannot forbid {acl}: error code {code}, {len(matching)} found")


def _binding(user: str, acl: Acl) -> tuple[int, str, int, str, str, int, int]:
    kind = KINDS[acl.resource.replace("-", " ")]
    pattern = PREFIXED if acl.is_prefix else LITERAL
    return kind, acl.name, pattern, f"User:{user}", "*", OPERATIONS[acl.operation.title()], ALLOW
