"""Secrets in the pod: mounted as directories, so that the kubelet swaps them in place; never as environment or subPath.

Only the keys that the worker needs are shown. A Secret or a key that is absent keeps no pod from starting: the worker
names it, and goes on when it comes.
"""

from collections.abc import Sequence
from typing import Final

from scoring_operator.facts import Manifest
from scoring_service.contract.names import SECRETS_DIRECTORY
from scoring_service.contract.startup import StartupSecretKey

MODE: Final = 0o440
"""Readable for the worker by its group, which owns the volume."""


def volumes(keys: Sequence[StartupSecretKey]) -> list[Manifest]:
    """Return one volume for each Secret that `keys` name."""
    return [
        {
            "name": _volume_name(index),
            "secret": {
                "secretName": name,
                "items": [{"key": key, "path": key} for key in sorted({k.key for k in keys if k.name == name})],
                "defaultMode": MODE,
                "optional": True,
            },
        }
        for index, name in enumerate(_names(keys))
    ]


def mounts(keys: Sequence[StartupSecretKey]) -> list[Manifest]:
    """Return where the worker sees those volumes."""
    return [
        {"name": _volume_name(index), "mountPath": f"{SECRETS_DIRECTORY}/{name}", "readOnly": True}
        for index, name in enumerate(_names(keys))
    ]


def _names(keys: Sequence[StartupSecretKey]) -> list[str]:
    return sorted({key.name for key in keys})


def _volume_name(index: int) -> str:
    """Return a name that fits: those of Secrets may be longer than those of volumes, and have dots."""
    return f"secret-{index}"
