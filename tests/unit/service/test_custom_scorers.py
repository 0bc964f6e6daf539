"""Scorers of other packages: found by their entry points, checked by their own types, and never harmful to others."""

import asyncio
import sys
from importlib.metadata import EntryPoint
from types import ModuleType

import msgspec
import pytest

from custom_scorer.pulse_scorer import Pulse
from harness import toy
from scoring_service.contract.scorer_file import CandidateBlock, ScorerBlock, ScorerFile
from scoring_service.errors import InvalidParameters
from scoring_service.revision import Revisions
from scoring_service.scorers import custom
from scoring_service.scorers.registry import SCORERS, build, completed


def an_entry(name: str = "pulse", value: str = "custom_scorer.pulse_scorer:Pulse") -> EntryPoint:
    return EntryPoint(name, value, custom.GROUP)


def a_block(name: str = "pulse", **parameters) -> ScorerBlock:
    return ScorerBlock(member="custom", parameters={"name": name, "parameters": parameters})


@pytest.fixture
def installed(monkeypatch):
    """Make entry points known, as installed packages would."""

    def install(*entries: EntryPoint) -> None:
        monkeypatch.setattr(custom, "entry_points", lambda group: [e for e in entries if e.group == group])

    install(an_entry())
    return install


def refusal(block: ScorerBlock, **options) -> str:
    with pytest.raises(InvalidParameters) as refused:
        build(block, **options)
    return str(refused.value)


def test_a_scorer_is_found_by_its_name_and_built_from_its_own_parameters(installed):
    scorer = build(a_block(half=3))

    assert isinstance(scorer, Pulse)
    assert scorer.parameters.half == 3
    assert build(ScorerBlock(member="custom", parameters={"name": "pulse"})).parameters.half == 100


@pytest.mark.parametrize(
    ("block", "says"),
    [
        (a_block(half=0), "scorer.custom.parameters.half: Expected `float` >= 0.001 (got 0)"),
        (a_block(half="x"), "scorer.custom.parameters.half: Expected `float`, got `str` (got 'x')"),
        (a_block(haf=1), "scorer.custom.parameters: Object contains unknown field `haf` (got {'haf': 1})"),
        (a_block("pulze"), "scorer.custom.name: expected one of pulse (got 'pulze')"),
        (
            ScorerBlock(member="custom", parameters={}),
            "scorer.custom: Object missing required field `name` (got {})",
        ),
        (
            ScorerBlock(member="custom", parameters={"name": "pulse", "half": 1}),
            "scorer.custom: Object contains unknown field `half` (got {'name': 'pulse', 'half': 1})",
        ),
    ],
)
def test_a_block_that_does_not_build_names_field_expectation_and_value(installed, block, says):
    assert refusal(block) == says


def test_an_image_without_any_says_so(installed):
    installed()

    assert refusal(a_block()) == "scorer.custom.name: expected one of none (got 'pulse')"


def test_a_name_that_two_packages_have_is_refused(installed):
    installed(an_entry(), an_entry(value="other:Pulse"))

    assert "expected one package with it, got custom_scorer.pulse_scorer:Pulse, other:Pulse" in refusal(a_block())


def test_a_package_that_is_found_twice_is_one(installed):
    installed(an_entry(), an_entry())

    assert isinstance(build(a_block()), Pulse)


@pytest.mark.parametrize(
    ("value", "says"),
    [
        ("custom_scorer.pulse_scorer_broken:Pulse", "cannot be imported: RuntimeError: no model was found"),
        ("custom_scorer.nowhere:Pulse", "cannot be imported: ModuleNotFoundError"),
        ("custom_scorer.pulse_scorer:Pulze", "cannot be imported: AttributeError"),
        ("custom_scorer.pulse_scorer:PulseInput", "is no scorer: it has no name, Input, Parameters"),
        ("harness.toy:Toy", "calls itself 'toy'"),
    ],
)
def test_a_broken_entry_point_refuses_by_name_and_harms_nobody_else(installed, value, says):
    installed(an_entry(), an_entry("broken", value))

    said = refusal(a_block("broken"))

    assert f"scorer.custom.name: broken ({value}) {says}" in said
    assert isinstance(build(a_block()), Pulse)
    assert build(ScorerBlock(member="walletReputation", parameters={"variant": "zeru-v1"}))


