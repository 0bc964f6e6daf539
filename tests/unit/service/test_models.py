"""Model files: fetched and tried in a process of their own, held against their digest, and replaced while they lack."""

import json
import ssl
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any, NamedTuple

import msgspec
import numpy as np
import pytest

from harness import models, samples, ticks, twin
from harness.certificates import Authority
from scoring_service.contract.scorer_file import CandidateBlock, ScorerBlock, ScorerFile
from scoring_service.errors import InvalidParameters, ModelUnavailable
from scoring_service.models import fetching, load
from scoring_service.models.places import ENV_ALLOW_PRIVATE, Forbidden, addresses
from scoring_service.models.session import NoModel, opened
from scoring_service.revision import Revisions
from scoring_service.revision.building import Builder
from scoring_service.revision.completing import Completing
from scoring_service.scorers import registry
from scoring_service.scorers.address_risk.features import WIDTH
from scoring_service.scorers.base import Row, Source
from scoring_service.scorers.model import Model, ModelFile
from scoring_service.scorers.volatility.input import Tick
from scoring_service.scorers.volatility.predict import FeatureRow, Predict

(SPEC,) = [spec for spec in samples.specs() if "addressRisk" in spec["scorer"]]
USUAL, QUICK, _ = SPEC["goldenCases"][0]["inputs"]
RIGHT = models.a_model()


class At(NamedTuple):
    """A file wherever it is: parameters would want /models."""

    uri: str
    sha256: str


def file_of(path: Path, sha256: str = "") -> Any:
    """Return a file by its path."""
    return At(str(path), sha256 or models.digest(path.read_bytes()))


async def test_a_file_is_loaded_by_its_path_and_digest(tmp_path: Path) -> None:
    model = await load(file_of(models.written(tmp_path, RIGHT)), WIDTH)

    columns = np.zeros((2, WIDTH), dtype=np.float32)
    columns[1, 6] = 2.0
    assert model.predict(columns) == pytest.approx([0.5, 1 / (1 + np.exp(-2.0))])
    assert model.digest == models.digest(RIGHT)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "expected a model in ONNX"),
        (b"\x08\x0a" * 1000, "expected a model in ONNX"),
        (RIGHT[: len(RIGHT) // 2], "expected a model in ONNX"),
        (models.a_model(columns=3, column=1), "lines of 33 columns"),
        (models.graph([], WIDTH, []), "expected a model in ONNX"),
    ],
    ids=["nothing", "noise", "half", "of-another-scorer", "without-nodes"],
)
async def test_what_is_no_model_of_the_scorer_is_refused(tmp_path: Path, content: bytes, says: str) -> None:
    with pytest.raises(ModelUnavailable, match=says):
        await load(file_of(models.written(tmp_path, content)), WIDTH)


async def test_a_file_that_is_not_there_says_so(tmp_path: Path) -> None:
    with pytest.raises(ModelUnavailable, match="expected a file: No such file"):
        await load(file_of(tmp_path / "none", "0" * 64), WIDTH)


async def test_another_digest_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelUnavailable, match="expected the digest 000000000000"):
        await load(file_of(models.written(tmp_path, RIGHT), "0" * 64), WIDTH)


def test_a_file_that_is_too_large_is_not_read_to_its_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetching, "MAX_BYTES", 10)

    with pytest.raises(fetching.Unfit, match="at most 10 bytes"):
        fetching.content(str(models.written(tmp_path, b"x" * 11)))


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "10.0.0.1", "169.254.169.254", "192.168.1.1", "::1"])
def test_a_private_address_is_not_asked_unless_somebody_allows_it(host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Forbidden, match="not public"):
        addresses(host, 443)

    monkeypatch.setenv(ENV_ALLOW_PRIVATE, "true")

    assert addresses(host, 443)


def test_a_score_that_is_no_number_is_the_riskiest() -> None:
    model = opened(models.a_model(weight=1e38), WIDTH, "")
    columns = np.full((1, WIDTH), 1e38, dtype=np.float32)

    assert model.predict(columns) == [1.0]


@pytest.mark.parametrize(
    ("content", "says"), [(b"noise", "expected a model in ONNX"), (models.a_model(5, 1), "lines of 33 columns")]
)
def test_an_opened_model_is_one_of_the_scorers(content: bytes, says: str) -> None:
    with pytest.raises(NoModel, match=says):
        opened(content, WIDTH, "")


