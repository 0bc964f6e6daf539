"""What a worker counts from its start to its end."""

from typing import Final

from scoring_service.metrics.family import Family, Kind, Reading, Scrape, by, of


def _outcomes(scrape: Scrape) -> list[Reading]:
    metrics = scrape.metrics
    return [
        Reading(("scored",), metrics.scored),
        Reading(("rejected",), metrics.rejected.total()),
        Reading(("absorbed",), metrics.absorbed.total()),
    ]


COUNTERS: Final = (
    Family(
        "scorer_records_consumed_total",
        Kind.COUNTER,
        "records",
        "Records taken over from the input",
        "How much comes in?",
        lambda s: of(s.metrics.consumed),
    ),
    Family(
        "scorer_bytes_consumed_total",
        Kind.COUNTER,
        "bytes",
        "Bytes of the keys and values of consumed records",
        "How large are records, and how much is read?",
        lambda s: of(s.metrics.consumed_bytes),
    ),
    Family(
        "scorer_records_total",
        Kind.COUNTER,
        "records",
        "Delivered records by outcome: scored, rejected or absorbed; counted when the brokers have acknowledged them",
        "How much is decided, and what share of it fails?",
        _outcomes,
        ("outcome",),
    ),
    Family(
        "scorer_record_errors_total",
        Kind.COUNTER,
        "records",
        "Rejected records by reason, and by the stage that refused them: decode, score or deliver",
        "Why do records fail? By reason it adds up to the rejected of `scorer_records_total`.",
        lambda s: [Reading(label, count) for label, count in s.metrics.errors.items()],
        ("reason", "stage"),
        "before the first of its reason and stage",
    ),
    Family(
        "scorer_records_abandoned_total",
        Kind.COUNTER,
        "records",
        "Records given up undelivered, because their partition went or their worker stopped; another pod reads them",
        "How much work do rebalances waste?",
        lambda s: of(s.metrics.abandoned),
    ),
    Family(
        "scorer_records_expired_unread_total",
        Kind.COUNTER,
        "records",
        "Records that retention deleted before they were read; the log names the partition",
        "Was data lost? Anything above 0 is.",
        lambda s: of(s.metrics.expired),
    ),
    Family(
        "scorer_duplicate_transactions_total",
        Kind.COUNTER,
        "transactions",
        "Transactions that came twice inside one record and were counted once",
        "Does a producer repeat itself?",
        lambda s: of(s.metrics.duplicates),
    ),
    Family(
        "scorer_clock_skew_total",
        Kind.COUNTER,
        "records",
        "Records whose timestamp lies in the future; their latency counts as 0",
        "Can the latencies be believed?",
        lambda s: of(s.metrics.clock_skew),
    ),
    Family(
        "scorer_dlq_records_total",
        Kind.COUNTER,
        "records",
        "Dead letters written, by the reason of their rejection",
        "How much waits to be sent back, and why?",
        lambda s: by(s.metrics.dead_letters.items()),
        ("reason",),
        "before the first of its reason; always without `deadLetterTopic`",
    ),
    Family(
        "scorer_dlq_failures_total",
        Kind.COUNTER,
        "records",
        "Dead letters that the brokers refused for their size; the failure has digest and coordinates instead",
        "Which rejected records cannot be sent back?",
        lambda s: by(s.metrics.dead_letter_failures.items()),
        ("reason",),
        "before the first of its reason",
    ),
    Family(
        "scorer_produce_retries_total",
        Kind.COUNTER,
        "deliveries",
        "Deliveries of a batch that were tried again",
        "Do the outputs get through at the first try?",
        lambda s: of(s.metrics.delivery_retries),
    ),
    Family(
        "scorer_commit_failures_total",
        Kind.COUNTER,
        "commits",
        "Offset commits that failed; at least once alone",
        "Will a restart repeat more than it should?",
        lambda s: of(s.metrics.commit_failures),
    ),
    Family(
        "scorer_txn_committed_total",
        Kind.COUNTER,
        "transactions",
        "Kafka transactions that were committed; 0 at least once",
        "How full are transactions, compared with `scorer_records_total`?",
        lambda s: of(s.metrics.transactions_committed),
    ),
    Family(
        "scorer_txn_aborted_total",
        Kind.COUNTER,
        "transactions",
        "Kafka transactions that failed and were tried again; 0 at least once",
        "Do transactions get through at the first try?",
        lambda s: of(s.metrics.transactions_aborted),
    ),
    Family(
        "scorer_fenced_total",
        Kind.COUNTER,
        "fencings",
        "Times that a newer owner shut this pod out of a partition; 0 at least once",
        "Do two workers fight for a partition?",
        lambda s: of(s.metrics.fenced),
    ),
    Family(
        "scorer_rebalances_total",
        Kind.COUNTER,
        "assignments",
        "Assignments received from the group",
        "Is the group calm?",
        lambda s: of(s.metrics.rebalances),
    ),
)
