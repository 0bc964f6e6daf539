"""A model in onnxruntime: one input of lines, and what it says of each."""

from typing import Any, Final

import numpy as np
import onnxruntime
from numpy.typing import NDArray

CLASSES: Final = 2
"""Columns of what a classifier says: the second is the share of what is looked for."""
_QUIET: Final = 4
"""Of onnxruntime's own log: fatal errors alone."""


class NoModel(ValueError):
    """Bytes are no model that could score; the message says what was expected."""


class OnnxModel:
    """An opened model. Immutable; safe to call from any thread."""

    def __init__(self, session: Any, digest: str) -> None:
        self._session = session
        self._input = session.get_inputs()[0].name
        self._output = session.get_outputs()[-1].name
        self.digest = digest

    def predict(self, columns: NDArray[np.float32]) -> NDArray[np.float64]:
        """Return the score of each line; what is not finite or beyond 0 and 1 is brought back between them."""
        said = self._session.run([self._output], {self._input: columns})[0][:, -1]
        finite = np.nan_to_num(said.astype(np.float64), nan=1.0, posinf=1.0, neginf=0.0)
        return np.asarray(np.clip(finite, 0.0, 1.0), dtype=np.float64)


def opened(content: bytes, columns: int, digest: str) -> OnnxModel:
    """Return the model that bytes are, once it has scored one line.

    Raises:
        NoModel: They are none, it takes or says something else, or it does not score.
    """
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = _QUIET
    try:
        session = onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # whatever the library raises at bytes of strangers
        raise NoModel(f"expected a model in ONNX: {str(error)[:150]}") from error
    inputs, outputs = session.get_inputs(), session.get_outputs()
    if len(inputs) != 1 or inputs[0].type != "tensor(float)" or inputs[0].shape[1:] != [columns]:
        shapes = [(each.type, each.shape) for each in inputs][:2]
        raise NoModel(f"expected one input of floats, lines of {columns} columns; it has {shapes}")
    if outputs[-1].type != "tensor(float)":
        raise NoModel(f"expected probabilities as floats in the last output, it has {outputs[-1].type}")
    model = OnnxModel(session, digest)
    try:
        said = session.run(None, {inputs[0].name: np.zeros((1, columns), dtype=np.float32)})[-1]
    except Exception as error:  # the same of what it runs
        raise NoModel(f"expected a model that scores: {str(error)[:150]}") from error
    if said.shape != (1, CLASSES):
        raise NoModel(f"expected two probabilities of each line, came the shape {said.shape}")
    return model
