"""The scorer `volatility`: ticks in event time, a window per symbol, features, score."""

from collections.abc import Iterable, Sequence
from typing import ClassVar, Final

import numpy as np
from msgspec import UNSET

from scoring_service.scorers.base import Absorbed, Outcome, Rejection, RequestType, Row, ScoreRange
from scoring_service.scorers.drift import Drift, drift
from scoring_service.scorers.model import BASELINE, Model, ModelFile, named
from scoring_service.scorers.moment import whole
from scoring_service.scorers.reasons import AbsorbedReason
from scoring_service.scorers.volatility.baseline import VERSION, Baseline
from scoring_service.scorers.volatility.decoding import decoded
from scoring_service.scorers.volatility.input import Tick
from scoring_service.scorers.volatility.output import VolatilityFailure, VolatilityScore
from scoring_service.scorers.volatility.parameters import VolatilityParameters
from scoring_service.scorers.volatility.predict import MAX_BYTES, Predict, Predicted, deviation, moment
from scoring_service.scorers.volatility.windows import Fold, Windows

COMPARED: Final = 2000
"""Windows of all partitions together that are compared with the reference, at most: it is done in a scrape."""

_ABSORBED = {reason: Absorbed(reason) for reason in AbsorbedReason}


class Volatility:
    """How volatile a symbol is now against what is usual, 0 to 1."""

    name: ClassVar[str] = "volatility"
    Input: ClassVar[type[Tick]] = Tick
    Parameters: ClassVar[type[VolatilityParameters]] = VolatilityParameters
    Output: ClassVar[type[VolatilityScore]] = VolatilityScore
    stateful: ClassVar[bool] = True
    range = ScoreRange(0.0, 1.0, "riskier")
    columns: ClassVar[int] = 3
    """Of a line that its models take: ret_mean, ret_std, n."""

    def __init__(self, parameters: VolatilityParameters) -> None:
        self.parameters = parameters
        self.model_variant, self.model_version = BASELINE, VERSION
        self.of_deviation = Baseline(parameters.reference).score
        """What the baseline makes of a ret_std above zero."""
        self._model: Model | None = None
        of = parameters.drift
        self._reference = {} if of is UNSET else {"ret_mean": _numbers(of.ret_mean), "ret_std": _numbers(of.ret_std)}

    def decode(self, value: bytes) -> Tick | Rejection:
        """Return one record as a tick, or why it cannot be one. Never raises on any bytes."""
        return decoded(value)

    def as_of(self, value: Tick) -> float | None:
        """Return the tick's own moment in Unix seconds, if it has one."""
        return value.timestamp

    def key(self, value: Tick) -> bytes:
        """Return the symbol."""
        return value.symbol.encode()

    @property
    def model_file(self) -> ModelFile | None:
        """The file that the variant ml names."""
        return named(self.parameters.variant, self.parameters.model)

    def with_model(self, model: Model) -> "Volatility":
        """Return the same scorer with its model."""
        other = Volatility(self.parameters)
        other._model = model
        other.model_variant, other.model_version = "ml", model.digest[:12]
        return other

    def start(self) -> Windows:
        """Return no windows."""
        return Windows({})

    def keys(self, state: Windows) -> list[bytes]:
        """Return the symbols that have a window."""
        return [symbol.encode() for symbol in state.by_symbol]

    def warm(self, state: Windows) -> list[bytes]:
        """Return the symbols whose next tick, if it comes in order, has a score."""
        enough = self.parameters.window_size - 2
        return [symbol.encode() for symbol, window in state.by_symbol.items() if len(window.returns) >= enough]

    def drift(self, states: Iterable[Windows]) -> dict[str, Drift]:
        """Return how far the latest windows of several partitions are from the reference, for each feature."""
        apart = [state.apart for state in states]
        each = max(1, COMPARED // max(1, len(apart)))
        latest = [window for windows in apart for window in windows[-each:]]
        columns = zip(*latest, strict=True) if latest else ((), ())
        found = zip(self._reference, columns, strict=False)
        measured = {name: drift(self._reference[name], values) for name, values in found}
        return {name: moved for name, moved in measured.items() if moved is not None}

    def score(self, rows: Sequence[Row], state: Windows) -> tuple[list[Outcome], Windows]:
        """Return one `VolatilityScore` or `Absorbed` per row, in order, and the next state."""
        fold = Fold(state, self.parameters)
        outcomes = [self._outcome(fold, row.value, row.as_of) for row in rows]
        return outcomes, fold.state()

    def failure(self, rejection: Rejection) -> VolatilityFailure:
        """Return the failure record."""
        return VolatilityFailure(symbol=rejection.entity, error=rejection.detail, reason=rejection.reason)

    def request_types(self) -> tuple[RequestType, ...]:
        """Return `POST /predict`: scores of features, without windows."""
        said = "Score the features of 1 to 1,000 windows, row by row; nothing is remembered of them."
        records = _rows_of
        return (RequestType("/predict", "predict", said, Predict, Predicted, self.predict, records, MAX_BYTES),)

    def predict(self, asked: Predict, as_of: float) -> Predicted:
        """Return the scores of rows of features; `as_of` in Unix seconds."""
        scores = [self._of(row.ret_mean, deviation(row), row.n) for row in asked.rows]
        return Predicted(scores, self.model_variant, self.model_version, moment(as_of))

    def _of(self, ret_mean: float, ret_std: float, n: int) -> float:
        """Return the score of features. A model is asked line by line: of many, last digits may depend on the rest."""
        if self._model is None:
            return self.of_deviation(ret_std)
        return float(self._model.predict(np.array([[ret_mean, ret_std, n]], dtype=np.float32))[0])

    def _outcome(self, fold: Fold, tick: Tick, as_of: float) -> Outcome:
        found = fold.take(tick, as_of)
        if isinstance(found, AbsorbedReason):
            return _ABSORBED[found]
        return VolatilityScore(
            symbol=tick.symbol,
            score=self._of(found.ret_mean, found.ret_std, found.n),
            features=found,
            model_variant=self.model_variant,
            model_version=self.model_version,
            as_of=whole(as_of),
        )


def _rows_of(asked: Predict) -> int:
    return len(asked.rows)


def _numbers(text: str) -> list[float]:
    return [float(number) for number in text.split()]
