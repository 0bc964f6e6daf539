"""`kubectl-scoring upgrade`: give a pipeline's workers another image."""

import asyncio
import json
from typing import Annotated

import typer

from scoring_operator.cli.options import Format, Kubeconfig, Name, Namespace, Output, failures_told, refuse
from scoring_service.contract.rules import broken_image


def upgrade(
    name: Name,
    namespace: Namespace = "",
    kubeconfig: Kubeconfig = None,
    image: Annotated[
        str, typer.Option(metavar="IMAGE", help="Written to spec.pod.image; default: the operator's, and no other.")
    ] = "",
    output: Output = Format.TABLE,
) -> None:
    """Give a pipeline's workers the operator's present image, or the one named; the pods are replaced one by one.

    Exit codes: 0 done; 1 the cluster does not answer or refuses; 2 wrong usage, or there is no such pipeline.
    """
    if rule := broken_image(image):
        refuse(f"--image: {rule} (got {image!r})")

    async def run() -> tuple[str, str]:
        from scoring_operator.cluster.kube.person import person  # only here: a Tab waits for what is loaded

        async with person(name, namespace, str(kubeconfig) if kubeconfig else None) as one:
            former = ((await one.pipeline()).get("status") or {}).get("image", "")
            await one.upgrade(image)
            return str(one.key), former

    with failures_told():
        key, former = asyncio.run(run())
    if output is Format.JSON:
        typer.echo(json.dumps({"pipeline": key, "from": former, "to": image or None}))
    else:
        typer.echo(f"{key} goes from {former or 'no image'} to {image or 'the image of the operator'}")
