"""The ACL table: what is in it, and how it is written down."""

import msgspec

from harness import workers
from scoring_service.contract.acls import Acl, Missing, Resource, command, redrive_acls, worker_acls
from scoring_service.stream.kafka import settings

STARTUP = workers.a_startup("kafka:9092", "shop.wallets")


def with_dead_letters(startup):
    return msgspec.structs.replace(startup, output=msgspec.structs.replace(startup.output, dead_letter_topic="dead"))


def test_a_worker_reads_its_input_with_its_group_and_writes_its_outputs():
    assert [str(acl) for acl in worker_acls(STARTUP)] == [
        "READ on topic shop.wallets",
        "WRITE on topic shop.wallets-success",
        "WRITE on topic shop.wallets-failure",
        "READ on group shop.wallets",
    ]


def test_dead_letters_and_transactions_need_one_more_each():
    startup = with_dead_letters(workers.a_startup("kafka:9092", "w", guarantee="ExactlyOnce"))

    more = set(worker_acls(startup)) - set(worker_acls(workers.a_startup("kafka:9092", "w")))

    assert {str(acl) for acl in more} == {
        "WRITE on topic dead",
        "WRITE on transactional-id with the prefix w.w.",
    }


def test_every_transactional_id_has_the_prefix_of_the_table():
    startup = workers.a_startup("kafka:9092", "w", guarantee="ExactlyOnce")
    *_, transactional = worker_acls(startup)

    assert settings.transactional_id(startup, 7) == f"{transactional.name}7"


def test_a_redrive_without_a_dead_letter_topic_needs_nothing():
    assert redrive_acls(STARTUP) == ()
    assert [str(acl) for acl in redrive_acls(with_dead_letters(STARTUP))] == [
        "READ on topic dead",
        "WRITE on topic shop.wallets",
        "READ on group shop.wallets.redrive",
    ]


def test_a_command_is_safe_to_paste():
    acl = Acl(resource=Resource.TRANSACTIONAL_ID, name="a b.", operation="WRITE", is_prefix=True)

    assert command(acl, "User:CN=w,O=x y", ["--bootstrap-server", "kafka:9092"]) == (
        "kafka-acls.sh --bootstrap-server kafka:9092 --add --allow-principal 'User:CN=w,O=x y' --operation Write "
        "--transactional-id 'a b.' --resource-pattern-type prefixed"
    )


def test_what_is_missing_is_one_sentence_that_says_how_to_mend_it():
    acl = Acl(resource=Resource.TOPIC, name="scores", operation="WRITE")

    assert str(Missing(acl=acl, exists=False)) == "topic scores does not exist"
    assert str(Missing(acl=acl)) == (
        "this client has no WRITE on topic scores: "
        "kafka-acls.sh --add --allow-principal User:NAME --operation Write --topic scores"
    )
