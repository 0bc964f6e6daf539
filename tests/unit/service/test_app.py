"""The composed worker in this process, on the in-process stream: what the demo runs."""

import json
import socket
from pathlib import Path

import pytest

from harness import logged, twin
from harness.wallets import a_swap, a_wallet, encoded
from scoring_service import app
from scoring_service.contract.scorer_file import ScorerBlock, ScorerFile
from scoring_service.contract.startup import Startup, StartupApi
from scoring_service.stream.memory import MemoryBroker, streams
from scoring_service.stream.ports import Streams

BLOCK = ScorerBlock(member="walletReputation", parameters={"variant": "zeru-v1"})


async def test_a_wallet_comes_out_as_the_requirement_says_and_leaving_drains(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    broker = twin.a_broker(partitions=1)
    (tmp_path / "scorer.json").write_bytes(ScorerFile(proposed=BLOCK).encode())
    startup = twin.a_startup(ops_host="127.0.0.1", ops_port=0)

    async with app.started(startup, app.Mounts(tmp_path), "pod-a", lambda s, *_: _streams(broker, s)) as worker:
        broker.append(twin.INPUT, 0, encoded(a_wallet(a_swap())), timestamp=1_704_499_200_000)
        await broker.until(lambda: len(broker.records(twin.SUCCESS)) == 1)

    (score,) = broker.records(twin.SUCCESS)
    assert json.loads(score.value or b"")["zscore"] == "188.000000000000000000"
    assert twin.header(score, "scoring-revision") == BLOCK.revision
    assert broker.group(twin.INPUT, twin.GROUP).committed == {0: 1}
    assert worker.status().pod == "pod-a"
    assert "ops listener ready" in capsys.readouterr().out


async def test_a_worker_that_is_asked_to_says_where_it_scores_by_request(tmp_path: Path) -> None:
    broker = twin.a_broker(partitions=1)
    api = StartupApi(keys_secret="score-keys", host="127.0.0.1", port=0)  # noqa: S106 - the name of a Secret
    startup = twin.a_startup(ops_host="127.0.0.1", ops_port=0, api=api)

    with logged.lines() as said:
        async with app.started(startup, app.Mounts(tmp_path, tmp_path), "a", lambda s, *_: _streams(broker, s)) as one:
            port = one.status().api_port

    assert port
    assert [line["port"] for line in said if line["event"] == "api listener ready"] == [port]


async def test_a_port_that_is_taken_ends_the_start(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        startup = twin.a_startup(ops_host="127.0.0.1", ops_port=taken.getsockname()[1])

        with pytest.raises(ExceptionGroup) as caught:
            await _start(startup, tmp_path, twin.a_broker())

    assert caught.group_contains(OSError)


async def _start(startup: Startup, live: Path, broker: MemoryBroker) -> None:
    async with app.started(startup, app.Mounts(live), "b", lambda s, *_: _streams(broker, s)):
        pass


def _streams(broker: MemoryBroker, startup: Startup) -> Streams:
    return streams(broker, startup.input.topic, startup.input.group)
