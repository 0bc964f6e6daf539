"""Model files made here: logistic regressions of one column, in ONNX."""

import hashlib
from pathlib import Path
from typing import Any

import numpy as np
from onnx import TensorProto, helper, numpy_helper


def a_model(columns: int = 33, column: int = 6, weight: float = 1.0) -> bytes:
    """Return a model whose score is 1 / (1 + exp(-weight · column))."""
    weights = np.zeros((columns, 2), dtype=np.float32)
    weights[column, 1] = weight
    nodes = [
        helper.make_node("MatMul", ["columns", "weights"], ["logits"]),
        helper.make_node("Softmax", ["logits"], ["probabilities"], axis=1),
    ]
    return graph(nodes, columns, [numpy_helper.from_array(weights, "weights")])


def graph(nodes: list[Any], columns: int, constants: list[Any]) -> bytes:
    """Return a file of nodes between `columns` and `probabilities`."""
    given = helper.make_tensor_value_info("columns", TensorProto.FLOAT, [None, columns])
    said = helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, [None, 2])
    model = helper.make_model(
        helper.make_graph(nodes, "model", [given], [said], constants), opset_imports=[helper.make_opsetid("", 18)]
    )
    model.ir_version = 10
    content: bytes = model.SerializeToString()
    return content


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def written(folder: Path, content: bytes, name: str = "model.onnx") -> Path:
    """Return where a file of that content is."""
    path = folder / name
    path.write_bytes(content)
    return path
