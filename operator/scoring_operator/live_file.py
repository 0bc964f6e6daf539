"""Pure: what the live ConfigMap says, as far as it may be believed."""

import msgspec

from scoring_operator import history
from scoring_operator.desired import naming
from scoring_operator.desired.children import reference
from scoring_operator.facts import Observed
from scoring_operator.versions import known
from scoring_service.contract.names import SCORER_FILE
from scoring_service.contract.scorer_file import ScorerBlock, ScorerFile


def written(observed: Observed, name: str, desired: ScorerBlock | None) -> ScorerFile:
    """Return what the live ConfigMap says, as far as it may be believed: anybody may have edited it since.

    `contractVersion`, `started` and `resume` are as read: the pods have read them so. If status says which revision was
    verified, nothing else counts as `serving`; it may be found in either slot, among the revisions that status keeps,
    or in the spec, whose golden cases are then still to be tried. If it is nowhere (it was too large to be kept, the
    ConfigMap was deleted or edited while nobody watched, and the spec asks for something else), what served is lost:
    the spec is proposed as to a new pipeline.
    """
    read = _live_file(observed, name)
    kept = (entry.block for entry in history.entries(observed.former_status))
    untried = None if desired is None else msgspec.structs.replace(desired, golden_cases=())
    slots = {_revision(block): block for block in (*kept, untried, read.proposed, read.serving) if block is not None}
    verified = (observed.former_status.get("revision") or {}).get("serving") or _revision(read.serving)
    return ScorerFile(
        contract_version=known(read.contract_version),
        serving=slots.get(verified) if verified else None,
        proposed=read.proposed if _revision(read.proposed) else None,
        candidate=read.candidate,
        started=read.started,
        resume=read.resume,
    )


def _live_file(observed: Observed, name: str) -> ScorerFile:
    live = next(
        (
            found
            for found in (*observed.children, *observed.orphans)
            if reference(found) == ("ConfigMap", naming.live_name(name))
        ),
        None,
    )
    content = ((live or {}).get("data") or {}).get(SCORER_FILE, "")
    try:
        return ScorerFile.decode(content.encode())
    except (msgspec.MsgspecError, RecursionError):
        return ScorerFile()


def _revision(block: ScorerBlock | None) -> str:
    """Return the revision; empty if there is none: a person may have written numbers that cannot be hashed."""
    try:
        return block.revision if block is not None else ""
    except ValueError:
        return ""
