"""What a scorer and a model file say to each other: where the file is, and what it predicts."""

import re
from typing import Annotated, Any, ClassVar, Final, Protocol, Self, runtime_checkable

import msgspec
import numpy as np
from msgspec import UNSET, UnsetType
from numpy.typing import NDArray

from scoring_service.scorers.parameters import Parameters, Rule, parameter

_URI: Final = "(https://[!-~]+|/models/[-A-Za-z0-9._/]+)"
_SHA256: Final = "[0-9a-f]{64}"
_is_uri: Final = re.compile(_URI).fullmatch
_is_digest: Final = re.compile(_SHA256).fullmatch

BASELINE: Final = "baseline"
"""What stands in where a model cannot be loaded; also the variant that needs none."""


class ModelFile(Parameters, frozen=True):
    """A trained model in ONNX: where it is, and its digest, without which it is not used."""

    uri: Annotated[
        str,
        parameter("An https address, or a path below /models in the workers' image."),
        msgspec.Meta(min_length=1, max_length=2048),
    ]
    sha256: Annotated[
        str,
        parameter("Digest of the file: 64 hex digits in lower case, as `scorer train` and sha256sum print it."),
        msgspec.Meta(min_length=64, max_length=64),
    ]

    rules: ClassVar = (
        Rule(
            f"self.uri.matches('^{_URI}$') && !self.uri.contains('/../')",
            "write a uri that begins with https:// or /models/",
            lambda of: _is_uri(of.uri) is not None and "/../" not in of.uri,
        ),
        Rule(
            f"self.sha256.matches('^{_SHA256}$')",
            "write a sha256 of 64 hex digits in lower case",
            lambda of: _is_digest(of.sha256) is not None,
        ),
    )


class Model(Protocol):
    """A loaded model. Immutable; safe to call from any thread."""

    digest: str
    """sha256 of its file."""

    def predict(self, columns: NDArray[np.float32]) -> NDArray[np.float64]:
        """Return the score of each line, 0 to 1: line by line, whatever stands beside."""
        ...


@runtime_checkable
class Modelled(Protocol):
    """What a scorer with a model file has besides. Until it is given its model, its baseline scores, and says so."""

    columns: ClassVar[int]
    """Of a line that its models take."""
    model_variant: str
    model_version: str

    @property
    def model_file(self) -> ModelFile | None:
        """The file that its parameters name; None if they need none."""
        ...

    def with_model(self, model: Model) -> Self:
        """Return the same scorer with its model."""
        ...


NEEDS_FILE: Final = Rule(
    "self.variant != 'ml' || has(self.model)",
    "set model for the variant ml, or use the variant baseline",
    lambda of: of.variant != "ml" or of.model is not UNSET,
)
"""Of parameters with a `variant` and a `model`."""


def named(variant: str, model: ModelFile | UnsetType) -> ModelFile | None:
    """Return the file that such parameters name; None if their variant needs none."""
    return model if variant == "ml" and not isinstance(model, UnsetType) else None


def missing(scorer: Any) -> ModelFile | None:
    """Return the file that a scorer still needs; None if its model is there, or it needs none."""
    if not isinstance(scorer, Modelled) or scorer.model_variant != BASELINE:
        return None
    return scorer.model_file
