"""What is so at the moment of a scrape, of the whole worker."""

from collections.abc import Callable, Iterable, Mapping
from typing import Final

from scoring_service.metrics.counts import CredentialTimes
from scoring_service.metrics.family import Family, Kind, Reading, Scrape, by, of


def _revisions(scrape: Scrape) -> Iterable[Reading]:
    roles = (("serving", scrape.serving), ("refused", scrape.refused))
    return [Reading((revision, role), 1) for role, revision in roles if revision]


def _times(scrape: Scrape, which: Callable[[CredentialTimes], Mapping[str, float]]) -> Iterable[tuple[str, float]]:
    known = scrape.metrics.credentials()
    return () if known is None else which(known).items()


GAUGES: Final = (
    Family(
        "scorer_in_flight_records",
        Kind.GAUGE,
        "records",
        "Records consumed and not yet delivered",
        "Is the worker busy, or waiting for its outputs?",
        lambda s: of(s.metrics.in_flight),
    ),
    Family(
        "scorer_in_flight_bytes",
        Kind.GAUGE,
        "bytes",
        "Bytes of the keys and values of records in flight",
        "What do buffers hold?",
        lambda s: of(s.metrics.in_flight_bytes),
    ),
    Family(
        "scorer_assigned_partitions",
        Kind.GAUGE,
        "partitions",
        "Partitions that the group has given to this pod",
        "Does the pod take part, and is the topic shared evenly?",
        lambda s: of(len(s.metrics.partitions)),
    ),
    Family(
        "scorer_paused_partitions",
        Kind.GAUGE,
        "partitions",
        "Assigned partitions that are not read for now, because their buffer is full or they have not begun",
        "Is there back-pressure?",
        lambda s: of(s.metrics.paused_partitions),
    ),
    Family(
        "scorer_drain_seconds",
        Kind.GAUGE,
        "seconds",
        "How long the drain before the end took",
        "Was the stop clean? The log line `stopped` says the same for those who scrape too late.",
        lambda s: of(s.metrics.drain_seconds),
        absent="before the drain has ended",
    ),
    Family(
        "scorer_drain_uncommitted_records",
        Kind.GAUGE,
        "records",
        "Delivered records whose offset the drain could not commit: their duplicates will come",
        "Did the stop double anything?",
        lambda s: of(None if s.metrics.drain_seconds is None else s.metrics.drain_uncommitted),
        absent="before the drain has ended",
    ),
    Family(
        "scorer_credentials_loaded_timestamp_seconds",
        Kind.GAUGE,
        "seconds since 1970",
        "When the credentials in use were read, by kind: ca, certificate or password",
        "Has a rotation arrived?",
        lambda s: by(_times(s, lambda known: known.loaded_at)),
        ("kind",),
        "for a kind that the pipeline does not name, and before the brokers have taken it",
    ),
    Family(
        "scorer_credentials_not_after_timestamp_seconds",
        Kind.GAUGE,
        "seconds since 1970",
        "When the first certificate of the credentials in use expires, by kind: ca or certificate",
        "Which certificate must be renewed, and by when?",
        lambda s: by(_times(s, lambda known: known.not_after)),
        ("kind",),
        "for a kind that the pipeline does not name, and before the brokers have taken it",
    ),
    Family(
        "scorer_revision_info",
        Kind.GAUGE,
        "1",
        "1 for each revision and its role: serving or refused",
        "Do all pods score with the same weights?",
        _revisions,
        ("revision", "role"),
        "for a role that no revision has",
    ),
    Family(
        "scorer_build_info",
        Kind.GAUGE,
        "1",
        "1, with the version of the worker",
        "Which version runs where?",
        lambda s: [Reading((s.version,), 1)],
        ("version",),
    ),
)
