"""Environment → OperatorConfig → app: the process that `python -m scoring_operator` starts."""

import asyncio
import os
import signal
import sys

from scoring_operator import app, logs
from scoring_operator.config import InvalidConfig, OperatorConfig


async def _until_told(config: OperatorConfig) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    await app.run(config, stop)


def main() -> int:
    """Run an operator; return the exit code: 0 after SIGTERM, 2 if the environment is wrong."""
    try:
        config = OperatorConfig.from_env(os.environ)
    except InvalidConfig as error:
        print(error, file=sys.stderr)  # noqa: T201 - there is no log before there is a configuration
        return 2
    logs.configure()
    asyncio.run(_until_told(config))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
