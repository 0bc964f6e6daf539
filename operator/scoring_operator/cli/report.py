"""`kubectl-scoring report`: everything about a pipeline that helps somebody else to help, in one redacted archive."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from scoring_operator.cli.access import login, read
from scoring_operator.cli.answer import answer
from scoring_operator.cli.archive import files, packed
from scoring_operator.cli.options import EXIT_FAILED, Context, Format, Kubeconfig, Name, Namespace, Output, refuse
from scoring_operator.errors import OperatorError
from scoring_operator.facts import Sighting

if TYPE_CHECKING:
    from scoring_operator.cluster.kube.reader import Reader


def report(
    name: Name,
    to: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Default: NAME-report-TIME.tar.gz here.", dir_okay=False)
    ] = None,
    namespace: Namespace = "",
    kubeconfig: Kubeconfig = None,
    context: Context = "",
    output: Output = Format.TABLE,
) -> None:
    """Write an archive for those who are to help: manifests, children, events, and of each pod its status and its log.

    No Secret is read, and what may carry one is masked: values of environment variables, annotations of others,
    parameters that sound like it, and what looks like a credential in texts; records in golden cases are left out. What
    you may not read is named in the archive: get pods/log and pods/proxy, besides what `explain` needs.

    Exit codes: 0 done; 1 the cluster does not answer or refuses, or the file cannot be written; 2 there is no such
    pipeline.
    """
    now = datetime.now(UTC)
    sighting, logs = read(login(namespace, kubeconfig, context), lambda one: _seen(one, name))
    folder = f"{name}-report-{now:%Y%m%d-%H%M%S}"
    told = files(sighting, logs, now)
    file = to or Path(f"{folder}.tar.gz")
    try:
        file.write_bytes(packed(told, folder, now))
    except OSError as error:
        refuse(f"{file}: cannot write it: {error.strerror}", EXIT_FAILED)
    meta = sighting.pipeline["metadata"]
    data: dict[str, Any] = {
        "pipeline": f"{meta['namespace']}/{meta['name']}",
        "file": str(file),
        "files": sorted(told),
        "notRead": dict(sighting.unread),
    }
    answer(output, data, lambda: _text(data))


async def _seen(one: "Reader", name: str) -> tuple[Sighting, dict[str, str]]:
    sighting = await one.sighting(name, with_events=True)
    logs, unread = dict[str, str](), dict(sighting.unread)
    for pod in sighting.pods:
        pod_name = pod["metadata"]["name"]
        for suffix, previous in (("", False), ("-previous", True)):
            try:
                logs[f"{pod_name}{suffix}.log"] = await one.log(pod_name, previous=previous)
            except OperatorError as error:
                if not previous:  # most have never been restarted
                    unread[f"log of {pod_name}"] = str(error)
    return replace(sighting, unread=unread), logs


def _text(data: dict[str, Any]) -> str:
    unread = (f"not read: {what}: {why}" for what, why in sorted(data["notRead"].items()))
    return "\n".join([f"{data['file']}: {len(data['files'])} files", *unread])