@contextmanager
def answering(folder: Path, answers: dict[str, tuple[int, bytes]]) -> Iterator[str]:
    """Answer by https on this machine, with a certificate of an authority in `ca.pem`; yield the address."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            code, body = answers[self.path]
            self.send_response(code)
            self.send_header("Location", "https://example.com/")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None: ...  # noqa: A002 - the same

    authority = Authority("models")
    issued = authority.issue("models")
    (folder / "ca.pem").write_text(authority.certificate)
    (folder / "server.pem").write_text(issued.certificate + issued.private_key)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "server.pem")
    server = HTTPServer(("127.0.0.1", 0), Handler)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"https://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def address(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    monkeypatch.setenv(ENV_ALLOW_PRIVATE, "true")
    with answering(tmp_path, {"/right.onnx?a=1": (200, RIGHT), "/gone": (404, b""), "/moved": (302, b"")}) as found:
        yield found


async def test_a_file_comes_by_https(address: str) -> None:
    model = await load(ModelFile(uri=f"{address}/right.onnx?a=1", sha256=models.digest(RIGHT)), WIDTH)

    assert model.digest == models.digest(RIGHT)


@pytest.mark.parametrize(("path", "code"), [("/gone", 404), ("/moved", 302)])
async def test_neither_an_error_nor_a_redirect_is_a_model(address: str, path: str, code: int) -> None:
    with pytest.raises(ModelUnavailable, match=f"expected 200 of 127.0.0.1, came {code}"):
        await load(ModelFile(uri=address + path, sha256="0" * 64), WIDTH)


async def test_a_certificate_that_nobody_trusts_is_refused(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")

    with pytest.raises(ModelUnavailable, match="certificate verify failed"):
        await load(ModelFile(uri=f"{address}/right.onnx?a=1", sha256=models.digest(RIGHT)), WIDTH)


async def test_a_private_host_is_refused_by_the_process_too(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(ENV_ALLOW_PRIVATE)

    with pytest.raises(ModelUnavailable, match="which is not public"):
        await load(ModelFile(uri=f"{address}/right.onnx?a=1", sha256=models.digest(RIGHT)), WIDTH)


class Somewhere:
    """Models that come when somebody says so."""

    def __init__(self) -> None:
        self.problem = "expected 200 of models.example, came 503"
        self.tries = 0

    async def load(self, file: ModelFile, columns: int) -> Model:
        self.tries += 1
        if self.problem:
            raise ModelUnavailable(self.problem)
        return opened(RIGHT, columns, file.sha256)


def a_block(**parameters: Any) -> ScorerBlock:
    given = {"uri": "https://models.example/a.onnx", "sha256": models.digest(RIGHT)}
    return ScorerBlock(member="addressRisk", parameters={"variant": "ml", "model": given, **parameters})


@asynccontextmanager
async def working(folder: Path, somewhere: Somewhere) -> AsyncIterator[Any]:
    """Run a worker whose models come from `somewhere`."""
    (folder / "scorer.json").write_bytes(ScorerFile(serving=a_block()).encode())
    broker = twin.a_broker(partitions=1)
    original = Revisions.__init__

    def patched(self: Revisions, *args: Any, **options: Any) -> None:
        original(self, *args, **options, load=somewhere.load)
        self._completing = Completing(self._builder, first_s=0.01)

    with pytest.MonkeyPatch.context() as patching:
        patching.setattr(Revisions, "__init__", patched)
        async with twin.running(broker, folder, build=registry.build) as worker:
            yield worker, broker


def last(broker: Any) -> tuple[dict[str, Any], str]:
    record = broker.records(twin.SUCCESS)[-1]
    return json.loads(record.value), twin.header(record, "scoring-model")


async def test_the_baseline_stands_in_until_the_model_comes_and_says_so_everywhere(tmp_path: Path) -> None:
    somewhere = Somewhere()
    async with working(tmp_path, somewhere) as (worker, broker):
        broker.append(twin.INPUT, 0, msgspec.json.encode(QUICK), timestamp=1)
        await broker.until(lambda: len(broker.records(twin.SUCCESS)) == 1)
        before, header = last(broker)
        status = worker.status()

        somewhere.problem = ""
        await twin.until(lambda: not worker.status().model_problem)
        broker.append(twin.INPUT, 0, msgspec.json.encode(QUICK), timestamp=2)
        await broker.until(lambda: len(broker.records(twin.SUCCESS)) == 2)
        after, header_after = last(broker)

    assert (before["model_variant"], before["model_version"], header) == ("baseline", "baseline-1", "baseline-1")
    assert (status.model_variant, status.model_problem) == ("baseline", "expected 200 of models.example, came 503")
    version = models.digest(RIGHT)[:12]
    assert (after["model_variant"], after["model_version"], header_after) == ("ml", version, version)
    assert after["risk"] == pytest.approx(1.0)
    assert somewhere.tries > 1


async def test_a_model_is_waited_for_and_its_lack_is_said_with_a_candidate_beside(tmp_path: Path) -> None:
    somewhere = Somewhere()
    async with working(tmp_path, somewhere) as (worker, _):
        candidate = CandidateBlock(scorer=a_block(reasons=0), mode="Shadow", percent=100)
        (tmp_path / "scorer.json").write_bytes(ScorerFile(serving=a_block(), candidate=candidate).encode())
        await twin.until(lambda: worker.status().candidate is not None)

        assert worker.status().model_problem

        somewhere.problem = ""
        await twin.until(lambda: worker.status().model_variant == "ml")

        assert worker.status().candidate is not None


async def test_a_candidate_that_lacks_its_model_still_gets_it_once_it_is_promoted(tmp_path: Path) -> None:
    somewhere = Somewhere()
    other = a_block(reasons=0)
    async with working(tmp_path, somewhere) as (worker, _):
        candidate = CandidateBlock(scorer=other, mode="Shadow", percent=100)
        (tmp_path / "scorer.json").write_bytes(ScorerFile(serving=a_block(), candidate=candidate).encode())
        await twin.until(lambda: worker.status().candidate is not None)
        (tmp_path / "scorer.json").write_bytes(ScorerFile(serving=other).encode())
        await twin.until(lambda: worker.status().serving == other.revision)
        somewhere.problem = ""

        await twin.until(lambda: worker.status().model_variant == "ml")


async def test_a_change_of_model_is_live(tmp_path: Path) -> None:
    somewhere = Somewhere()
    somewhere.problem = ""
    async with working(tmp_path, somewhere) as (worker, _):
        before = worker.status()
        other = a_block(model={"uri": "/models/b.onnx", "sha256": "f" * 64})
        (tmp_path / "scorer.json").write_bytes(ScorerFile(serving=other).encode())
        await twin.until(lambda: worker.status().model_version == "f" * 12)

        assert worker.status().serving != before.serving
        assert before.model_version == models.digest(RIGHT)[:12]


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"model": {"uri": "http://a.example/b", "sha256": "0" * 64}}, "write a uri that begins with https://"),
        ({"model": {"uri": "/etc/passwd", "sha256": "0" * 64}}, "write a uri that begins with https://"),
        ({"model": {"uri": "/models/../etc/passwd", "sha256": "0" * 64}}, "write a uri that begins with https://"),
        ({"model": {"uri": "/models/a", "sha256": "A" * 64}}, "write a sha256"),
        ({"model": {"uri": "/models/a"}}, "sha256"),
    ],
)
def test_a_file_is_named_by_https_or_below_models_and_by_its_digest(changes: Any, says: str) -> None:
    with pytest.raises(InvalidParameters, match=says):
        registry.build(a_block(**changes))


def test_the_variant_ml_needs_a_file() -> None:
    with pytest.raises(InvalidParameters, match="set model for the variant ml"):
        registry.build(ScorerBlock(member="addressRisk", parameters={"variant": "ml"}))


async def test_what_has_no_model_is_built_without_asking_for_one() -> None:
    somewhere = Somewhere()
    builder = Builder(registry.build, "a/b", "1", keeps_dead_letters=False, load=somewhere.load)

    serving = await builder.built(ScorerBlock(member="addressRisk", parameters={}))

    assert (somewhere.tries, builder.problem_of(serving)) == (0, "")


def test_a_model_scores_a_window_as_it_scores_its_features_by_request() -> None:
    content = models.a_model(columns=3, column=1, weight=1e4)
    parameters = {"windowSize": 3, "variant": "ml", "model": {"uri": "/models/v", "sha256": models.digest(content)}}
    scorer = ticks.scorer(**parameters).with_model(opened(content, 3, models.digest(content)))
    rows = [Row(Tick(price, "a", float(at)), None, float(at), Source("t", 0, at)) for at, price in enumerate((1, 2, 5))]

    *_, score = scorer.score(rows, scorer.start())[0]
    (again,) = scorer.predict(Predict([FeatureRow(score.features.ret_mean, score.features.ret_std, 2)]), 0.0).scores

    assert score.score == again == 1.0
    assert (score.model_variant, score.model_version) == ("ml", models.digest(content)[:12])
