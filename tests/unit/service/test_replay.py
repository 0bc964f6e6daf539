"""Recorded ticks back onto a topic, in virtual time: the same records at every speed, in order, through trouble."""

import asyncio
import json
import signal
from math import inf, isclose

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from harness import ticks, virtual_time
from harness.twin import a_startup
from scoring_service.cli import app
from scoring_service.cli.replay import Target, Wanted, replayed
from scoring_service.errors import MessageTooLarge, StreamMisconfigured, StreamUnavailable
from scoring_service.replay import Pace, Replay, recorded
from scoring_service.replay.recording import NoTicks
from scoring_service.stream.memory import MemoryBroker, MemoryProducer

TOPIC = "coinbase-trades"
DOWN = StreamUnavailable("the brokers do not answer")
LINES = [ticks.encoded(ticks.a_tick(100.0 + n % 7, timestamp=ticks.BEGAN + n / 4)) for n in range(1200)]


def a_broker(partitions=1):
    broker = MemoryBroker()
    broker.create(TOPIC, partitions)
    return broker


def replaying(broker, speed="max", **options):
    return Replay(options.pop("producer", None) or MemoryProducer(broker), TOPIC, Pace.of(speed), **options)


def documents(lines):
    return recorded(lines, is_csv=False)


async def timed(run, records):
    loop = asyncio.get_running_loop()
    began = loop.time()
    is_done = await run.run(records)
    return is_done, loop.time() - began


def values(broker):
    return [record.value for record in broker.records(TOPIC)]


# Pace


@pytest.mark.parametrize(("written", "speed"), [("1", 1), ("10", 10), ("real-time", 1), ("0.5", 0.5), ("max", inf)])
def test_a_speed_is_a_number_or_one_of_two_words(written, speed):
    assert Pace.of(written) == Pace(speed)


@pytest.mark.parametrize("written", ["", "0", "-1", "nan", "inf", "fast", "1e999"])
def test_no_other_speed_is_understood(written):
    with pytest.raises(ValueError, match="expected real-time, max or a number above zero"):
        Pace.of(written)


@given(st.floats(0, 1e9), st.floats(0, 1e6), st.floats(0.01, 1000))
def test_a_record_is_due_after_its_time_divided_by_the_speed_and_never_before_the_first(first, later, speed):
    assert isclose(Pace(speed).due(first, first + later), (first + later - first) / speed)
    assert Pace(speed).due(first + later, first) == 0
    assert Pace(inf).due(first, first + later) == 0


# A recording


def test_rows_become_documents_with_the_digits_of_the_file():
    lines = [b"timestamp,price,volume,side\n", b"2025-11-17T23:33:18Z,91749.990,1.5e-05,buy\n", b"\n", b"soon,x,,\n"]

    good, bad = recorded(lines, is_csv=True)

    assert good.value == b'{"timestamp":"2025-11-17T23:33:18Z","price":91749.990,"volume":1.5e-05,"side":"buy"}'
    assert (good.number, good.key, good.moment) == (1, b"BTC-USD", 1763422398.0)
    assert (bad.number, bad.key, json.loads(bad.value)) == (2, b"BTC-USD", {"timestamp": "soon", "price": "x"})
    assert bad.moment == good.moment


def test_rows_take_a_symbol_that_is_given_unless_they_have_one():
    bare = recorded([b"timestamp,price", b"1,2"], is_csv=True, symbol="ETH-USD")
    named = recorded([b"symbol,timestamp,price", b"SOL-USD,1,2"], is_csv=True, symbol="ETH-USD")

    assert [record.key for record in (*bare, *named)] == [b"ETH-USD", b"SOL-USD"]


def test_documents_are_sent_as_they_are_keyed_by_their_symbol():
    line = b'{ "product_id": "ETH-USD", "price": "7", "timestamp": 1000, "raw": {"a": [1]} }'

    (record,) = documents([line + b"\r\n", b"\n"])

    assert (record.key, record.value, record.moment) == (b"ETH-USD", line, 1000.0)


