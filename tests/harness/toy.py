"""The smallest scorer: weight times n. For tests of the worker, which must not care what is scored."""

from collections.abc import Sequence
from typing import Annotated, Any, ClassVar

import msgspec

from scoring_service.contract.golden_cases import GoldenCase
from scoring_service.contract.scorer_file import CandidateBlock, ScorerBlock, ScorerFile
from scoring_service.errors import InvalidParameters
from scoring_service.scorers.base import Absorbed, Outcome, Output, Rejection, Row, ScoreRange, State
from scoring_service.scorers.parameters import Parameters, parameter


class ToyInput(msgspec.Struct):
    who: str
    n: float


class ToyOutput(Output, kw_only=True):
    who: str
    score: float

    @property
    def number(self) -> float:
        return self.score


class ToyFailure(msgspec.Struct, kw_only=True):
    error: str
    reason: str
    timestamp: int = 0
    processing_time_ms: int = 0


class ToyParameters(msgspec.Struct):
    weight: float


class Toy:
    name: ClassVar[str] = "toy"
    Input: ClassVar[type[Any]] = ToyInput
    Parameters: ClassVar[type[Any]] = ToyParameters
    Output: ClassVar[type[Any]] = ToyOutput
    stateful: ClassVar[bool] = False
    range = ScoreRange(0, 1e9, "better")

    def __init__(self, parameters: ToyParameters) -> None:
        self._weight = parameters.weight

    def decode(self, value: bytes) -> Any | Rejection:
        try:
            return msgspec.json.decode(value, type=ToyInput)
        except msgspec.MsgspecError as error:
            return Rejection("schema", str(error))

    def as_of(self, value: ToyInput) -> float | None:
        return None

    def key(self, value: ToyInput) -> bytes:
        return value.who.encode()

    def start(self) -> State:
        return None

    def score(self, rows: Sequence[Row], state: State) -> tuple[Sequence[Outcome], State]:
        return [ToyOutput(who=row.value.who, score=row.value.n * self._weight) for row in rows], state

    def failure(self, rejection: Rejection) -> ToyFailure:
        return ToyFailure(error=rejection.detail, reason=rejection.reason)


class Sums(Toy):
    """Weight times the sum of all n so far: a scorer with a state, the sum."""

    stateful: ClassVar[bool] = True

    def start(self) -> State:
        return 0.0

    def score(self, rows: Sequence[Row], state: State) -> tuple[Sequence[Outcome], State]:
        outcomes: list[Outcome] = []
        for row in rows:
            state += row.value.n
            outcomes.append(ToyOutput(who=row.value.who, score=state * self._weight))
        return outcomes, state


class Warming(Toy):
    """Absorbs the first record of a sequence, and scores the others."""

    stateful: ClassVar[bool] = True

    def score(self, rows: Sequence[Row], state: State) -> tuple[Sequence[Outcome], State]:
        outcomes: list[Outcome] = []
        for row in rows:
            scored = ToyOutput(who=row.value.who, score=row.value.n * self._weight)
            outcomes.append(scored if state else Absorbed("warming"))
            state = True
        return outcomes, state


class LatestParameters(Parameters):
    """How many numbers, and their weight."""

    window: Annotated[int, parameter("Numbers of a window.", ge=1, le=100, effect="stateful")]
    weight: Annotated[float, parameter("Weight of their sum.", ge=0, le=10)] = 1.0


class Latest(Toy):
    """Weight times the sum of the latest numbers of each entity, once there are `window` of them."""

    Parameters: ClassVar[type[Any]] = LatestParameters
    stateful: ClassVar[bool] = True

    def __init__(self, parameters: LatestParameters) -> None:
        super().__init__(ToyParameters(parameters.weight))
        self.parameters = parameters

    def start(self) -> State:
        return {}

    def score(self, rows: Sequence[Row], state: State) -> tuple[Sequence[Outcome], State]:
        windows: dict[str, tuple[float, ...]] = dict(state)
        size = self.parameters.window
        outcomes: list[Outcome] = []
        for row in rows:
            who = row.value.who
            window = windows[who] = (*windows.get(who, ()), row.value.n)[-size:]
            full = len(window) == size
            outcomes.append(ToyOutput(who=who, score=sum(window) * self._weight) if full else Absorbed("warming"))
        return outcomes, windows

    def keys(self, state: State) -> list[bytes]:
        return [who.encode() for who in state]

    def warm(self, state: State) -> list[bytes]:
        return [who.encode() for who, window in state.items() if len(window) >= self.parameters.window - 1]


def build_latest(block: ScorerBlock) -> Latest:
    """Build the toy with windows."""
    try:
        return Latest(msgspec.convert(block.parameters, LatestParameters))
    except msgspec.ValidationError as error:
        raise InvalidParameters(f"scorer.toy: {error}") from error


def latest_file(window: int, weight: float = 1.0) -> ScorerFile:
    """Return a live file with the toy with windows."""
    return ScorerFile(serving=ScorerBlock(member="toy", parameters={"window": window, "weight": weight}))


class Broken(Toy):
    """Has a defect that nothing can be made of: it scores no record, and cannot say so either."""

    def score(self, rows: Sequence[Row], state: State) -> tuple[Sequence[Outcome], State]:
        return [Rejection("schema", "as ever") for _ in rows], state

    def failure(self, rejection: Rejection) -> ToyFailure:
        if rejection.detail:
            raise RuntimeError("out of order")
        return super().failure(rejection)


class NamedSums(Sums):
    """The same under a name of its own, as a package would call it."""

    name: ClassVar[str] = "sums"


def build_sums(block: ScorerBlock) -> Sums:
    """Build the toy with a state."""
    return Sums(msgspec.convert(block.parameters, ToyParameters))


def build(block: ScorerBlock) -> Toy:
    """Build a toy; a weight that is no number is refused."""
    try:
        return Toy(msgspec.convert(block.parameters, ToyParameters))
    except msgspec.ValidationError as error:
        raise InvalidParameters(f"scorer.toy: {error}") from error


def block(weight: object = 2.0, *cases: GoldenCase) -> ScorerBlock:
    return ScorerBlock(member="toy", parameters={"weight": weight}, golden_cases=cases)


def case(score: float, name: str = "one") -> GoldenCase:
    """Return a case that only a toy with the weight `score` passes."""
    return GoldenCase(name=name, as_of=1.0, inputs=({"who": "ann", "n": 1},), expect=({"score": score},))


def scorer_file(*, serving: object = None, proposed: object = None) -> ScorerFile:
    """Return a live file with the weights of its two slots; None leaves a slot empty."""
    return ScorerFile(
        serving=None if serving is None else block(serving), proposed=None if proposed is None else block(proposed)
    )


def candidate(
    weight: object = 3.0,
    mode: Any = "Shadow",
    percent: float = 100.0,
    *,
    cases: Sequence[GoldenCase] = (),
    **parts: Any,
) -> CandidateBlock:
    """Return a candidate with another weight, and cases that it must pass."""
    return CandidateBlock(scorer=block(weight, *cases), mode=mode, percent=percent, **parts)


def record(who: str, n: float) -> bytes:
    return msgspec.json.encode(ToyInput(who, n))
