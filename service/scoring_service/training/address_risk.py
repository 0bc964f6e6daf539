"""The model of `addressRisk`: gradient-boosted trees, calibrated, judged on rows that did not teach, written as ONNX.

Folds keep equal rows together. The calibration (Platt's sigmoid) is learned on rows that did not teach the trees,
inside of each fold again, so that what judges has seen nothing.
"""

import hashlib
from collections.abc import Callable, Iterator
from typing import Any, Final, NamedTuple

import msgspec
import numpy as np
import numpy.typing as npt
import onnxruntime
from onnx import load_from_string
from skl2onnx import to_onnx
from skl2onnx.common.data_types import FloatTensorType
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import brier_score_loss, f1_score, roc_auc_score
from sklearn.model_selection import StratifiedGroupKFold

from scoring_service.scorers.address_risk import baseline
from scoring_service.scorers.address_risk.features import NAMES, WIDTH, matrix
from scoring_service.training.addresses import Examples
from scoring_service.training.judging import average_precision

FOLDS: Final = 5
SEEDS: Final = (0, 42)
"""Of the folds: each judges every row once."""
INPUT: Final = "columns"
"""Of the file: float32 of shape (rows, 33), as `features.matrix`."""
CLOSE: Final = 1e-5
"""How far the file may be from scikit-learn, on any row."""
BINS: Final = 10
"""Of the calibration error."""

Column = npt.NDArray[np.float64]


class Unfaithful(ValueError):
    """The file says something else than the model; the message says how far."""


class Judged(msgspec.Struct, frozen=True, rename="camel"):
    """Figures of rows that did not teach, of each division into folds."""

    average_precision: list[float]
    roc_auc: list[float]
    f1: list[float]
    """With a limit of 0.5."""
    brier: list[float]
    calibration_error: list[float]
    """Mean distance of risk and share of frauds, over ten bins of equal width, by rows."""


class Report(msgspec.Struct, frozen=True, rename="camel"):
    """What a training has found."""

    rows: int
    frauds: int
    distinct: int
    """Rows that are not equal to another."""
    model: Judged
    baseline: Judged
    """Of the built-in baseline, whose numbers are of these very rows: it flatters itself."""
    onnx_difference: float
    """From scikit-learn, at most, over all rows."""


class Trained(NamedTuple):
    """A model and what is known of it."""

    content: bytes
    """ONNX."""
    report: Report

    @property
    def sha256(self) -> str:
        """The digest by which a pipeline names the file."""
        return hashlib.sha256(self.content).hexdigest()


def trained(of: Examples, iterations: int = 500, told: Callable[[str], None] = lambda what: None) -> Trained:
    """Return the model that examples teach, and how well such a model does on rows that did not teach it.

    Args:
        of: What teaches and judges.
        iterations: Trees.
        told: Told what begins.

    Raises:
        Unfaithful: The file is not the model.
    """
    columns = matrix(of.aggregates.tolist())
    judged = []
    for seed in SEEDS:
        told(f"judging, folds of seed {seed}")
        judged.append(_judged(_out_of_fold(of, columns, iterations, seed), of.frauds))
    told("fitting on all rows")
    model = _fitted(of, columns, np.arange(len(columns)), iterations)
    content = _written(model)
    apart = _difference(model, content, columns)
    if apart > CLOSE:
        raise Unfaithful(f"expected the ONNX file within {CLOSE:g} of the model on every row, is {apart:.3g} off")
    by_baseline = _judged(baseline.predict(columns), of.frauds)
    report = Report(
        rows=len(columns),
        frauds=int(of.frauds.sum()),
        distinct=int(of.groups.max()) + 1,
        model=_together(judged),
        baseline=_together([by_baseline]),
        onnx_difference=apart,
    )
    return Trained(_noted(content, report), report)


def _out_of_fold(of: Examples, columns: npt.NDArray[np.float32], iterations: int, seed: int) -> Column:
    risks = np.zeros(len(columns))
    for teaching, judging in _folds(of, np.arange(len(columns)), seed):
        model = _fitted(of, columns, teaching, iterations)
        risks[judging] = model.predict_proba(columns[judging])[:, 1]
    return risks


def _folds(of: Examples, rows: npt.NDArray[np.int64], seed: int) -> Iterator[tuple[Any, Any]]:
    folds = StratifiedGroupKFold(FOLDS, shuffle=True, random_state=seed)
    return folds.split(rows, of.frauds[rows], of.groups[rows])  # type: ignore[no-any-return]


def _fitted(
    of: Examples, columns: npt.NDArray[np.float32], rows: npt.NDArray[np.int64], iterations: int
) -> CalibratedClassifierCV:
    trees = HistGradientBoostingClassifier(
        learning_rate=0.04, max_iter=iterations, max_features=0.3, l2_regularization=1.0, random_state=0
    )
    model = CalibratedClassifierCV(trees, method="sigmoid", ensemble=False, cv=list(_folds(of, rows, 0)))
    return model.fit(columns[rows], of.frauds[rows])


def _judged(risks: Column, frauds: npt.NDArray[np.bool_]) -> dict[str, float]:
    return {
        "average_precision": average_precision(risks, frauds),
        "roc_auc": float(roc_auc_score(frauds, risks)),
        "f1": float(f1_score(frauds, risks >= 0.5)),
        "brier": float(brier_score_loss(frauds, risks)),
        "calibration_error": calibration_error(risks, frauds),
    }


def _together(of: list[dict[str, float]]) -> Judged:
    return Judged(**{name: [round(each[name], 6) for each in of] for name in of[0]})


def calibration_error(risks: Column, frauds: npt.NDArray[np.bool_]) -> float:
    """Return how far risks are from the shares of frauds, on average over rows."""
    bins = np.minimum((risks * BINS).astype(int), BINS - 1)
    apart = [abs(risks[bins == each].mean() - frauds[bins == each].mean()) * (bins == each).sum() for each in set(bins)]
    return float(sum(apart) / len(risks))


def _written(model: CalibratedClassifierCV) -> bytes:
    inputs = [(INPUT, FloatTensorType([None, WIDTH]))]
    options = {id(model): {"zipmap": False}}
    file = to_onnx(model, initial_types=inputs, options=options, target_opset={"": 18, "ai.onnx.ml": 3})
    content: bytes = file.SerializeToString(deterministic=True)
    return content


def _difference(model: CalibratedClassifierCV, content: bytes, columns: npt.NDArray[np.float32]) -> float:
    session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
    written = session.run(None, {INPUT: columns})[1][:, 1]
    return float(np.abs(written - model.predict_proba(columns)[:, 1]).max())


def _noted(content: bytes, report: Report) -> bytes:
    """Return the file with what a reader has to know of it."""
    file = load_from_string(content)
    notes = {
        "scorer": "addressRisk",
        "features": ",".join(NAMES),
        "report": msgspec.json.encode(report, order="sorted").decode(),
    }
    for name, text in notes.items():
        note = file.metadata_props.add()
        note.key, note.value = name, text
    noted: bytes = file.SerializeToString(deterministic=True)
    return noted
