"""What an operator process counts and exports: the table is the contract, and nothing else can be exported.

family.py               one metric family: what it means
controller_runtime.py   families with the names of controller-runtime and client-go
own.py                  families of this product
instruments.py          the values of the families, read together
metrics.py              what happens, by name
pipelines.py            pure: what all pipelines together say
"""

from typing import Final

from scoring_operator.metrics.controller_runtime import CONTROLLER_RUNTIME
from scoring_operator.metrics.family import Family, Kind
from scoring_operator.metrics.metrics import Metrics
from scoring_operator.metrics.own import OWN

__all__ = ["FAMILIES", "Family", "Kind", "Metrics"]

FAMILIES: Final[tuple[Family, ...]] = (*CONTROLLER_RUNTIME, *OWN)
