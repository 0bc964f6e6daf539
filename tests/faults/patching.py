"""Replace a method of a class by one that is given the original: how bugs get into a worker under test."""

from collections.abc import Callable
from functools import wraps
from typing import Any


def wrap(owner: Any, name: str, around: Callable[..., Any]) -> None:
    """Make `owner.name(...)` call `around(original, ...)`, with the instance first where there is one."""
    original = getattr(owner, name)

    @wraps(original)
    def replaced(*arguments: Any, **options: Any) -> Any:
        return around(original, *arguments, **options)

    setattr(owner, name, replaced)
