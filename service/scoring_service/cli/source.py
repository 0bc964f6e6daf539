"""Whose topics and group a command is about: a pipeline's manifest, or the start-up file that its pods mount."""

from pathlib import Path
from typing import Annotated

import msgspec
import typer

from scoring_service.cli.manifest import pipeline_of, refuse
from scoring_service.contract.names import SECRETS_DIRECTORY
from scoring_service.contract.startup import Startup

PipelineFile = Annotated[
    Path | None, typer.Argument(metavar="PIPELINE.yaml", help="Manifest of a ScoringPipeline.", show_default=False)
]
StartupFile = Annotated[
    Path | None,
    typer.Option("--startup", metavar="FILE", help="Instead of a manifest: startup.json as a pod mounts it."),
]
SecretsFolder = Annotated[
    Path, typer.Option("--secrets", metavar="DIR", help="Folder of the Secrets that the pipeline names: DIR/NAME/KEY.")
]
MOUNTED = Path(SECRETS_DIRECTORY)
ClusterId = Annotated[
    str, typer.Option(metavar="ID", help="The operator's clusterId: with it the default group's name begins.")
]


def startup_of(pipeline: Path | None, startup: Path | None, cluster_id: str) -> Startup:
    """Return the start-up configuration of one of two files; ends the process with exit code 2 if there is none."""
    if (pipeline is None) == (startup is None):
        refuse("expected either PIPELINE.yaml or --startup FILE")
    if pipeline is not None:
        return pipeline_of(pipeline).startup(cluster_id)
    assert startup is not None, "one of both is given"  # noqa: S101 - checked above
    try:
        return Startup.decode(startup.read_bytes())
    except OSError as error:
        refuse(f"{startup}: {error.strerror}")
    except msgspec.DecodeError as error:
        refuse(f"{startup}: {error}")