def test_a_line_that_is_no_tick_keeps_its_place_and_the_moment_before_it():
    found = list(documents([b"{", LINES[4], b'{"price": "?"}', b"\xff"]))

    assert [record.moment for record in found] == [None, ticks.BEGAN + 1, ticks.BEGAN + 1, ticks.BEGAN + 1]
    assert [record.key for record in found] == [None, b"BTC-USD", b"BTC-USD", None]


def test_a_heading_without_the_columns_of_ticks_is_refused():
    with pytest.raises(NoTicks, match="it has no timestamp and no price"):
        list(recorded([b"a,b\n", b"1,2\n"], is_csv=True))


# A run


@pytest.mark.parametrize(("speed", "seconds"), [("real-time", 299.75), ("1", 299.75), ("10", 29.975), ("max", 0)])
def test_a_run_takes_the_recorded_time_divided_by_the_speed(speed, seconds):
    broker = a_broker()

    is_done, took = virtual_time.run(timed(replaying(broker, speed), documents(LINES)))

    assert is_done
    assert took == pytest.approx(seconds)
    assert values(broker) == LINES


def test_records_have_the_key_and_the_moment_of_their_tick():
    broker = a_broker(3)

    virtual_time.run(replaying(broker).run(documents(LINES)))

    (log,) = [log for log in broker.partitions(TOPIC) if log.records]
    assert {record.key for record in log.records} == {b"BTC-USD"}
    assert [record.timestamp for record in log.records] == [int((ticks.BEGAN + n / 4) * 1000) for n in range(1200)]


async def scored_meanwhile(broker, run, records, of):
    """Return what a scorer says that looks every virtual second at what has come, and the batches that it had."""
    sending, outcomes, state, done = asyncio.create_task(run.run(records)), [], of.start(), 0
    batches = []
    while not sending.done() or done < len(broker.records(TOPIC)):
        await asyncio.sleep(1)
        new = broker.records(TOPIC)[done:]
        done += len(new)
        batches += [len(new)] if new else []
        rows = [ticks.row(of.decode(record.value), record.offset) for record in new]
        found, state = of.score(rows, state)
        outcomes += found
    return outcomes, batches


def test_features_are_the_same_at_every_speed(scoring_data):
    """Also those of a recording of several hundred real trades, whose moments repeat."""
    lines = (scoring_data / ticks.CALM).read_bytes().splitlines()[:1500]
    of = ticks.scorer()

    said, cuts = {}, set()
    for speed in ("1", "10", "real-time", "max"):
        broker = a_broker()
        records = recorded(lines, is_csv=True)
        outcomes, batches = virtual_time.run(scored_meanwhile(broker, replaying(broker, speed), records, of))
        said[speed] = ticks.said(outcomes)
        cuts.add(len(batches))

    assert said["1"] == said["10"] == said["max"] == said["real-time"]
    assert len(said["1"]) == 1499
    assert len(cuts) == 3, "each speed cuts batches of its own"


# Trouble


def test_a_write_that_fails_for_now_is_tried_again_with_growing_pauses():
    broker, warnings = a_broker(), []
    broker.refuse(TOPIC, *[DOWN] * 7)

    is_done, took = virtual_time.run(timed(replaying(broker, warn=warnings.append), documents(LINES)))

    assert (is_done, values(broker)) == (True, LINES)
    assert [warning.again_in_s for warning in warnings] == [0.25, 0.5, 1, 2, 4, 8, 10]
    assert took == pytest.approx(25.75)


def test_what_was_written_without_being_acknowledged_is_there_twice_and_in_order():
    class Forgetful(MemoryProducer):
        lost = 1

        async def send(self, topic, partition, messages):
            await super().send(topic, partition, messages)
            if self.lost:
                self.lost -= 1
                raise DOWN

    broker = a_broker()

    virtual_time.run(replaying(broker, producer=Forgetful(broker)).run(documents(LINES)))

    assert values(broker) == LINES[:500] + LINES


def test_after_an_outage_the_replay_catches_up_with_its_own_clock():
    broker = a_broker()
    broker.refuse(TOPIC, *[DOWN] * 5)

    _, took = virtual_time.run(timed(replaying(broker, "10"), documents(LINES)))

    assert took == pytest.approx(29.975)


