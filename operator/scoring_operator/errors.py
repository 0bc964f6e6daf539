"""What can go wrong in the control plane, and who can mend it.

OperatorError
├── ClusterUnavailable  the API server does not answer or asks to slow down: retried with back-off
├── Conflict            the object changed meanwhile: observed again
├── NameTaken           an object of that name belongs to somebody else: shown as a condition, never taken over
├── InvalidManifest     the API server refuses what we sent: shown as a condition
├── NotLeading          another process may write by now: nothing more is written, and nothing retried
└── NotLoggedIn         a person has no kubeconfig, or nothing in it to log in with: told to them
"""


class OperatorError(Exception):
    """Root of the control plane's errors."""


class ClusterUnavailable(OperatorError):
    """The cluster does not answer for now."""


class Conflict(OperatorError):
    """The object is not what it was when observed."""


class NameTaken(OperatorError):
    """An object that we would make exists and is not ours."""

    def __init__(self, kind: str, name: str) -> None:
        super().__init__(f"{kind} {name} exists and does not belong to this pipeline: rename or delete one of them")
        self.kind = kind
        self.name = name


class InvalidManifest(OperatorError):
    """The cluster refuses a manifest for good."""


class NotLeading(OperatorError):
    """This process may not write any more."""

    def __init__(self) -> None:
        super().__init__("the term of this leader is over")


class NotLoggedIn(OperatorError):
    """There is no kubeconfig, or nothing in it to log in with."""

    def __init__(self, why: str) -> None:
        super().__init__(f"cannot log in to a cluster: {why}")
