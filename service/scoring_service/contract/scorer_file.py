"""`scorer.json`: the live file. Two slots, so that a refused revision never becomes an outage."""

from typing import Any, Literal

import msgspec

from scoring_service.contract.golden_cases import GoldenCase
from scoring_service.contract.names import CONTRACT_VERSION
from scoring_service.contract.revision import revision_of
from scoring_service.contract.wire import Wire, decoded


class ScorerBlock(Wire, frozen=True, omit_defaults=True):
    """One member of the union `spec.scorer` with its parameters, defaults filled in, and the cases it must pass."""

    member: str
    """Name of the union's member, e.g. `walletReputation`."""
    parameters: dict[str, Any]
    """As the API server stored them. The worker checks them against the scorer's own type."""
    golden_cases: tuple[GoldenCase, ...] = ()
    """No part of the revision: a change of them is verified again and swaps nothing. Since contractVersion 2."""

    @property
    def revision(self) -> str:
        """Twelve hex digits that name this block everywhere: status, headers, metrics."""
        return revision_of(self.member, self.parameters)

    @property
    def name(self) -> str:
        """The revision, or nothing if there is none: numbers may have come that cannot be hashed."""
        try:
            return self.revision
        except ValueError:
            return ""


class CandidateBlock(Wire, frozen=True):
    """A second revision beside the serving one; it never keeps that one from serving."""

    scorer: ScorerBlock
    """With the golden cases that it must pass, if it has any."""
    mode: Literal["Shadow", "Canary"]
    """Shadow: scores once more, for the metrics alone. Canary: answers instead."""
    percent: float
    """Share of the keys, 0 to 100, to the nearest hundredth."""
    threshold: float | None = None
    """Score whose crossings are counted."""


class ScorerFile(Wire, frozen=True):
    """What should score. A pod serves `proposed` if it builds and passes its cases, else `serving`."""

    contract_version: int = CONTRACT_VERSION
    serving: ScorerBlock | None = None
    """What every ready pod has verified, cases included; absent only before the first one was."""
    proposed: ScorerBlock | None = None
    """What the spec asks for; absent once it is what serves. Maybe the serving revision with other cases."""
    candidate: CandidateBlock | None = None
    """As the spec asks; a pod that refuses it serves all the same."""
    started: bool = False
    """Whether the group has ever committed: without any offset it has then lost them, and is no new group."""
    resume: str = ""
    """Another text than before releases lanes that a failure budget holds."""

    def encode(self) -> bytes:
        """Return the file's bytes; equal values give equal bytes, because `configDigest` hashes them."""
        said = msgspec.to_builtins(self)
        if self.candidate is None:
            del said["candidate"]  # so that a file without one is what former operators wrote
        return msgspec.json.encode(said, order="sorted")

    @classmethod
    def decode(cls, content: bytes) -> "ScorerFile":
        """Parse the file's bytes.

        Raises:
            msgspec.ValidationError: A member is missing or of the wrong type.
            msgspec.DecodeError: The bytes are not JSON in UTF-8, or nest too deep.
        """
        return decoded(content, cls)
