"""Bytewax: the batch scorer in `flat_map_batch`, offsets in its recovery store every five seconds. At least once."""

import os
from collections import defaultdict
from datetime import timedelta
from pathlib import Path

import bytewax.operators as op
from bytewax.connectors.kafka import KafkaSink, KafkaSinkMessage, KafkaSource, KafkaSourceMessage
from bytewax.dataflow import Dataflow
from bytewax.recovery import RecoveryConfig, init_db_dir
from bytewax.run import cli_main

from benchmarks.peers.programs.core import BATCH_RECORDS, Core, Taken, startup
from scoring_service.contract.startup import Startup

EPOCH = timedelta(seconds=5)


def flow(settings: Startup) -> Dataflow:
    """Return the dataflow from the input topic to both output topics."""
    core = Core(settings)
    servers = list(settings.bootstrap_servers)

    def score(messages: list[KafkaSourceMessage[bytes, bytes]]) -> list[KafkaSinkMessage[bytes, bytes]]:
        taken: dict[int, list[Taken]] = defaultdict(list)
        for m in messages:
            taken[m.partition].append(Taken(m.offset, m.timestamp[1], m.timestamp[0] - 1, m.key, m.value))
        return [
            KafkaSinkMessage(output.key, output.value, topic=topic, headers=output.headers)
            for partition, records in taken.items()
            for topic, output in core.addressed(records, partition)
        ]

    found = Dataflow("scores")
    settings_in = {"isolation.level": "read_committed", "fetch.queue.backoff.ms": "10"}
    settings_out = {"acks": "all", "enable.idempotence": "true", "partitioner": "murmur2_random"}
    records = op.input(
        "in", found, KafkaSource(servers, [settings.input.topic], add_config=settings_in, batch_size=BATCH_RECORDS)
    )
    op.output("out", op.flat_map_batch("score", records, score), KafkaSink(servers, None, settings_out))
    return found


def main() -> None:
    """Work until killed: alone, or as one process of the cluster that the environment describes."""
    store = Path(os.environ.get("BENCH_STORE", "recovery"))
    if not store.exists():
        store.mkdir()
        init_db_dir(store, 1)
    cluster = {}
    if addresses := os.environ.get("BENCH_ADDRESSES"):
        cluster = {"addresses": addresses.split(";"), "process_id": int(os.environ["BENCH_PROCESS"])}
    cli_main(flow(startup()), epoch_interval=EPOCH, recovery_config=RecoveryConfig(store), **cluster)


if __name__ == "__main__":
    main()
