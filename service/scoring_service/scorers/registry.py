"""Every scorer by its member of the CRD's union, alphabetical. Adding one = one module or package, and one line.

The member `custom` leads to the scorers of other packages, see `scorers.custom`.
"""

from typing import Any, Final, NamedTuple

import msgspec
from msgspec import inspect

from scoring_service.contract.scorer_file import ScorerBlock
from scoring_service.errors import InvalidParameters
from scoring_service.scorers import custom
from scoring_service.scorers.address_risk import AddressRisk
from scoring_service.scorers.base import Scorer
from scoring_service.scorers.transaction_risk import TransactionRisk
from scoring_service.scorers.volatility import Volatility
from scoring_service.scorers.wallet_reputation import WalletReputation

_SHOWN_CHARACTERS: Final = 150

SCORERS: Final[dict[str, type[Scorer]]] = {
    "addressRisk": AddressRisk,
    "transactionRisk": TransactionRisk,
    "volatility": Volatility,
    "walletReputation": WalletReputation,
}


class _Asked(NamedTuple):
    """What a block asks for."""

    scorer: type[Scorer]
    parameters: Any
    """As written."""
    path: str
    """Where they stand below `spec`."""
    is_custom: bool = False


def build(block: ScorerBlock, *, may_keep_state: bool = True) -> Scorer:
    """Return the scorer that a block asks for.

    Args:
        block: What the custom resource says.
        may_keep_state: Whether a scorer that folds a state is admitted: exactly-once does not store it with the output.

    Raises:
        InvalidParameters: There is no such member, or a parameter is unknown, missing, of the wrong type or out of
            bounds; the message names the field's path, what was expected and what came.
    """
    asked = _asked(block)
    if asked.scorer.stateful and not may_keep_state:
        raise InvalidParameters(
            f"scorer: {asked.scorer.name} keeps a state, which spec.delivery.guarantee ExactlyOnce does not: use "
            "AtLeastOnce"
        )
    if not asked.is_custom:
        return asked.scorer(_parameters(asked))
    with custom.refusing(asked.scorer.name):
        return custom.tried(asked.scorer(_parameters(asked)))


def completed(block: ScorerBlock) -> ScorerBlock:
    """Return a block that a person wrote with its defaults filled in, as the API server does: revisions then agree.

    The API server does not know the defaults of a custom scorer, so these stay where they are.

    Raises:
        InvalidParameters: As `build`.
    """
    asked = _asked(block)
    if asked.is_custom:
        build(block)
        return msgspec.structs.replace(block, parameters={"parameters": {}, **block.parameters})
    return msgspec.structs.replace(block, parameters=msgspec.to_builtins(_parameters(asked)))


def _asked(block: ScorerBlock) -> _Asked:
    path = f"scorer.{block.member}"
    if block.member == custom.MEMBER:
        named: custom.Custom = _converted(block.parameters, custom.Custom, path)
        return _Asked(custom.scorer_of(named.name), named.parameters, f"{path}.parameters", is_custom=True)
    scorer = SCORERS.get(block.member)
    if scorer is None:
        members = ", ".join((custom.MEMBER, *SCORERS))
        raise InvalidParameters(f"scorer: expected one of {members} (got {_shown(block.member, [])})")
    return _Asked(scorer, block.parameters, path)


def _parameters(asked: _Asked) -> Any:
    return _converted(asked.parameters, asked.scorer.Parameters, asked.path)


def _converted(written: Any, of: type, path: str) -> Any:
    try:
        return msgspec.convert(written, of)
    except msgspec.ValidationError as error:
        raise InvalidParameters(_located(written, of, path, str(error))) from error


def _located(written: Any, of: type, at: str, message: str) -> str:
    """Return msgspec's message with the path in front and the value behind, in one line."""
    expected, _, path = message.partition(" - at `$")
    members = [member for member in path.rstrip("`").split(".") if member]
    if expected.startswith("Invalid enum value"):
        expected = f"Expected one of {', '.join(_choices(of, members))}"
    where = ".".join([at, *members])
    said = f"{where}: {expected[:_SHOWN_CHARACTERS]} (got {_shown(written, members)})"
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
