"""What a request passes before it is scored: a key, the client's rate, a place; and what nobody gets to see."""

import asyncio
import json
import re
import socket
import threading
from collections.abc import AsyncIterator, Iterator, Sequence
from pathlib import Path
from time import process_time

import pytest
from fastapi import Request

from harness import logged, requests, toy, twin
from harness.requests import CLIENT, KEY, LINE, Answer, Face, facing
from scoring_service.contract.api_key import hashed
from scoring_service.http.api import body
from scoring_service.http.api.buckets import Buckets
from scoring_service.http.api.connections import Limits
from scoring_service.http.api.keys import MAX_HASHES, Keys, presented
from scoring_service.http.api.refusals import Refused
from scoring_service.http.api.room import MAX_IN_HAND
from scoring_service.http.api.yielding import MAX_REST_S, PATIENCE, SHARE, Yielding
from scoring_service.scorers.base import Outcome, Row, State

ONE = {"who": "a", "n": 1}


@pytest.fixture
async def face(tmp_path: Path) -> AsyncIterator[Face]:
    async with facing(tmp_path) as found:
        yield found


@pytest.fixture
def logs() -> Iterator[logged.Lines]:
    with logged.lines() as found:
        yield found


async def reread(face: Face, **lines: str) -> None:
    """Change the Secret and wait until the worker has noticed."""
    requests.write_keys(face.secrets, **lines)
    await face.keys.look()


@pytest.mark.parametrize(
    "headers",
    [
        {"Authorization": f"Bearer {KEY}"},
        {"authorization": f"bearer   {KEY}"},
        {"X-API-Key": KEY},
        {"Authorization": "Basic abc", "X-API-Key": KEY},
    ],
)
async def test_a_key_is_shown_in_one_of_two_headers(face: Face, headers: dict[str, str]) -> None:
    assert (await face.score(ONE, key=None, headers=headers)).code == 200


@pytest.mark.parametrize(
    ("headers", "reason"),
    [
        ({}, "key_missing"),
        ({"Authorization": "Bearer"}, "key_missing"),
        ({"X-API-Key": " "}, "key_missing"),
        ({"Authorization": f"Basic {KEY}"}, "key_missing"),
        ({"X-API-Key": KEY + "x"}, "key_unknown"),
        ({"X-API-Key": LINE}, "key_unknown"),
        ({"X-API-Key": "é" * 300}, "key_unknown"),
        ({"Authorization": "Bearer wrong", "X-API-Key": KEY}, "key_unknown"),
    ],
)
async def test_without_a_key_that_is_known_nothing_is_served(face: Face, headers: dict[str, str], reason: str) -> None:
    for path in ("/score", "/admin/restart-kafka", "/", "/docs"):
        answer = await face.ask(path, b"{}", key=None, headers=headers)

        assert (answer.code, answer.json["reason"]) == (401, reason)
        assert answer.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize("lines", [{}, {CLIENT: ""}, {CLIENT: KEY}, {CLIENT: "sha256$salt$nothex"}])
async def test_where_no_key_is_configured_nobody_may_ask_and_the_answer_says_so(
    tmp_path: Path, lines: dict[str, str]
) -> None:
    requests.write_keys(tmp_path / "secrets", **lines)
    async with facing(tmp_path, keys=False) as face:
        answers = [await face.score(ONE, key=key) for key in (KEY, None, "")]

    assert {(answer.code, answer.json["reason"]) for answer in answers} == {(503, "no_keys")}
    assert answers[0].json["error"] == "no API key is configured: nobody may ask"


async def test_without_the_secret_nobody_may_ask_until_it_comes(tmp_path: Path) -> None:
    async with facing(tmp_path, keys=False) as face:
        before = await face.score(ONE)
        await reread(face, web=LINE)
        after = await face.score(ONE)

    assert (before.code, after.code) == (503, 200)


async def test_a_key_is_rotated_without_a_request_that_fails(face: Face) -> None:
    async def codes() -> list[int]:
        return [(await face.score(ONE, key=key)).code for key in (KEY, "new")]

    new = str(hashed("new", "other-salt"))
    assert await codes() == [200, 401]
    await reread(face, web=f"{LINE}\n\n {new} \n")
    assert await codes() == [200, 200]
    await reread(face, web=new)
    assert await codes() == [401, 200]


async def test_a_secret_swapped_as_the_kubelet_does_is_read_again(tmp_path: Path) -> None:
    mounted = tmp_path / "secrets" / requests.SECRET

    def swap(version: str, key: str) -> None:
        (mounted / version).mkdir(parents=True)
        (mounted / version / CLIENT).write_text(str(hashed(key, "salt")))
        (mounted / "..data_new").symlink_to(version)
        (mounted / "..data_new").rename(mounted / "..data")

    swap("..1", KEY)
    async with facing(tmp_path, keys=False) as face:
        before = [(await face.score(ONE, key=key)).code for key in (KEY, "new")]
        swap("..2", "new")
        await face.keys.look()
        after = [(await face.score(ONE, key=key)).code for key in (KEY, "new")]

    assert (before, after) == ([200, 401], [401, 200])


