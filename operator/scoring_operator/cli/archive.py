"""Pure: a sighting → the files of a report, redacted, and the archive of them."""

import io
import json
import tarfile
from collections.abc import Mapping
from datetime import datetime
from importlib.metadata import version
from typing import Any, Final

import yaml

from scoring_operator.cli.explanation import explanation
from scoring_operator.cli.redaction import redacted, scrubbed, sensitive
from scoring_operator.facts import Manifest, Sighting

README: Final = """\
A report on one ScoringPipeline, made by kubectl-scoring report. No Secret was read for it. Values of environment
variables, annotations of others, parameters that sound like secrets and the records in golden cases are masked, and so
is what looks like a credential in texts. Look through it before you give it away: nobody knows what your logs say.

pipeline.yaml      the resource, with its status
explanation.json   what kubectl-scoring explain says
children/          what the operator made of it
pods/              pods and ReplicaSets, and of each pod its own status and its log
events.yaml        what happened to any of them, the latest last
about.json         when and by which version this was made, and what could not be read
"""


def files(sighting: Sighting, logs: Mapping[str, str], now: datetime) -> dict[str, str]:
    """Return the files of a report by name.

    Args:
        sighting: What was seen, events included.
        logs: Of pods, by the name of the file.
        now: When.
    """
    children, runs = sighting.observed.children, (*sighting.replica_sets, *sighting.pods)
    known = {value for one in (sighting.pipeline, *children, *runs) for value in sensitive(one)}
    about = {"madeAt": now.isoformat(), "version": version("scoring-operator"), "notRead": dict(sighting.unread)}
    data = {
        "about.json": about,
        "events.yaml": [redacted(event, known) for event in sighting.events],
        "explanation.json": explanation(sighting).as_data(),
        "pipeline.yaml": sighting.pipeline,
        **{f"children/{_file(child)}": child for child in children},
        **{f"pods/{_file(one)}": one for one in runs},
        **{f"pods/{name}-status.json": said for name, said in _statuses(sighting).items()},
    }
    texts = {f"pods/{name}": scrubbed(log, known) for name, log in logs.items()}
    return {
        "README.txt": README,
        **texts,
        **{name: _written(name, redacted(each, known)) for name, each in data.items()},
    }


def packed(told: Mapping[str, str], folder: str, now: datetime) -> bytes:
    """Return the archive (.tar.gz) with those files in one folder; the same files give the same bytes."""
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w:gz") as archive:
        for name in sorted(told):
            content = told[name].encode()
            entry = tarfile.TarInfo(f"{folder}/{name}")
            entry.size, entry.mtime, entry.mode = len(content), int(now.timestamp()), 0o644
            archive.addfile(entry, io.BytesIO(content))
    return made.getvalue()


def _statuses(sighting: Sighting) -> dict[str, Any]:
    answers = ((report.pod.name, report.status) for report in sighting.reports)
    return {name: json.loads(said.encode()) for name, said in answers if said is not None}


def _file(manifest: Manifest) -> str:
    return f"{manifest['kind'].lower()}-{manifest['metadata']['name']}.yaml"


def _written(name: str, data: Any) -> str:
    if name.endswith(".json"):
        return json.dumps(data, indent=2) + "\n"
    return yaml.safe_dump(data, sort_keys=False, allow_unicode=True)
