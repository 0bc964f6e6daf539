"""What the images hold that the tests' cluster runs, by what they add to the base image."""

import re
from pathlib import Path
from typing import Final

import pytest
from aiokafka.record._crecords import cutil
from detect_secrets.core.secrets_collection import SecretsCollection
from tools import leaks, sbom

from harness import image_archives
from harness.image_archives import File, Image
from harness.prerequisites import without

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(180)]

TARGETS: Final = ("operator", "service")
PULLED_MB: Final = {"operator": 120, "service": 180}
MB: Final = 1_000_000
NO_PART: Final = re.compile(r"(^|/)(pip[0-9.]*|uv|uvx|gcc|cc|ld|as|make|apt-get|setuptools|ensurepip)(/|$)")
CRC32: Final = re.compile(rb"\xf2[\x40-\x4f]?\x0f\x38[\xf0\xf1]")
"""The instruction of x86-64, in its forms of one to eight bytes at a time."""
DIST_INFO: Final = re.compile(r"^venv/.*/([^/]+)-([^-/]+)\.dist-info/METADATA$")


@pytest.fixture(scope="module")
def base() -> Image:
    """The image below both."""
    return _built("base")


@pytest.fixture(scope="module", params=TARGETS)
def target(request: pytest.FixtureRequest) -> str:
    """A target of the Dockerfile."""
    name: str = request.param
    return name


@pytest.fixture(scope="module")
def image(target: str) -> Image:
    """Its image as built here."""
    return _built(target)


@pytest.fixture(scope="module")
def added(base: Image, image: Image) -> list[File]:
    """What it adds."""
    return list(image.added_to(base))


def _built(name: str) -> Image:
    if not image_archives.archive(name).exists():
        without(f"no image {name}: make images")
    return image_archives.image(name)


def test_an_image_is_small_to_pull(target: str, image: Image, base: Image) -> None:
    pulled, unpacked, below = (size / MB for size in (image.pulled_bytes, image.unpacked_bytes, base.unpacked_bytes))

    print(f"\n{target}: {pulled:.0f} MB to pull, {unpacked:.0f} MB unpacked, {below:.0f} MB of it the base")
    assert pulled <= PULLED_MB[target]


def test_it_runs_as_nobody_and_starts_without_a_shell(target: str, image: Image) -> None:
    assert image.config["User"] == "65532:65532"
    assert image.config["Entrypoint"] == ["python", "-m", f"scoring_{target}"]


def test_it_adds_no_installer_no_compiler_and_no_file_with_rights_of_another(added: list[File]) -> None:
    assert added
    assert [file.path for file in added if NO_PART.search(file.path) or file.mode & 0o6000] == []


def test_it_holds_what_its_bill_of_materials_says(target: str, added: list[File]) -> None:
    held = {(_normal(found[1]), found[2]) for file in added if (found := DIST_INFO.match(file.path))}
    bill = sbom.of_image(sbom.exported(target))

    assert held == {(component["name"], component["version"]) for component in bill["components"]}


def test_no_file_of_ours_in_it_looks_like_a_secret(added: list[File], tmp_path: Path) -> None:
    ours = [file for file in added if file.path.startswith("app/scoring_") and file.path.endswith((".py", ".yaml"))]
    for file in ours:
        (tmp_path / file.path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / file.path).write_bytes(file.content)

    found = leaks.found_in(tmp_path, [file.path for file in ours])

    assert ours
    assert leaks.unaccepted(found, SecretsCollection()) == []


def test_the_processor_computes_the_checksums_of_records(base: Image) -> None:
    (built,) = [
        file.content for file in _built("service").added_to(base) if re.search(r"/_crecords/cutil\..*so$", file.path)
    ]
    wheel = Path(cutil.__file__).read_bytes()

    assert CRC32.search(built)
    assert not CRC32.search(wheel), "wheels have it by now: there is no need to build it in the Dockerfile"


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
