"""Fixtures of real things. A missing prerequisite skips with its reason, and fails where CI=true."""

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from faults.results import Row
from harness import apiserver as apiserver_
from harness import cluster as cluster_
from harness import kafka as kafka_
from harness import kafka_secure
from harness.prerequisites import needed, without
from harness.state import REPOSITORY
from scoring_operator.api import __path__ as api_path

DEFINITION = Path(api_path[0]) / "scoringpipelines.yaml"


@pytest.fixture(scope="session")
def kafka() -> Iterator[kafka_.Broker]:
    """A real Kafka, shared by everyone on this machine: make topics of your own names."""
    with needed(), kafka_.obtain() as broker:
        yield broker


@pytest.fixture(scope="module")
def secure_kafka() -> Iterator[kafka_secure.SecureBroker]:
    """A Kafka of the module's own that asks who is there: SASL_SSL and mutual TLS, no ACLs."""
    with needed(), kafka_secure.secure_broker() as broker:
        yield broker


@pytest.fixture(scope="module")
def strict_kafka() -> Iterator[kafka_secure.SecureBroker]:
    """A Kafka of the module's own that allows nobody anything but what its administrator has said."""
    with needed(), kafka_secure.secure_broker(acls=True) as broker:
        yield broker


@pytest.fixture(scope="session")
def apiserver() -> Iterator[apiserver_.Apiserver]:
    """A real API server without nodes, shared by everyone on this machine: use a namespace of your own."""
    with needed(), apiserver_.obtain() as server:
        yield server


@pytest.fixture(scope="module")
def kubeconfig(apiserver: apiserver_.Apiserver) -> str:
    """The administrator's kubeconfig of an API server that serves this checkout's definition."""
    apiserver.kubectl("apply", "--server-side", "--force-conflicts", "-f", str(DEFINITION))
    apiserver.kubectl("wait", "--for=condition=Established", "--timeout=20s", "crd/scoringpipelines.scoring.dev")
    return str(apiserver.kubeconfig)


@pytest.fixture(scope="session")
def cluster() -> Iterator[cluster_.Cluster]:
    """A real cluster with pods, shared by everyone on this machine: use `cluster.namespace(...)`."""
    with needed(), cluster_.obtain() as cluster:
        yield cluster


@pytest.fixture(scope="session")
def scoring_data() -> Path:
    """The folder of real data: SCORING_DATA, else ../shared/data beside the checkout."""
    folder = Path(os.environ.get("SCORING_DATA") or REPOSITORY / "../shared/data").resolve()
    if not folder.is_dir():
        without(f"no real data: {folder} is not a folder (set SCORING_DATA)")
    return folder


@pytest.fixture
def row(request: pytest.FixtureRequest, record_property: Callable[[str, object], None]) -> Row:
    """Return what notes the result of a row of the fault matrix: for the report of this test, and on its output."""

    def note(number: int, **figures: Any) -> None:
        said = {name: round(value, 2) if isinstance(value, float) else value for name, value in figures.items()}
        record_property("row", json.dumps({"row": number, "test": request.node.name, **said}))
        print(f"row {number}: {said}")

    return note
