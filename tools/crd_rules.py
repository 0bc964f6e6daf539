"""Rules of the definition that name every scorer: of the union itself, and of what stands beside it in the spec."""

from collections.abc import Collection, Iterable, Mapping
from typing import Final

from scoring_service.scorers.base import Scorer
from scoring_service.scorers.custom import MEMBER as CUSTOM

Rules = list[dict[str, str]]

SAME: Final = "spec.candidate.scorer: set the same scorer as in spec.scorer, with other parameters"
IMMUTABLE: Final = (
    "spec.scorer: the scorer is immutable, only its parameters change: delete the pipeline and create another for "
    "another scorer"
)


def of_union(scorers: Mapping[str, type[Scorer]]) -> Rules:
    """Return the rules of `spec.scorer`: one member, for ever."""
    members = _members(scorers)
    present = ", ".join(f"has(self.{member})" for member in members)
    same = _all(f"has(self.{member}) == has(oldSelf.{member})" for member in members)
    return [
        _rule(f"[{present}].exists_one(is_set, is_set)", f"spec.scorer: set exactly one scorer: {_listed(members)}"),
        _rule(f"{same} && (!has(self.{CUSTOM}) || self.{CUSTOM}.name == oldSelf.{CUSTOM}.name)", IMMUTABLE),
    ]


def of_spec(scorers: Mapping[str, type[Scorer]]) -> Rules:
    """Return the rules of `spec` on candidates, and on what scorers with a state cannot do."""
    same = _all(f"has(self.candidate.scorer.{member}) == has(self.scorer.{member})" for member in _members(scorers))
    name = f"self.candidate.scorer.{CUSTOM}.name == self.scorer.{CUSTOM}.name"
    rules = [_rule(f"!has(self.candidate) || {same} && (!has(self.scorer.{CUSTOM}) || {name})", SAME)]
    for member in (member for member in sorted(scorers) if scorers[member].stateful):
        rules += _of_a_state(f"!has(self.scorer.{member})", f"spec.scorer.{member}")
    return rules


def _of_a_state(absent: str, path: str) -> Rules:
    guarantee = "has(self.delivery) && has(self.delivery.guarantee) && self.delivery.guarantee == 'ExactlyOnce'"
    return [
        _rule(
            f"{absent} || !has(self.candidate) || self.candidate.mode != 'Canary'",
            f"spec.candidate.mode: {path} keeps windows, of which a canary would have a part: use Shadow",
        ),
        _rule(
            f"{absent} || !({guarantee})",
            f"spec.delivery.guarantee: {path} keeps a state, which ExactlyOnce does not: use AtLeastOnce",
        ),
    ]


def _members(scorers: Collection[str]) -> list[str]:
    return sorted([CUSTOM, *scorers])


def _all(conditions: Iterable[str]) -> str:
    return " && ".join(conditions)


def _listed(members: list[str]) -> str:
    return f"{', '.join(members[:-1])} or {members[-1]}"


def _rule(rule: str, message: str) -> dict[str, str]:
    return {"rule": rule, "message": message}
