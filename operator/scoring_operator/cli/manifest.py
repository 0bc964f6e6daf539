"""A pipeline in a file: read strictly, admitted as the API server would, followed while a person edits it."""

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path

from scoring_operator.api.admission import Admission, Admitted
from scoring_operator.facts import Manifest
from scoring_service.contract.pipeline import GROUP, KIND, VERSION
from scoring_service.contract.strict_yaml import NotYaml, documents

DEFAULT_NAMESPACE = "default"


class Unreadable(Exception):
    """A file is not one manifest of a pipeline; the message says what it is instead."""


def parse(content: bytes, bootstrap_servers: Sequence[str] = ()) -> Manifest:
    """Return the one manifest in `content`, with its brokers replaced if any are given.

    Raises:
        Unreadable: It is not YAML, or not one ScoringPipeline.
    """
    try:
        found = documents(content)
    except NotYaml as error:
        raise Unreadable(str(error)) from error
    if len(found) != 1:
        raise Unreadable(f"expected one manifest, got {len(found)} documents")
    manifest: Manifest = found[0]
    if not isinstance(manifest, dict):
        raise Unreadable(f"expected a {KIND}, got {type(manifest).__name__}")
    if (manifest.get("apiVersion"), manifest.get("kind")) != (f"{GROUP}/{VERSION}", KIND):
        raise Unreadable(f"expected a {KIND} of {GROUP}/{VERSION}, got {manifest.get('kind')!r}")
    for name in ("metadata", "spec"):
        if not isinstance(manifest.get(name), dict):
            raise Unreadable(f"{name}: expected fields, got {json.dumps(manifest.get(name))[:256]}")
    if bootstrap_servers:
        manifest["spec"] = {**manifest["spec"], "kafka": {"bootstrapServers": list(bootstrap_servers)}}
    return manifest


def manifest_in(path: Path) -> Manifest:
    """Return the one manifest in a file.

    Raises:
        Unreadable: It cannot be read, or is not one ScoringPipeline.
    """
    return parse(_content(path))


def named_manifest_in(path: Path) -> Manifest:
    """Return the one manifest in a file, of a pipeline that it names.

    Raises:
        Unreadable: It cannot be read, is not one ScoringPipeline, or names none.
    """
    manifest = manifest_in(path)
    name = manifest["metadata"].get("name")
    if not isinstance(name, str):
        raise Unreadable(f"metadata.name: expected a name, got {name!r}")
    return manifest


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise Unreadable(f"cannot read it: {error.strerror}") from error


class PipelineFile:
    """One manifest file and what became of it."""

    def __init__(self, path: Path, bootstrap_servers: Sequence[str] = ()) -> None:
        self._path = path
        self._bootstrap_servers = bootstrap_servers
        self._admission = Admission()
        self._seen = ""
        self._trouble = ""

    def changed(self) -> bytes | None:
        """Return the file's content if it is not what it was when last read.

        Raises:
            Unreadable: The file cannot be read; raised once, until it can be or there is another reason.
        """
        try:
            content = _content(self._path)
        except Unreadable as error:
            trouble, self._trouble = self._trouble, str(error)
            if trouble == self._trouble:
                return None
            raise
        self._trouble = ""
        digest = hashlib.sha256(content).hexdigest()
        if digest == self._seen:
            return None
        self._seen = digest
        return content

    def admit(self, content: bytes, before: Manifest | None) -> Admitted:
        """Return the manifest as the API server would store it over `before`.

        Replicas that the file leaves open stay what they were scaled to.

        Raises:
            Unreadable: It is not one manifest of a pipeline.
            Refused: It breaks the definition.
        """
        manifest = parse(content, self._bootstrap_servers)
        manifest["metadata"] = {"namespace": DEFAULT_NAMESPACE} | manifest["metadata"]
        if before is not None and "replicas" not in manifest["spec"]:
            manifest["spec"] = {**manifest["spec"], "replicas": before["spec"]["replicas"]}
        return self._admission.admit(manifest, before)