def test_a_package_that_ends_its_process_is_a_refusal(installed, monkeypatch):
    class Ending(ModuleType):
        def __getattr__(self, name: str):
            raise SystemExit(3)

    monkeypatch.setitem(sys.modules, "ending", Ending("ending"))
    installed(an_entry("ending", "ending:Scorer"))

    assert "cannot be imported: SystemExit: 3" in refusal(a_block("ending"))


class Picky(Pulse):
    """A scorer that does not like its parameters."""

    def __init__(self, parameters) -> None:
        raise KeyError("model")


class Untyped(Pulse):
    """A scorer whose parameters cannot be read into their type."""

    class Parameters(msgspec.Struct):
        """None of them is right."""

        def __post_init__(self) -> None:
            raise KeyError("threshold")


class Ending(Pulse):
    """A scorer that ends its process."""

    def __init__(self, parameters) -> None:
        raise SystemExit(3)


class Unlike(Pulse):
    """A scorer that raises what is no `Exception`."""

    def __init__(self, parameters) -> None:
        raise type("Fatal", (BaseException,), {})("no way")


class Stateless(Pulse):
    """A scorer without a state to begin with."""

    def start(self):
        raise ValueError("no start")


class Speechless(Pulse):
    """A scorer that cannot say why it fails."""

    def failure(self, rejection):
        return {"error": rejection.detail}


RAISING = [
    (Picky, "KeyError: 'model'"),
    (Untyped, "KeyError: 'threshold'"),
    (Ending, "SystemExit: 3"),
    (Unlike, "Fatal: no way"),
    (Stateless, "ValueError: no start"),
    (Speechless, "AttributeError: 'dict' object has no attribute 'timestamp'"),
]


@pytest.mark.parametrize(("scorer", "says"), RAISING)
def test_a_scorer_that_raises_at_its_parameters_is_a_refusal(installed, monkeypatch, scorer, says):
    monkeypatch.setattr(custom, "scorer_of", lambda name: scorer)

    assert refusal(a_block()).startswith(f"scorer.custom.parameters: pulse raises {says}")


class Impatient(Pulse):
    """A scorer whose building a person interrupts."""

    def __init__(self, parameters) -> None:
        raise KeyboardInterrupt


def test_a_persons_interruption_is_no_refusal(installed, monkeypatch):
    monkeypatch.setattr(custom, "scorer_of", lambda name: Impatient)

    with pytest.raises(KeyboardInterrupt):
        build(a_block())


def test_a_candidate_that_ends_its_process_when_it_is_built_is_a_refusal_of_it_alone(installed, monkeypatch, tmp_path):
    """In the worker, where the constructor runs in a thread: its end would be that of the event loop."""
    monkeypatch.setattr(custom, "scorer_of", lambda name: Ending if name == "ending" else Pulse)
    beside = CandidateBlock(scorer=a_block("ending"), mode="Shadow", percent=10)
    (tmp_path / "scorer.json").write_bytes(ScorerFile(serving=a_block(), candidate=beside).encode())
    revisions = Revisions(tmp_path, build, "shop/wallets", "9.9.9")

    asyncio.run(revisions.look())

    assert revisions.current is not None
    assert revisions.candidates.refusal == "candidate.scorer.custom.parameters: pulse raises SystemExit: 3"


def test_a_scorer_with_a_state_is_refused_where_outputs_and_progress_are_one_transaction(installed):
    installed(an_entry("sums", "harness.toy:NamedSums"))

    assert isinstance(build(a_block("sums", weight=1)), toy.Sums)
    assert "sums keeps a state, which spec.delivery.guarantee ExactlyOnce does not" in refusal(
        a_block("sums", weight=1), may_keep_state=False
    )


def test_a_block_from_a_file_has_the_revision_of_one_from_an_api_server(installed):
    """The definition fills in `parameters`, and knows nothing of what is inside."""
    written = ScorerBlock(member="custom", parameters={"name": "pulse"})

    assert completed(written) == a_block()
    assert completed(a_block(half=3)) == a_block(half=3)
    assert completed(written).revision == a_block().revision != a_block(half=100).revision


def test_no_registered_scorer_is_called_as_the_member_of_the_others():
    assert custom.MEMBER not in SCORERS