def test_a_line_that_is_no_hash_is_named_by_its_client_and_keeps_no_other_from_asking() -> None:
    keys = Keys.of({"a": LINE, "b": "password", "c": f"{LINE}\noops"})

    assert (keys.client(KEY), keys.ignored) == ("c", ("b", "c"))
    assert keys.client("") is None


async def test_a_client_with_a_line_that_is_no_hash_is_named_in_the_log(face: Face, logs: logged.Lines) -> None:
    await reread(face, web=LINE, other="password")

    (said,) = [line for line in logs if line["event"] == "api keys read"]
    assert (said["keys"], said["ignored"]) == (1, ["other"])


def test_more_hashes_than_are_tried_are_ignored() -> None:
    lines = [str(hashed(f"key-{n}", "s")) for n in range(MAX_HASHES + 1)]

    keys = Keys.of({"a": "\n".join(lines)})

    assert (len(keys.hashes), keys.ignored) == (MAX_HASHES, ("a",))
    assert (keys.client(f"key-{MAX_HASHES - 1}"), keys.client(f"key-{MAX_HASHES}")) == ("a", None)


def test_a_key_that_is_no_ascii_is_compared_as_its_bytes() -> None:
    assert presented({b"x-api-key": "ключ".encode()}) == "ключ"
    assert Keys.of({"a": str(hashed("ключ", "s"))}).client("ключ") == "a"


async def test_a_client_asks_as_often_as_it_may_and_others_all_the_same(tmp_path: Path) -> None:
    async with facing(tmp_path, requests_per_second=1, burst=3) as face:
        await reread(face, web=f"{LINE}\n{hashed('second', 's')}", other=str(hashed("theirs", "s")))
        codes = [(await face.score(ONE, key=key)).code for key in (KEY, "second", KEY)]
        refused, other = await face.score(ONE), await face.score(ONE, key="theirs")

    assert codes == [200, 200, 200]
    assert (refused.code, refused.json["reason"], refused.headers["retry-after"]) == (429, "rate", "1")
    assert other.code == 200


def test_a_bucket_fills_steadily_up_to_the_burst() -> None:
    buckets = Buckets(2, 3)

    assert [buckets.take("a", 0.0) for _ in range(4)] == [0, 0, 0, 0.5]
    assert buckets.take("a", 0.25) == pytest.approx(0.25)
    assert buckets.take("a", 0.5) == 0
    assert [buckets.take("a", 1000.0) for _ in range(4)] == [0, 0, 0, 0.5]
    assert buckets.take("b", 1000.0) == 0


async def test_a_body_of_the_agreed_size_is_read_and_a_byte_more_is_not(tmp_path: Path) -> None:
    async with facing(tmp_path, max_body_bytes=2000) as face:
        fits = await face.ask("/score", b'{"who": "a", "n": 1}'.ljust(2000))
        large = await face.ask("/score", b'{"who": "a", "n": 1}'.ljust(2001))
        undeclared = await face.ask("/score", (b" " * 500 for _ in range(5)))

    assert fits.code == 200
    assert (large.code, large.json["reason"]) == (undeclared.code, undeclared.json["reason"]) == (413, "too_large")
    assert large.json["error"] == "the body: expected at most 2000 bytes, got more"


async def test_a_body_without_an_end_is_refused_after_its_limit(tmp_path: Path) -> None:
    sent = 0

    def endless() -> Iterator[bytes]:
        nonlocal sent
        while sent < 200_000_000:
            sent += 65536
            yield bytes(65536)

    async with facing(tmp_path, max_body_bytes=100_000) as face:
        answer = await asyncio.to_thread(_refused_meanwhile, face.port, endless())
        fine = await face.score(ONE)

    assert b" 413 " in answer
    assert sent < 20_000_000
    assert fine.code == 200


def _refused_meanwhile(port: int, chunks: Iterator[bytes]) -> bytes:
    """Send a chunked body until an answer comes; return its first line."""
    head = f"POST /score HTTP/1.1\r\nHost: x\r\nX-API-Key: {KEY}\r\nTransfer-Encoding: chunked\r\n\r\n"
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        connection.sendall(head.encode())
        connection.setblocking(False)
        for chunk in chunks:
            try:
                return connection.recv(65536).partition(b"\r\n")[0]
            except BlockingIOError:
                connection.setblocking(True)
                connection.sendall(b"%x\r\n%b\r\n" % (len(chunk), chunk))
                connection.setblocking(False)
    return b""


