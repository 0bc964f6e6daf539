"""The model of `volatility`: whether the next minute is among the most volatile tenth, from a window's features.

A logistic regression of the standardised features: what ten minutes of trades can carry. Its scores are probabilities
of the event, as on the rows that taught it. An event is a future at or above tau, their 90th percentile.
"""

import hashlib
from collections.abc import Sequence
from typing import Final, NamedTuple

import msgspec
import numpy as np
import numpy.typing as npt
from onnx import ModelProto
from skl2onnx import convert_sklearn
from skl2onnx.common.data_types import FloatTensorType
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from scoring_service.scorers.volatility.input import Tick
from scoring_service.scorers.volatility.parameters import VolatilityParameters
from scoring_service.training.judging import average_precision
from scoring_service.training.rows import Rows, rows
from scoring_service.training.split import Split, by_time

QUANTILE: Final = 0.9
OPSET: Final = 17
INPUT: Final = "features"
"""Of the file: float32 of shape (rows, 3), ret_mean, ret_std, n."""
OUTPUT: Final = "probabilities"
"""Of the file: float32 of shape (rows, 2); the second column is the score."""
SHOWN: Final = {"ret_mean": 0, "ret_std": 1}
"""Features whose reference goes into the file, for drift."""

Events = npt.NDArray[np.bool_]


class Untaught(ValueError):
    """The rows that should teach have no two kinds; the message says so."""


class Judged(msgspec.Struct, frozen=True, rename="camel"):
    """What a training has found; figures of the judging rows unless said otherwise."""

    ticks: int
    recorded_seconds: float
    teaching_rows: int
    judging_rows: int
    tau: float
    """Of the teaching rows: standard deviation of the returns of a minute."""
    teaching_events: float
    """Share; about 0.1 by construction."""
    judging_events: float
    """Share: what a predictor scores that knows nothing."""
    model: float | None
    """Average precision; None without events."""
    naive: dict[str, float | None]
    """The same of predictors without a model."""


class Trained(NamedTuple):
    """A model and what is known of it."""

    content: bytes
    """ONNX."""
    judged: Judged

    @property
    def sha256(self) -> str:
        """The digest by which a pipeline names the file."""
        return hashlib.sha256(self.content).hexdigest()


def trained(ticks: Sequence[Tick], parameters: VolatilityParameters) -> Trained:
    """Return the model that a recording teaches, and how it does on the later part of it.

    Raises:
        NoRows: The recording is too short.
        Untaught: Nothing, or everything, in its earlier part is an event.
    """
    found = rows(ticks, parameters)
    split = by_time(found)
    tau = float(np.quantile(found.future[split.learns], QUANTILE))
    events = found.future >= tau
    if events[split.learns].all():
        raise Untaught(
            "expected teaching rows of two kinds, but the time after each is as volatile as after all others"
        )
    model = make_pipeline(StandardScaler(), LogisticRegression())
    model.fit(found.features[split.learns], events[split.learns])
    judged = msgspec.structs.replace(_judged(model, found, split, tau), ticks=len(ticks), recorded_seconds=_span(ticks))
    return Trained(_written(model, found, split, judged, parameters), judged)


def _span(ticks: Sequence[Tick]) -> float:
    moments = [tick.timestamp for tick in ticks if tick.timestamp is not None]
    return max(moments) - min(moments)


def _judged(model: Pipeline, found: Rows, split: Split, tau: float) -> Judged:
    judges, events = split.judges, found.future >= tau
    predictors = {"ret_std of the window": found.features[:, 1], **found.naive, "mean z-score": _z_scores(found, split)}

    def precision(scores: npt.NDArray[np.float64]) -> float | None:
        return average_precision(scores, events[judges]) if events[judges].any() else None

    return Judged(
        ticks=0,
        recorded_seconds=0.0,
        teaching_rows=int(split.learns.sum()),
        judging_rows=int(judges.sum()),
        tau=tau,
        teaching_events=float(events[split.learns].mean()),
        judging_events=float(events[judges].mean()) if judges.any() else 0.0,
        model=precision(model.predict_proba(found.features[judges])[:, 1]) if judges.any() else None,
        naive={name: precision(scores[judges]) for name, scores in predictors.items()},
    )


def _z_scores(found: Rows, split: Split) -> npt.NDArray[np.float64]:
    """Return the mean of what two features are in standard deviations of the teaching rows: the course's baseline."""
    taught = found.features[split.learns, :2]
    scores: npt.NDArray[np.float64] = ((found.features[:, :2] - taught.mean(0)) / taught.std(0)).mean(1)
    return scores


def _written(model: Pipeline, found: Rows, split: Split, judged: Judged, parameters: VolatilityParameters) -> bytes:
    """Return the file: equal rows give equal bytes."""
    options = {id(model): {"zipmap": False}}
    inputs = [(INPUT, FloatTensorType([None, found.features.shape[1]]))]
    file: ModelProto = convert_sklearn(model, "volatility", inputs, options=options, target_opset=OPSET)
    notes = {
        "scorer": "volatility",
        "windowSize": str(parameters.window_size),
        "judged": msgspec.json.encode(judged, order="sorted").decode(),
        "reference": msgspec.json.encode(reference(found, split), order="sorted").decode(),
    }
    for name, text in notes.items():
        note = file.metadata_props.add()
        note.key, note.value = name, text
    content: bytes = file.SerializeToString(deterministic=True)
    return content


def reference(found: Rows, split: Split) -> dict[str, list[float]]:
    """Return what drift is measured against: features of teaching windows that do not overlap."""
    returns = int(found.features[0, 2])
    apart = found.features[split.learns][::returns]
    return {name: sorted(apart[:, column].tolist()) for name, column in SHOWN.items()}
