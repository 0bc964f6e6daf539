"""`kubectl-scoring diff`: what applying a manifest would change, as the operator itself would decide it."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer
from rich.console import Group, RenderableType

from scoring_operator.cli.access import login, read
from scoring_operator.cli.answer import answer, table
from scoring_operator.cli.applied import applied
from scoring_operator.cli.differences import Difference, difference
from scoring_operator.cli.manifest import Unreadable, named_manifest_in
from scoring_operator.cli.options import Context, Format, Kubeconfig, Namespace, Output, refuse
from scoring_operator.errors import Conflict
from scoring_operator.facts import Key, Manifest, Observed
from scoring_service.contract.pipeline import InvalidPipeline

if TYPE_CHECKING:
    from scoring_operator.cluster.kube.reader import Reader

EXIT_DIFFERENT: Final = 1
EXIT_TROUBLE: Final = 2
ABSENT: Final = "absent"


def diff(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Manifest of a ScoringPipeline.")],
    namespace: Namespace = "",
    kubeconfig: Kubeconfig = None,
    context: Context = "",
    output: Output = Format.TABLE,
) -> None:
    """Show what `kubectl apply` of a manifest would change: fields, with what each does, children, and pods.

    The API server is asked to admit it without storing it, so what it would refuse is refused; the children are those
    that the operator would make of it now. You need to get and update scoringpipelines, and to list what belongs to
    them.

    Exit codes, as of `kubectl diff`: 0 nothing would change; 1 something would; 2 wrong usage, a manifest that would be
    refused, or a cluster that does not answer or refuses.
    """
    try:
        manifest = named_manifest_in(file)
    except Unreadable as error:
        refuse(f"{file}: {error}")
    where = login(namespace or manifest["metadata"].get("namespace", ""), kubeconfig, context)

    async def look(one: "Reader") -> tuple[Key, Difference]:
        return await _difference(one, manifest)

    try:
        key, found = read(where, look)
    except typer.Exit as ended:
        raise typer.Exit(EXIT_TROUBLE) from ended
    except InvalidPipeline as error:
        refuse(f"{file}: {error}")
    answer(output, {"pipeline": str(key), **found.data()}, lambda: as_text(str(key), found))
    raise typer.Exit(0 if found.is_none else EXIT_DIFFERENT)


def as_text(key: str, found: Difference) -> RenderableType:
    """Return it for people."""
    if found.is_none:
        return f"{key}: nothing would change"
    fields = [(change.path, _shown(change.before), _shown(change.after), change.effect) for change in found.fields]
    children = [(change.verb, change.child) for change in found.children]
    scaled = "" if found.scaled is None else f"; {found.scaled[0]} pods become {found.scaled[1]}"
    return Group(
        *([table(("FIELD", "NOW", "THEN", "EFFECT"), fields)] if fields else []),
        *([table(("CHILD", ""), [(child, verb) for verb, child in children])] if children else []),
        f"{key}: {found.pods}{scaled}",
    )


def _shown(value: Any) -> str:
    return ABSENT if value is None else json.dumps(value)


async def _difference(one: "Reader", manifest: Manifest) -> tuple[Key, Difference]:
    meta = manifest["metadata"]
    key = Key(one.namespace, meta["name"])
    placed = {**manifest, "metadata": {**meta, "namespace": one.namespace}}
    try:
        sighting = await one.sighting(key.name)
    except Conflict:
        wanted = await one.tried(placed, is_new=True)
        return key, difference(Observed(wanted), None, wanted, ())
    wanted = await one.tried(applied(sighting.pipeline, placed), is_new=False)
    return key, difference(sighting.observed, sighting.pipeline, wanted, sighting.reports)
