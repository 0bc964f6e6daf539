"""What is fuzzed: every way by which bytes of strangers come in."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from fuzz import seeds, tokens
from fuzz.targets import crowded, live_file, manifest, record, startup, yaml_documents

KIB: Final = 1024


@dataclass(frozen=True)
class Target:
    """One way in, and how it is fuzzed."""

    check: Callable[[bytes], None]
    """Raises `Finding` if a promise is broken; anything else that it raises is a finding just as well."""
    seeds: Callable[[], Iterator[tuple[str, bytes]]]
    tokens: tuple[bytes, ...]
    share: float
    """Of the time; all together are 1."""
    max_bytes: int
    """Of an input."""
    prefix: int = 0
    """Bytes in front of the text, each a choice."""


TARGETS: Final[Mapping[str, Target]] = {
    "record": Target(record.check, seeds.record, tokens.JSON + tokens.WALLET, 0.5, 8 * KIB, record.PREFIX),
    "crowded": Target(crowded.check, seeds.crowded, tokens.JSON + tokens.WALLET, 0.15, 4 * KIB, crowded.PREFIX),
    "live-file": Target(live_file.check, seeds.live_file, tokens.JSON + tokens.CONTRACT, 0.1, 8 * KIB),
    "startup": Target(startup.check, seeds.startup, tokens.JSON + tokens.CONTRACT, 0.05, 8 * KIB),
    "manifest": Target(manifest.check, seeds.manifests, tokens.JSON + tokens.CONTRACT, 0.1, 8 * KIB),
    "yaml": Target(yaml_documents.check, seeds.yaml_documents, tokens.JSON + tokens.YAML, 0.1, KIB),
}
