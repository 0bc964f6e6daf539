"""A scrape in Prometheus' text format, read and written in one go where the counting is done.

So one scrape shows one moment, in which the accounts add up. It takes about a millisecond, and so is written here and
not by the client library, which needs several, nor by another thread, for which the event loop would wait twice.
"""

from collections.abc import Iterable, Iterator

from scoring_service.metrics.family import Buckets, Family, Kind, Reading, Scrape
from scoring_service.metrics.process import process_families, stored_name
from scoring_service.metrics.table import FAMILIES


def text(scrape: Scrape) -> bytes:
    """Return the exposition of this moment and of this process; families without series are declared as well."""
    return "".join([*_own(scrape), *_of_the_process()]).encode()


def edge_label(edge: float) -> str:
    """Return an edge as the label `le` has it: exact, without the zeros that say nothing."""
    return f"{edge:.15g}"


def _own(scrape: Scrape) -> Iterator[str]:
    for family in FAMILIES:
        yield _declaration(family.name, family.meaning, family.kind)
        lines = _histogram if family.kind is Kind.HISTOGRAM else _values
        yield from lines(family, family.read(scrape))


def _of_the_process() -> Iterator[str]:
    for metric in process_families():
        yield _declaration(stored_name(metric), metric.documentation, metric.type)
        for sample in metric.samples:
            yield _line(sample.name, (), sample.value)


def _values(family: Family, readings: Iterable[Reading]) -> Iterator[str]:
    for labels, value in readings:
        assert not isinstance(value, Buckets)  # noqa: S101 - the table's kinds and readings agree, as a test shows
        yield _line(family.name, _labels(family, labels), value)


def _histogram(family: Family, readings: Iterable[Reading]) -> Iterator[str]:
    for labels, value in readings:
        assert isinstance(value, Buckets)  # noqa: S101 - the same
        own = _labels(family, labels)
        for edge, count in value.at_most:
            yield _line(f"{family.name}_bucket", (*own, f'le="{edge_label(edge)}"'), count)
        yield _line(f"{family.name}_bucket", (*own, 'le="+Inf"'), value.total)
        if value.at_most[0][0] >= 0:  # a sum that may fall is no counter; the client libraries leave out both then
            yield _line(f"{family.name}_count", own, value.total)
            yield _line(f"{family.name}_sum", own, value.sum)


def _declaration(name: str, meaning: str, kind: str) -> str:
    return f"# HELP {name} {meaning}\n# TYPE {name} {kind}\n"


def _labels(family: Family, values: Iterable[str]) -> tuple[str, ...]:
    return tuple([f'{label}="{_escaped(value)}"' for label, value in zip(family.labels, values, strict=True)])


def _escaped(value: str) -> str:
    return value.replace("\\", r"\\").replace("\n", r"\n").replace('"', r"\"")


def _line(name: str, labels: Iterable[str], value: float) -> str:
    shown = ",".join(labels)
    return f"{name}{{{shown}}} {float(value)!r}\n" if shown else f"{name} {float(value)!r}\n"
