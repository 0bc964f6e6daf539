"""Fixtures of real things. A missing prerequisite skips with its reason, and fails where CI=true."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

import pytest

from harness import apiserver as apiserver_
from harness import cluster as cluster_
from harness import kafka as kafka_
from harness import kafka_secure
from harness.state import REPOSITORY, Missing


def _without(why: str) -> NoReturn:
    if os.environ.get("CI") == "true":
        pytest.fail(why, pytrace=False)
    pytest.skip(why)


@pytest.fixture(scope="session")
def kafka() -> Iterator[kafka_.Broker]:
    """A real Kafka, shared by everyone on this machine: make topics of your own names."""
    try:
        with kafka_.obtain() as broker:
            yield broker
    except Missing as why:
        _without(str(why))


@pytest.fixture(scope="module")
def secure_kafka() -> Iterator[kafka_secure.SecureBroker]:
    """A Kafka of the module's own that asks who is there: SASL_SSL and mutual TLS, no ACLs."""
    try:
        with kafka_secure.secure_broker() as broker:
            yield broker
    except Missing as why:
        _without(str(why))


@pytest.fixture(scope="session")
def apiserver() -> Iterator[apiserver_.Apiserver]:
    """A real API server without nodes, shared by everyone on this machine: use a namespace of your own."""
    try:
        with apiserver_.obtain() as server:
            yield server
    except Missing as why:
        _without(str(why))


@pytest.fixture(scope="session")
def cluster() -> Iterator[cluster_.Cluster]:
    """A real cluster with pods, shared by everyone on this machine: use `cluster.namespace(...)`."""
    try:
        with cluster_.obtain() as cluster:
            yield cluster
    except Missing as why:
        _without(str(why))


@pytest.fixture(scope="session")
def scoring_data() -> Path:
    """The folder of real data: SCORING_DATA, else ../shared/data beside the checkout."""
    folder = Path(os.environ.get("SCORING_DATA") or REPOSITORY / "../shared/data").resolve()
    if not folder.is_dir():
        _without(f"no real data: {folder} is not a folder (set SCORING_DATA)")
    return folder
