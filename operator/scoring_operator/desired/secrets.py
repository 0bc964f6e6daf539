"""Secrets in the pod: mounted as directories, so that the kubelet swaps them in place; never as environment or subPath.

Only the keys that the worker needs are shown; of a Secret whose keys are names of clients, all. A Secret or a key that
is absent keeps no pod from starting: the worker names it, and goes on when it comes.
"""

from collections.abc import Sequence
from typing import Final

from scoring_operator.facts import Manifest
from scoring_service.contract.names import SECRETS_DIRECTORY
from scoring_service.contract.startup import StartupSecretKey

MODE: Final = 0o440
"""Readable for the worker by its group, which owns the volume."""


def volumes(keys: Sequence[StartupSecretKey], whole: Sequence[str] = ()) -> list[Manifest]:
    """Return one volume for each Secret that `keys` name, and for each of `whole`, which shows all of its keys."""
    return [
        {
            "name": _volume_name(index),
            "secret": {
                "secretName": name,
                **({} if name in whole else {"items": _items(keys, name)}),
                "defaultMode": MODE,
                "optional": True,
            },
        }
        for index, name in enumerate(_names(keys, whole))
    ]


def mounts(keys: Sequence[StartupSecretKey], whole: Sequence[str] = ()) -> list[Manifest]:
    """Return where the worker sees those volumes."""
    return [
        {"name": _volume_name(index), "mountPath": f"{SECRETS_DIRECTORY}/{name}", "readOnly": True}
        for index, name in enumerate(_names(keys, whole))
    ]


def _items(keys: Sequence[StartupSecretKey], name: str) -> list[dict[str, str]]:
    return [{"key": key, "path": key} for key in sorted({k.key for k in keys if k.name == name})]


def _names(keys: Sequence[StartupSecretKey], whole: Sequence[str]) -> list[str]:
    return sorted({*(key.name for key in keys), *whole})


def _volume_name(index: int) -> str:
    """Return a name that fits: those of Secrets may be longer than those of volumes, and have dots."""
    return f"secret-{index}"
