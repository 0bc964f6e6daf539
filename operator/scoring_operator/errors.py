"""What can go wrong in the control plane, and who can mend it.

OperatorError
├── ClusterUnavailable  the API server does not answer or asks to slow down: retried with back-off
├── Conflict            the object changed meanwhile, or belongs to somebody else: observed again
└── InvalidManifest     the API server refuses what we sent: shown as a condition
"""


class OperatorError(Exception):
    """Root of the control plane's errors."""


class ClusterUnavailable(OperatorError):
    """The cluster does not answer for now."""


class Conflict(OperatorError):
    """The object is not what it was when observed."""


class InvalidManifest(OperatorError):
    """The cluster refuses a manifest for good."""
