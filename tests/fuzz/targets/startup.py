"""The start-up file: read, or refused with the errors that it documents."""

import msgspec

from fuzz.finding import require, within
from fuzz.targets.live_file import SECONDS, SECONDS_PER_BYTE
from scoring_service.contract.startup import Startup


def check(data: bytes) -> None:
    """Return if the file is read or refused as documented.

    Raises:
        Finding: Something else happens.
    """
    try:
        startup = within(SECONDS + SECONDS_PER_BYTE * len(data), lambda: Startup.decode(data))
    except msgspec.DecodeError:
        return
    require(Startup.decode(startup.encode()) == startup, "a file that was read is written the same")
