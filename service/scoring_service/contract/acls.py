"""What a pipeline may do on Kafka: the exact ACLs that its workers need, and not one more.

READ and WRITE imply DESCRIBE, so the table does not repeat it. Brokers from 2.8 on let whoever may write a topic write
it idempotently; older ones want IdempotentWrite on the cluster besides.
"""

import shlex
from collections.abc import Iterable
from enum import StrEnum
from typing import Literal

from scoring_service.contract.startup import Startup
from scoring_service.contract.wire import Wire

Operation = Literal["READ", "WRITE"]


class Resource(StrEnum):
    """What an ACL is about."""

    TOPIC = "topic"
    GROUP = "group"
    TRANSACTIONAL_ID = "transactional-id"


class Acl(Wire, frozen=True):
    """One thing that a client must be allowed to do."""

    resource: Resource
    name: str
    operation: Operation
    is_prefix: bool = False
    """Whether `name` is the beginning of many names."""
    why: str = ""

    def __str__(self) -> str:
        prefixed = " with the prefix" if self.is_prefix else ""
        return f"{self.operation} on {self.resource}{prefixed} {self.name}"


class Missing(Wire, frozen=True):
    """One thing that keeps a pipeline from working; its text is a sentence that says how to mend it."""

    acl: Acl
    """What the client wanted to do."""
    exists: bool = True
    """False: the topic is not there. True: it may be, and the client must not do this with it."""

    def __str__(self) -> str:
        if not self.exists:
            return f"{self.acl.resource} {self.acl.name} does not exist"
        return f"this client has no {self.acl}: {command(self.acl, 'User:NAME')}"


def worker_acls(startup: Startup) -> tuple[Acl, ...]:
    """Return what a worker needs."""
    source, output = startup.input, startup.output
    read = Acl(resource=Resource.TOPIC, name=source.topic, operation="READ", why="the records")
    written = ((output.success_topic, "scores"), (output.failure_topic, "failures"))
    dead = ((output.dead_letter_topic, "dead letters"),) if output.dead_letter_topic else ()
    return (
        read,
        *(Acl(resource=Resource.TOPIC, name=topic, operation="WRITE", why=why) for topic, why in (*written, *dead)),
        Acl(resource=Resource.GROUP, name=source.group, operation="READ", why="membership and offsets"),
        *_transactions(startup),
    )


def redrive_acls(startup: Startup) -> tuple[Acl, ...]:
    """Return what `scorer redrive` needs; nothing without a dead letter topic."""
    dead = startup.output.dead_letter_topic
    if not dead:
        return ()
    group = redrive_group(startup)
    return (
        Acl(resource=Resource.TOPIC, name=dead, operation="READ", why="redrive: dead letters"),
        Acl(resource=Resource.TOPIC, name=startup.input.topic, operation="WRITE", why="redrive: back to the input"),
        Acl(resource=Resource.GROUP, name=group, operation="READ", why="redrive: how far it got"),
    )


def redrive_group(startup: Startup) -> str:
    """Return the consumer group that remembers how far `scorer redrive` got."""
    return f"{startup.input.group}.redrive"


def transactional_prefix(startup: Startup) -> str:
    """Return what the transactional ids of a pipeline's lanes begin with; the partition follows."""
    return f"{startup.input.group}.{startup.input.topic}."


def command(acl: Acl, principal: str, connection: Iterable[str] = ()) -> str:
    """Return the `kafka-acls.sh` command that grants `acl`; `connection` is how it reaches the brokers."""
    pattern = ("--resource-pattern-type", "prefixed") if acl.is_prefix else ()
    subject = (f"--{acl.resource}", shlex.quote(acl.name), *pattern)
    granted = ("--allow-principal", shlex.quote(principal), "--operation", acl.operation.title())
    return " ".join(("kafka-acls.sh", *connection, "--add", *granted, *subject))


def _transactions(startup: Startup) -> tuple[Acl, ...]:
    if startup.delivery.guarantee != "ExactlyOnce":
        return ()
    prefix = transactional_prefix(startup)
    acl = Acl(
        resource=Resource.TRANSACTIONAL_ID, name=prefix, operation="WRITE", is_prefix=True, why="one per partition"
    )
    return (acl,)
