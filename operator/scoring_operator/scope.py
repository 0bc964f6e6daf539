"""Pure: which release of the operator may act on a pipeline, and how that release signs what it writes."""

from typing import Final

MANAGER_PREFIX: Final = "scoring/"
"""Begins the field manager of every release of this product, and of nobody else."""


def field_manager(controller: str) -> str:
    """Return the field manager that a release writes as."""
    return MANAGER_PREFIX + controller
