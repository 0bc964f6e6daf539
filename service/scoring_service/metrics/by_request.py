"""What is so of requests for scores: series of a worker whose pipeline has `spec.api`, and of no other."""

from collections.abc import Callable, Iterable
from typing import Final

from scoring_service.metrics.family import Family, Kind, Reading, Scrape, by, of
from scoring_service.metrics.requests import Requests

_WITHOUT: Final = "without `spec.api`"

_Read = Callable[[Scrape], Iterable[Reading]]


def _served(read: Callable[[Requests], Iterable[Reading]]) -> _Read:
    return lambda scrape: () if scrape.metrics.requests is None else read(scrape.metrics.requests)


BY_REQUEST: Final = (
    Family(
        "scorer_api_requests_total",
        Kind.COUNTER,
        "requests",
        "Answered requests of the api listener by status code",
        "Who is refused, and for what?",
        _served(lambda r: by((str(code), count) for code, count in sorted(r.answered.items()))),
        ("code",),
        f"before the first of its code; {_WITHOUT}",
    ),
    Family(
        "scorer_api_records_total",
        Kind.COUNTER,
        "records",
        "Records scored by request, by outcome; they are no part of `scorer_records_total`",
        "How much is scored beside the stream?",
        _served(lambda r: by(sorted(r.records.items()))),
        ("outcome",),
        f"before the first of its outcome; {_WITHOUT}",
    ),
    Family(
        "scorer_api_in_hand_requests",
        Kind.GAUGE,
        "requests",
        "Requests for scores that are read, wait, are scored or answered: at eight the next is refused",
        "Are there more requests than one thread can score?",
        _served(lambda r: of(r.in_hand)),
        absent=_WITHOUT,
    ),
    Family(
        "scorer_api_request_seconds_total",
        Kind.COUNTER,
        "seconds",
        "From the head of a request for scores to its answer, summed over all that were not refused",
        "Do clients wait?",
        _served(lambda r: of(r.seconds)),
        absent=_WITHOUT,
    ),
)
