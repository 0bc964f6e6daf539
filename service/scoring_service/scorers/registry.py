"""Every scorer by its member of the CRD's union, alphabetical. Adding one = one module or package, and one line."""

from typing import Any, Final

import msgspec
from msgspec import inspect

from scoring_service.contract.scorer_file import ScorerBlock
from scoring_service.errors import InvalidParameters
from scoring_service.scorers.base import Scorer
from scoring_service.scorers.wallet_reputation import WalletReputation

_SHOWN_CHARACTERS: Final = 150

SCORERS: Final[dict[str, type[Scorer]]] = {
    "walletReputation": WalletReputation,
}


def build(block: ScorerBlock) -> Scorer:
    """Return the scorer that a block asks for.

    Raises:
        InvalidParameters: There is no such member, or a parameter is unknown, missing, of the wrong type or out of
            bounds; the message names the field's path, what was expected and what came.
    """
    scorer = _scorer(block)
    return scorer(_parameters(block, scorer))


def completed(block: ScorerBlock) -> ScorerBlock:
    """Return a block that a person wrote with its defaults filled in, as the API server does: revisions then agree.

    Raises:
        InvalidParameters: As `build`.
    """
    parameters = msgspec.to_builtins(_parameters(block, _scorer(block)))
    return msgspec.structs.replace(block, parameters=parameters)


def _scorer(block: ScorerBlock) -> type[Scorer]:
    scorer = SCORERS.get(block.member)
    if scorer is None:
        raise InvalidParameters(f"scorer: expected one of {', '.join(SCORERS)} (got {_shown(block.member, [])})")
    return scorer


def _parameters(block: ScorerBlock, scorer: type[Scorer]) -> Any:
    try:
        return msgspec.convert(block.parameters, scorer.Parameters)
    except msgspec.ValidationError as error:
        raise InvalidParameters(_located(block, str(error))) from error


def _located(block: ScorerBlock, message: str) -> str:
    """Return msgspec's message with the path in front and the value behind, in one line."""
    expected, _, path = message.partition(" - at `$")
    members = [member for member in path.rstrip("`").split(".") if member]
    if expected.startswith("Invalid enum value"):
        expected = f"Expected one of {', '.join(_choices(SCORERS[block.member].Parameters, members))}"
    where = ".".join(["scorer", block.member, *members])
    said = f"{where}: {expected[:_SHOWN_CHARACTERS]} (got {_shown(block.parameters, members)})"
    return " ".join(said.split())  # a name may have line ends


def _choices(of: type, members: list[str]) -> list[str]:
    """Return the words that the parameter at a path may be."""
    found: inspect.Type = inspect.type_info(of)
    for member in members:
        if isinstance(found, inspect.StructType):
            found = next(field.type for field in found.fields if field.encode_name == member)
        if isinstance(found, inspect.Metadata):
            found = found.type
    return [str(value) for value in found.values] if isinstance(found, inspect.LiteralType) else []


def _shown(value: Any, members: list[str]) -> str:
    for member in members:
        value = value.get(member) if isinstance(value, dict) else None
    return repr(value)[:_SHOWN_CHARACTERS]
