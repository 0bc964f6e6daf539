"""Every scorer by its member of the CRD's union, alphabetical. Adding one = one module or package, and one line."""

from typing import Any, Final

import msgspec

from scoring_service.contract.scorer_file import ScorerBlock
from scoring_service.errors import InvalidParameters
from scoring_service.scorers.base import Scorer
from scoring_service.scorers.wallet_reputation import WalletReputation

_SHOWN_CHARACTERS: Final = 120

SCORERS: Final[dict[str, type[Scorer]]] = {
    "walletReputation": WalletReputation,
}


def build(block: ScorerBlock) -> Scorer:
    """Return the scorer that a block asks for.

    Raises:
        InvalidParameters: There is no such member, or a parameter is unknown, missing, of the wrong type or out of
            bounds; the message names the field's path, what was expected and what came.
    """
    scorer = SCORERS.get(block.member)
    if scorer is None:
        raise InvalidParameters(f"scorer: expected one of {', '.join(SCORERS)} (got {block.member!r})")
    try:
        parameters = msgspec.convert(block.parameters, scorer.Parameters)
    except msgspec.ValidationError as error:
        raise InvalidParameters(_located(block, str(error))) from error
    return scorer(parameters)


def _located(block: ScorerBlock, message: str) -> str:
    """Return msgspec's message with the path in front and the value behind."""
    expected, _, path = message.partition(" - at `$")
    path = path.rstrip("`")
    return f"scorer.{block.member}{path}: {expected} (got {_shown(block.parameters, path)})"


def _shown(value: Any, path: str) -> str:
    for member in filter(None, path.split(".")):
        value = value.get(member) if isinstance(value, dict) else None
    return repr(value)[:_SHOWN_CHARACTERS]
