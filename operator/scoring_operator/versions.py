"""Pure: which version of `scorer.json` the pods read, and what a slot says in it.

An operator may be newer than its workers, which a chart upgrade leaves as they are: it writes what they declare.
"""

from collections.abc import Sequence
from typing import Final

import msgspec

from scoring_operator import lanes
from scoring_operator.facts import PodReport
from scoring_service.contract.names import CONTRACT_VERSION, OLDEST_VERSION
from scoring_service.contract.scorer_file import ScorerBlock, ScorerFile

WITH_GOLDEN_CASES: Final = 2


def contract_version(current: ScorerFile, reports: Sequence[PodReport]) -> int:
    """Return the newest version that every pod reads which has answered; the present one if none has."""
    declared = [report.status.contract_version for report in lanes.present(reports) if report.status is not None]
    return known(min(declared, default=current.contract_version))


def known(version: int) -> int:
    """Return the nearest version that this operator writes."""
    return max(OLDEST_VERSION, min(CONTRACT_VERSION, version))


def as_read(version: int, block: ScorerBlock | None) -> ScorerBlock | None:
    """Return what workers of that version know of a block."""
    if block is None or version >= WITH_GOLDEN_CASES:
        return block
    return msgspec.structs.replace(block, golden_cases=())
