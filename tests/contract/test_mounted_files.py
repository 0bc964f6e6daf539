"""What crosses between operator and worker as bytes is read, or refused with one kind of error."""

import msgspec
import pytest

from scoring_service.contract.scorer_file import ScorerFile
from scoring_service.contract.startup import Startup
from scoring_service.contract.worker_status import WorkerStatus

REFUSED = {
    "no JSON": b"{",
    "a list": b"[]",
    "text that is not UTF-8": b'{"namespace": "\xff", "serving": "\xff", "version": "\xff"}',
    "thousands of brackets": b'{"x": ' + b"[" * 100_000,
    "closed brackets by the thousand": b'{"x": ' + b"[" * 5_000 + b"]" * 5_000 + b"}",
}


@pytest.mark.parametrize("content", REFUSED.values(), ids=REFUSED)
@pytest.mark.parametrize("of", [ScorerFile, Startup, WorkerStatus])
def test_bytes_that_cannot_be_read_are_refused_in_one_line(of, content):
    with pytest.raises(msgspec.DecodeError) as refused:
        of.decode(content)

    assert 0 < len(str(refused.value)) < 200
    assert "\n" not in str(refused.value)