async def test_a_body_that_does_not_come_is_not_waited_for() -> None:
    async def never() -> dict[str, str]:
        await asyncio.Event().wait()
        return {}

    with pytest.raises(Refused) as refused:
        await body.read(Request({"type": "http", "headers": []}, never), 100, within_s=0.01)

    assert (refused.value.code, refused.value.refusal.reason) == (408, "slow")


async def test_whoever_is_refused_has_no_body_read(face: Face) -> None:
    """`Expect: 100-continue` is answered with 100 by whoever begins to read."""
    head = "POST /score HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\nExpect: 100-continue\r\n"

    refused = await _line(face.port, f"{head}X-API-Key: wrong\r\n\r\n")
    wanted = await _line(face.port, f"{head}X-API-Key: {KEY}\r\n\r\n")

    assert (refused, wanted) == (b"HTTP/1.1 401 Unauthorized\r\n", b"HTTP/1.1 100 Continue\r\n")


async def _line(port: int, head: str) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(head.encode())
    line = await reader.readline()
    writer.close()
    await writer.wait_closed()
    return line


class Held(toy.Toy):
    """Scores nothing of requests until it may."""

    may_go = threading.Event()

    def score(self, rows: Sequence[Row], state: State) -> tuple[Sequence[Outcome], State]:
        if rows[0].source.topic == "request":
            self.may_go.wait(20)
        return super().score(rows, state)


async def test_more_requests_than_there_are_places_are_refused_and_the_stream_goes_on(tmp_path: Path) -> None:
    Held.may_go.clear()
    async with facing(tmp_path, build=lambda block: Held(toy.ToyParameters(2.0))) as face:
        counts = face.worker.metrics.requests
        assert counts is not None
        held = [asyncio.create_task(face.score(ONE)) for _ in range(MAX_IN_HAND)]
        await twin.until(lambda: counts.in_hand == MAX_IN_HAND)
        refused = await face.score(ONE)
        twin.feed(face.broker, 30)
        await face.broker.until(lambda: len(face.broker.records(twin.SUCCESS)) == 30)
        Held.may_go.set()
        answers = await asyncio.gather(*held)
        again = await face.score(ONE)

    assert (refused.code, refused.json["reason"], refused.headers["retry-after"]) == (503, "busy", "1")
    assert [answer.code for answer in answers] == [200] * MAX_IN_HAND
    assert (again.code, counts.in_hand) == (200, 0)


async def test_a_request_under_way_is_answered_before_the_worker_ends(tmp_path: Path) -> None:
    Held.may_go.clear()
    async with facing(tmp_path, build=lambda block: Held(toy.ToyParameters(2.0))) as face:
        counts = face.worker.metrics.requests
        assert counts is not None
        held = asyncio.create_task(face.score(ONE))
        await twin.until(lambda: counts.in_hand == 1)
        asyncio.get_running_loop().call_later(0.05, Held.may_go.set)

    assert (await held).code == 200


def test_requests_rest_while_the_stream_has_work_and_not_for_ever() -> None:
    rests: list[float] = []
    busy, idle = Yielding(lambda: True, rests.append), Yielding(lambda: False, rests.append)

    sum(range(200_000))
    idle.pause()
    for_idle = rests.copy()
    busy.pause()

    assert for_idle == [0]
    assert len(rests) == 1 + 1 + PATIENCE
    assert all(0 < rest <= MAX_REST_S for rest in rests[2:])


def test_a_rest_ends_when_the_process_has_had_its_time() -> None:
    rests: list[float] = []

    def work(seconds: float) -> None:
        rests.append(seconds)
        until = process_time() + seconds
        while process_time() < until:
            pass

    yielding = Yielding(lambda: True, work)
    work(0.001)
    yielding.pause()

    assert len(rests) == 3
    assert rests[2] == pytest.approx(0.001 * (1 / SHARE - 1), rel=0.5)


async def test_an_id_that_is_sober_is_kept_and_another_is_made(face: Face) -> None:
    kept = await face.score(ONE, headers={"X-Request-Id": "trace/1:a-b"})
    made = [await face.score(ONE, headers={"X-Request-Id": given}) for given in ("a b", "x" * 129, "<script>", "")]
    refused = await face.score(ONE, key="wrong", headers={"X-Request-Id": "refused-1"})

    assert kept.headers["x-request-id"] == "trace/1:a-b"
    assert all(re.fullmatch("[0-9a-f]{32}", answer.headers["x-request-id"]) for answer in made)
    assert refused.headers["x-request-id"] == refused.json["request_id"] == "refused-1"