def test_a_longer_outage_ends_the_run_and_it_can_go_on_where_it_stopped():
    class Dying(MemoryProducer):
        async def send(self, topic, partition, messages):
            broker.is_down = len(values(broker)) >= 500
            await super().send(topic, partition, messages)

    broker = a_broker()
    run = replaying(broker, producer=Dying(broker), retry_for_s=5)

    with pytest.raises(StreamUnavailable):
        virtual_time.run(run.run(documents(LINES)))
    broker.is_down = False

    assert (run.sent, run.last) == (500, 500)
    virtual_time.run(replaying(broker).run(record for record in documents(LINES) if record.number > run.last))
    assert values(broker) == LINES


@pytest.mark.parametrize("error", [StreamMisconfigured("no such topic"), MessageTooLarge("too large")])
def test_what_no_retry_mends_ends_the_run_at_once(error):
    broker = a_broker()
    broker.refuse(TOPIC, error)

    with pytest.raises(type(error)):
        virtual_time.run(replaying(broker).run(documents(LINES)))


def test_a_run_that_is_stopped_has_sent_what_it_says():
    broker = a_broker()
    run = replaying(broker, "1")

    async def stopped():
        asyncio.get_running_loop().call_later(10.1, run.stopping.set)
        return await timed(run, documents(LINES))

    is_done, took = virtual_time.run(stopped())

    assert (is_done, run.last, took) == (False, 41, pytest.approx(10.1))
    assert values(broker) == LINES[:41]


def test_a_run_can_be_stopped_while_the_brokers_are_in_trouble():
    broker = a_broker()
    broker.is_down = True
    run = replaying(broker)

    async def stopped():
        asyncio.get_running_loop().call_later(3, run.stopping.set)
        return await timed(run, documents(LINES))

    assert virtual_time.run(stopped()) == (False, 3)
    assert (run.sent, run.last) == (0, 0)


# The command


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "ticks.ndjson"
    path.write_bytes(b"\n".join(LINES[:100]))
    return path


async def commanded(broker, file, *, speed="max", first=1, producer=None):
    target = Target(a_startup(), file.parent, TOPIC, Pace.of(speed))
    return await replayed(producer or MemoryProducer(broker), target, Wanted(file, "", first), 300)


async def test_a_command_sends_the_file_and_says_how_many(file, capsys):
    broker = a_broker()

    assert await commanded(broker, file)

    assert values(broker) == LINES[:100]
    assert capsys.readouterr().out == f"100 records written to {TOPIC}\n"


async def test_a_command_begins_where_it_is_told(file):
    broker = a_broker()

    await commanded(broker, file, first=91)

    assert values(broker) == LINES[90:100]


async def test_ctrl_c_says_how_to_go_on(file, capsys):
    class Watched(MemoryProducer):
        async def send(self, topic, partition, messages):
            await super().send(topic, partition, messages)
            signal.raise_signal(signal.SIGINT)

    broker = a_broker()

    assert not await commanded(broker, file, speed="1", first=11, producer=Watched(broker))

    assert capsys.readouterr().err == (f"scorer: stopped: 1 records written to {TOPIC}; go on with --from-record 12\n")


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--speed=fast"], "--speed: expected real-time, max or a number above zero, got 'fast'"),
        (["--brokers=kafka"], "--brokers: write each address as host:port"),
        (["--brokers=a:1", "--config=b.yaml"], "expected either --brokers or --config"),
    ],
)
def test_wrong_usage_ends_with_one_line_and_code_2(file, options, says):
    done = CliRunner().invoke(app, ["replay", str(file), TOPIC, *options])

    assert (done.exit_code, done.stdout) == (2, "")
    assert says in done.stderr


def test_a_file_without_ticks_and_one_that_is_not_there_are_refused(tmp_path):
    other = tmp_path / "other.csv"
    other.write_text("a,b\n1,2\n")

    refused = CliRunner().invoke(app, ["replay", str(other), TOPIC])
    missing = CliRunner().invoke(app, ["replay", str(tmp_path / "none.csv"), TOPIC])

    assert (refused.exit_code, missing.exit_code) == (2, 2)
    assert "other.csv: expected a heading with timestamp and price" in refused.stderr
    assert "No such file" in missing.stderr
