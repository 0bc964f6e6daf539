"""Which hosts a model may come from: none within the cluster or of this machine, unless somebody allows it."""

import os
import socket
from ipaddress import ip_address
from typing import Final

ENV_ALLOW_PRIVATE: Final = "SCORING_MODELS_ALLOW_PRIVATE"
"""`true` in the pod's environment lets models come from private addresses, a registry in the cluster, say."""


MAX_BYTES: Final = 64 * 1024 * 1024
"""Of a model file."""


class Forbidden(ValueError):
    """A host is none that a model may come from; the message names it."""


def addresses(host: str, port: int) -> list[str]:
    """Return the addresses of a host, all of which may be asked.

    Raises:
        Forbidden: One of them is not public.
        OSError: The name has none.
    """
    found = [str(info[4][0]) for info in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    if os.environ.get(ENV_ALLOW_PRIVATE) != "true":
        for address in found:
            if not ip_address(address.partition("%")[0]).is_global:
                raise Forbidden(f"{host} has the address {address}, which is not public: see {ENV_ALLOW_PRIVATE}")
    return found