async def test_a_request_is_logged_with_its_id_and_client(face: Face, logs: logged.Lines) -> None:
    await face.score(ONE, headers={"X-Request-Id": "one"})
    await face.score({"who": 1}, headers={"X-Request-Id": "two"})

    said = [(line["request_id"], line["client"], line["code"]) for line in logs if line["event"] == "request"]
    assert said == [("one", "web", 200), ("two", "web", 422)]


@pytest.mark.parametrize("path", ["/", "/score/", "/metrics", "/status", "/admin/restart-kafka", "/x" * 2000])
async def test_another_path_is_none(face: Face, path: str) -> None:
    answer = await face.ask(path, b"{}")

    assert (answer.code, answer.json["reason"]) == (404, "not_found")


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"])
async def test_another_method_is_none(face: Face, method: str) -> None:
    answer = await face.ask("/score", method=method)

    assert (answer.code, answer.json["reason"], answer.headers["allow"]) == (405, "method", "POST")


async def test_answers_are_counted_by_their_code(face: Face) -> None:
    await face.score(ONE)
    await face.score(ONE, key="wrong")
    await face.score({})
    await face.ask("/none")
    await face.ask("/openapi.json", method="GET", key=None)

    assert face.worker.metrics.requests is not None
    assert face.worker.metrics.requests.answered == {200: 2, 401: 1, 422: 1, 404: 1}


async def test_the_description_needs_no_key(face: Face) -> None:
    answer = await face.ask("/openapi.json", method="GET", key=None)

    assert answer.code == 200
    assert answer.json["openapi"].startswith("3.1")
    assert list(answer.json["paths"]) == ["/score", "/openapi.json"]


async def test_an_administrator_has_the_worker_join_anew_once_a_minute_and_nothing_is_lost(tmp_path: Path) -> None:
    async with facing(tmp_path, admin=True) as face:
        twin.feed(face.broker, 30)
        rebalances = face.worker.metrics.rebalances
        first = await face.ask("/admin/restart-kafka")
        second = await face.ask("/admin/restart-kafka")
        await twin.until(lambda: face.worker.metrics.rebalances > rebalances)
        twin.feed(face.broker, 30, first=30)
        await face.broker.until(lambda: len(face.broker.records(twin.SUCCESS)) == 60)
        described = await face.ask("/openapi.json", method="GET")

    assert (first.code, first.json) == (202, {"status": "restarting"})
    assert (second.code, second.json["reason"]) == (429, "rate")
    assert 1 <= int(second.headers["retry-after"]) <= 60
    assert len(set(twin.sources(face.broker))) == 60
    assert "/admin/restart-kafka" in described.json["paths"]


async def test_nobody_without_a_key_restarts_anything(tmp_path: Path) -> None:
    async with facing(tmp_path, admin=True) as face:
        answer = await face.ask("/admin/restart-kafka", key=None)

    assert answer.code == 401


async def test_a_key_is_shown_nowhere(
    tmp_path: Path, logs: logged.Lines, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    shown: list[Answer] = []
    async with facing(tmp_path, build=lambda block: toy.Broken(toy.ToyParameters(1.0)), admin=True) as face:
        await reread(face, web=f"{LINE}\n{KEY}", broken=KEY)
        for path in ("/score", "/none", "/admin/restart-kafka", "/openapi.json"):
            for key in (KEY, KEY + "-not"):
                shown += [await face.ask(path, b'{"who": "a", "n": 1}', key=key, method=m) for m in ("POST", "GET")]
        status, counts = face.worker.status().encode().decode(), repr(face.worker.metrics)

    said = [json.dumps(list(logs), default=str), caplog.text, *capsys.readouterr(), status, counts, *map(repr, shown)]
    assert {answer.code for answer in shown} >= {200, 202, 401, 404, 405, 500}
    for place in said:
        assert KEY not in place
        assert LINE.rpartition("$")[2] not in place


async def test_too_many_connections_are_cut_and_the_others_served(tmp_path: Path) -> None:
    async with facing(tmp_path, limits=Limits(connections=2)) as face:
        kept = [await asyncio.open_connection("127.0.0.1", face.port) for _ in range(2)]
        reader, writer = await asyncio.open_connection("127.0.0.1", face.port)
        cut = await _ended(reader)
        for _, one in (*kept, (reader, writer)):
            one.close()
        await twin.until(lambda: all(one.is_closing() for _, one in kept))

    assert cut


async def test_a_connection_that_says_nothing_whole_is_cut(tmp_path: Path) -> None:
    async with facing(tmp_path, limits=Limits(look_every_s=0.05)) as face:
        reader, writer = await asyncio.open_connection("127.0.0.1", face.port)
        writer.write(b"POST /score HTTP/1.1\r\nX-Slow: ")
        cut = await _ended(reader)
        writer.close()

    assert cut


async def _ended(reader: asyncio.StreamReader) -> bool:
    try:
        return await reader.read() == b""
    except ConnectionError:
        return True
