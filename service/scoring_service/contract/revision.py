"""Identity of a scorer block and of a mounted file: the same hash in operator, worker and command line."""

import hashlib
from typing import Any

import rfc8785


def revision_of(member: str, parameters: dict[str, Any]) -> str:
    """Return the first 12 hex digits of the sha256 of ``{member, parameters}`` as canonical JSON (RFC 8785).

    Canonical JSON sorts members and writes numbers as ECMAScript does, so ``1`` and ``1.0`` agree.

    Raises:
        ValueError: A parameter is not JSON: a NaN, an infinity, an integer beyond ±(2^53 - 1), or nested too deep.
    """
    try:
        canonical = rfc8785.dumps({"member": member, "parameters": parameters})
    except RecursionError:
        raise ValueError("parameters nest too deep") from None
    return hashlib.sha256(canonical).hexdigest()[:12]


def digest_of(content: bytes) -> str:
    """Return the sha256 of a file's bytes as hex: `configDigest` of `scorer.json`, name part of `startup.json`."""
    return hashlib.sha256(content).hexdigest()
