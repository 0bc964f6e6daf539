"""Logs tell a defect by its frames, never by what the frames held: that may be a password."""

import io
import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from scoring_service import logs


@pytest.fixture
def out() -> Iterator[io.StringIO]:
    """Where logs go during a test; afterwards they go where they went before."""
    before, handlers, level = structlog.get_config(), logging.root.handlers[:], logging.root.level
    written = io.StringIO()
    logs.configure(written)
    yield written
    structlog.configure(**before)
    logging.root.handlers[:] = handlers
    logging.root.setLevel(level)


def _log_in(password: str) -> None:
    raise RuntimeError(f"refused after {len(password)} characters")


@pytest.mark.parametrize("logger", ["ours", "a library's"])
def test_a_traceback_does_not_show_what_its_variables_held(out: io.StringIO, logger: str) -> None:
    try:
        _log_in("canary-of-a-local")
    except RuntimeError:
        if logger == "ours":
            structlog.get_logger("ours").exception("crashed")
        else:
            logging.getLogger("library").exception("crashed")  # noqa: LOG014, RUF100 - inside the handler

    (line,) = out.getvalue().splitlines()
    assert "_log_in" in json.dumps(json.loads(line)["exception"])
    assert "canary" not in line
