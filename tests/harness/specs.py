"""ScoringPipelines that the definition admits, drawn from the definition itself: any field, any value that it takes.

Nothing here knows the fields. A field is drawn by its type; of the words and numbers below it takes those that its own
rules take, so that a field which is added to the definition is drawn as well.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import deepcopy
from random import Random
from types import MappingProxyType
from typing import Any, Final

from harness.pipelines import KEY
from scoring_operator.api import crd
from scoring_operator.api.admission import Admission, Refused
from scoring_operator.api.structure import defaulted
from scoring_service.contract.pipeline import GROUP, KIND, VERSION

Manifest = dict[str, Any]
Path = tuple[str, ...]

WORDS: Final = (
    "", "a", "scores", "scores.v2", "wallet-scores", "dead-letters", "Team_A", "ca.crt", "kafka:9092", "[::1]:9093",
    "10.0.0.0/8", "192.0.2.0/24",
    "10ms", "50ms", "1s", "7s", "20s", "1m", "5m", "1h", "team/worker:1", "registry.example/team/worker:2",
)  # fmt: skip
NUMBERS: Final = (0, 1e-6, 0.1, 0.25, 0.4, 0.6, 1, 2, 5, 9.5, 10, 50, 99.5, 100, 1024, 65_536, 1_048_576, 1_704_499_200)
OBJECTS: Final = ({}, {"half": 3}, {"half": 0.5, "of": ["a", "b"]}, {"reason": "schema"})
"""Where the definition takes whatever comes."""

MODELLED: Final = ("addressRisk", "volatility")
CHOSEN: Final[Mapping[Path, Sequence[Any]]] = {
    ("spec", "replicas"): (0, 1, 2, 3, 9),  # each is a pod that the tests play
    ("spec", "pod", "resources", "requests"): ({}, {"cpu": "50m"}, {"cpu": "0.1", "memory": "96Mi"}),
    ("spec", "pod", "resources", "limits"): ({}, {"memory": "0.5Gi"}, {"cpu": 1, "memory": "256Mi"}),  # not below those
    **{
        (*union, *path): values
        for union in (("spec", "scorer"), ("spec", "candidate", "scorer"))
        for path, values in {
            ("volatility", "drift", "retMean"): ("0.5 1.5", "1 2 3"),
            ("volatility", "drift", "retStd"): ("0.5 1.5", "1 2 3"),
            **{
                (member, "model", "uri"): ("/models/a", "https://a.example/b")
                for member in ("volatility", "addressRisk")
            },
            **{(member, "model", "sha256"): ("0" * 64, "f" * 64) for member in ("volatility", "addressRisk")},
        }.items()
    },
}
"""Fields of which the tests, or the definition alone, cannot tell which values are good."""
RULES: Final = "x-kubernetes-validations"
TRIES: Final = 1000
"""Draws of one object until its rules take it."""
ABSENT: Final = object()


class Specs:
    """Draws pipelines, the same ones for the same seed."""

    def __init__(self, seed: int, chosen: Mapping[Path, Sequence[Any]] = MappingProxyType({})) -> None:
        """Draw from `seed`; whole fields in `chosen`, whatever they have within, from the values given there."""
        self._chosen = chosen
        self._random = Random(seed)
        self._whole = Admission()
        self._schema = crd.schema()["properties"]["spec"]
        self._rules: dict[Path, Admission | None] = {}
        self._leaves: dict[Path, list[Any]] = {}

    def new(self) -> Manifest:
        """Return a pipeline as the API server would store it, defaults filled in."""
        return self._drawn(None, 1.0)

    def next(self, before: Manifest) -> Manifest:
        """Return another one that may replace `before`: a few fields of it changed, or as many as may be."""
        share = self._random.choice((0.03, 0.1, 1.0))
        while (drawn := self._drawn(before, share)) == before:
            pass
        return drawn

    def _drawn(self, before: Manifest | None, share: float) -> Manifest:
        spec = self._value(self._schema, ("spec",), before["spec"] if before else ABSENT, share)
        manifest = {
            "apiVersion": f"{GROUP}/{VERSION}",
            "kind": KIND,
            "metadata": {"namespace": KEY.namespace, "name": KEY.name},
            "spec": spec,
        }
        return self._whole.admit(manifest, before).manifest

    def _value(self, schema: crd.Schema, path: Path, before: Any, share: float) -> Any:
        if path in self._chosen:
            return self._kept_or(before, share, lambda: self._random.choice(self._chosen[path]))
        if schema.get("type") == "object" and "properties" in schema:
            return self._admitted(schema, path, before, lambda: self._object(schema, path, before, share))
        if schema.get("type") == "array":
            return self._kept_or(
                before, share, lambda: self._admitted(schema, path, ABSENT, lambda: self._list(schema, path))
            )
        return self._kept_or(before, share, lambda: self._random.choice(self._fitting(schema, path, before)))

    def _object(self, schema: crd.Schema, path: Path, before: Any, share: float) -> Manifest:
        drawn = {}
        for name, inner in schema["properties"].items():
            former = before.get(name, ABSENT) if isinstance(before, dict) else ABSENT
            if name in schema.get("required", ()) or self._is_present(inner, (*path, name), before, share):
                drawn[name] = self._value(inner, (*path, name), former, share)
        return drawn

    def _is_present(self, schema: crd.Schema, path: Path, before: Any, share: float) -> bool:
        former = before.get(path[-1], ABSENT) if isinstance(before, dict) else ABSENT
        if before is not ABSENT and self._random.random() >= share:
            return former is not ABSENT
        may_go = former is ABSENT or "default" not in schema or self._takes(schema, path, schema["default"], former)
        return not may_go or self._random.random() < 0.5

    def _list(self, schema: crd.Schema, path: Path) -> list[Any]:
        count = self._random.randint(schema.get("minItems", 0), min(3, schema["maxItems"]))
        drawn = [self._value(schema["items"], (*path, "[]"), ABSENT, 1.0) for _ in range(count)]
        keys = schema.get("x-kubernetes-list-map-keys")
        return list({tuple(item.get(key) for key in keys): item for item in drawn}.values()) if keys else drawn

    def _kept_or(self, before: Any, share: float, draw: Callable[[], Any]) -> Any:
        is_kept = before is not ABSENT and self._random.random() >= share
        return deepcopy(before if is_kept else draw())

    def _admitted(self, schema: crd.Schema, path: Path, before: Any, draw: Callable[[], Any]) -> Any:
        """Return the first draw that the rules of the field itself take; those within have been asked already."""
        for _ in range(TRIES):
            drawn = defaulted(draw(), schema)
            if self._takes(schema, path, drawn, before):
                return drawn
        raise ValueError(f"{'.'.join(path)}: none of {TRIES} draws keeps its rules, last {drawn}")

    def _takes(self, schema: crd.Schema, path: Path, value: Any, before: Any) -> bool:
        if path not in self._rules:
            own = schema.get(RULES)
            self._rules[path] = Admission({RULES: own}) if own else None
        rules = self._rules[path]
        try:
            return rules is None or bool(rules.admit(value, None if before is ABSENT else before))
        except Refused:
            return False

    def _fitting(self, schema: crd.Schema, path: Path, before: Any) -> list[Any]:
        """Return the values that a field without members takes after `before`."""
        values = self.values(schema, path)
        if before is ABSENT or not any(rule.is_transition for rule in crd.rules(schema)):
            return values
        return [value for value in values if self._takes(schema, path, value, before)] or [before]

    def values(self, schema: crd.Schema, path: Path) -> list[Any]:
        """Return the values of a field without members that are drawn when it is new.

        Raises:
            ValueError: It takes none of those that are known here.
        """
        if path in CHOSEN:
            return list(CHOSEN[path])
        if path not in self._leaves:
            bounds = Admission({name: value for name, value in schema.items() if name not in ("default", "nullable")})
            self._leaves[path] = [value for value in _pool(schema) if _is_admitted(bounds, value)]
        if not self._leaves[path]:
            raise ValueError(f"{'.'.join(path)}: give WORDS, NUMBERS or CHOSEN a value that it takes")
        return self._leaves[path]


def leaves(schema: crd.Schema | None = None, path: Path = ("spec",)) -> Iterator[tuple[Path, crd.Schema]]:
    """Yield path and schema of every field of the spec that has a value of its own; `[]` stands for items."""
    schema = schema or crd.schema()["properties"]["spec"]
    inner = {**schema.get("properties", {}), **({"[]": schema["items"]} if "items" in schema else {})}
    if path in CHOSEN or not inner:
        yield path, schema
        return
    for name, of in inner.items():
        yield from leaves(of, (*path, name))


def _pool(schema: crd.Schema) -> Sequence[Any]:
    if "enum" in schema:
        return list(schema["enum"])
    pools: Mapping[str, Sequence[Any]] = {
        "boolean": (False, True),
        "integer": [number for number in NUMBERS if isinstance(number, int)],
        "number": NUMBERS,
        "object": OBJECTS,
        "string": WORDS,
    }
    return [*pools[schema["type"]], *([None] if schema.get("nullable") else [])]


def _is_admitted(bounds: Admission, value: Any) -> bool:
    try:
        return bool(bounds.admit(value))
    except Refused:
        return value is None
