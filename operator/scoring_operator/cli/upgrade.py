"""`kubectl-scoring upgrade`: give a pipeline's workers another image."""

from typing import TYPE_CHECKING, Annotated

import typer

from scoring_operator.cli.access import act, login
from scoring_operator.cli.answer import answer
from scoring_operator.cli.options import Context, Format, Kubeconfig, Name, Namespace, Output, refuse
from scoring_service.contract.rules import broken_image

if TYPE_CHECKING:
    from scoring_operator.cluster.kube.person import Person


def upgrade(
    name: Name,
    namespace: Namespace = "",
    kubeconfig: Kubeconfig = None,
    context: Context = "",
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

    async def step(one: "Person") -> tuple[str, str]:
        former = ((await one.pipeline()).get("status") or {}).get("image", "")
        await one.upgrade(image)
        return str(one.key), former

    key, former = act(login(namespace, kubeconfig, context), name, step)
    answer(
        output,
        {"pipeline": key, "from": former, "to": image or None},
        lambda: f"{key} goes from {former or 'no image'} to {image or 'the image of the operator'}",
    )
