"""What a person logs in with, and where they look then."""

from typing import NamedTuple


class Login(NamedTuple):
    """The answers to kubectl's own options."""

    namespace: str = ""
    """Empty: that of the context."""
    kubeconfig: str | None = None
    """A file; None: the usual places."""
    context: str | None = None
    """Of the kubeconfig; None: the present one."""
