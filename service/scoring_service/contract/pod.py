"""What of the workers' pods a person may set: an allow-list, not a pod template."""

import re
from collections.abc import Iterator, Sequence
from typing import Any, Final, Literal

from scoring_service.contract import rules
from scoring_service.contract.wire import Closed

MAX_LABELS: Final = 16
MAX_VARIABLES: Final = 32
MAX_VALUE: Final = 4096
MAX_TOLERATIONS: Final = 16
MAX_SPREADS: Final = 8
MAX_PLACE: Final = 317

LABEL_NAME: Final = (
    "write names of at most 63 characters of A-Z, a-z, 0-9, hyphen, underscore and dot, with a letter or digit at both "
    "ends, after a domain and / if need be"
)
LABEL_VALUE: Final = (
    "write values of at most 63 characters of A-Z, a-z, 0-9, hyphen, underscore and dot, with a letter or digit at "
    "both ends"
)
LABEL_TAKEN: Final = (
    "use other names than scoring.dev/…, app.kubernetes.io/… and pod-template-hash, which are set already"
)
VARIABLE: Final = "use 1 to 128 characters of A-Z, a-z, 0-9 and underscore, not beginning with a digit"
VARIABLE_TAKEN: Final = "use another name than POD_NAME, SCORING_… and MALLOC_…, which are set already"
PRIORITY_CLASS: Final = (
    "use a PriorityClass's name: at most 253 characters of a-z, 0-9, dot and hyphen, with a letter or digit at both "
    "ends and beside every dot, or leave it empty"
)
PLACE: Final = "write a label of nodes, such as topology.kubernetes.io/zone"

_is_label = re.compile(
    r"([a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?"
).fullmatch
_is_label_value = re.compile(r"([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?").fullmatch
_is_taken_label = re.compile(r"scoring\.dev/.*|app\.kubernetes\.io/.*|pod-template-hash").fullmatch
_is_variable = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,127}").fullmatch
_is_taken_variable = re.compile(r"POD_NAME|SCORING_.*|MALLOC_.*").fullmatch


class Variable(Closed, frozen=True):
    """An environment variable of the worker's container."""

    name: str
    value: str


class Spread(Closed, frozen=True):
    """How evenly the pods of a pipeline spread over the places that a label of nodes tells apart."""

    topology_key: str
    max_skew: int
    when_unsatisfiable: Literal["DoNotSchedule", "ScheduleAnyway"]


class Pod(Closed, frozen=True):
    """What of the worker's pod a person may set."""

    resources: dict[str, Any] = {}
    """`requests` and `limits`, as in a container."""
    image: str = ""
    """Of the worker's container; empty: the operator's."""
    labels: dict[str, str] = {}
    """Besides the operator's own."""
    env: tuple[Variable, ...] = ()
    """Besides the operator's own."""
    priority_class_name: str = ""
    tolerations: tuple[dict[str, Any], ...] = ()
    """As in a pod."""
    topology_spread_constraints: tuple[Spread, ...] = ()
    affinity: dict[str, Any] = {}
    """As in a pod."""


def broken(pod: Pod) -> Iterator[tuple[str, str | None]]:
    """Yield every rule that a pod keeps to, in the words of the definition, or None for one that it keeps.

    Each stands behind its path within `pod`. What Kubernetes knows best (resources, tolerations, affinity) is left to
    the API server.
    """
    yield ".image", rules.broken_image(pod.image)
    yield ".labels", _at_most(MAX_LABELS, "labels", pod.labels)
    yield ".labels", next(filter(None, (_broken_label(*label) for label in pod.labels.items())), None)
    yield ".env", _at_most(MAX_VARIABLES, "variables", pod.env)
    yield ".env", _repeated([variable.name for variable in pod.env], "variable")
    yield ".env.name", next(filter(None, (_broken_variable(variable.name) for variable in pod.env)), None)
    yield ".env.value", next(filter(None, (_broken_value(variable.value) for variable in pod.env)), None)
    yield ".priorityClassName", None if not pod.priority_class_name else _broken_class(pod.priority_class_name)
    yield ".tolerations", _at_most(MAX_TOLERATIONS, "tolerations", pod.tolerations)
    yield from _spreads(pod.topology_spread_constraints)


def _spreads(spreads: Sequence[Spread]) -> Iterator[tuple[str, str | None]]:
    at = ".topologySpreadConstraints"
    yield at, _at_most(MAX_SPREADS, "constraints", spreads)
    yield at, _repeated([(spread.topology_key, spread.when_unsatisfiable) for spread in spreads], "constraint")
    for spread in spreads:
        yield f"{at}.topologyKey", None if 1 <= len(spread.topology_key) <= MAX_PLACE else PLACE
        yield f"{at}.maxSkew", rules.broken_number(spread.max_skew, 1, 1000)


def _at_most(most: int, what: str, given: Sequence[Any] | dict[str, str]) -> str | None:
    return None if len(given) <= most else f"write at most {most} {what}"


def _repeated(names: Sequence[object], what: str) -> str | None:
    return None if len(set(names)) == len(names) else f"write each {what} once"


def _broken_label(name: str, value: str) -> str | None:
    if not _is_label(name):
        return LABEL_NAME
    if not _is_label_value(value):
        return LABEL_VALUE
    return LABEL_TAKEN if _is_taken_label(name) else None


def _broken_variable(name: str) -> str | None:
    if not _is_variable(name):
        return VARIABLE
    return VARIABLE_TAKEN if _is_taken_variable(name) else None


def _broken_value(value: str) -> str | None:
    return None if len(value) <= MAX_VALUE else f"write at most {MAX_VALUE} characters"


def _broken_class(name: str) -> str | None:
    return PRIORITY_CLASS if rules.broken_secret(name) else None
