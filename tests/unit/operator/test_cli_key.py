"""`kubectl-scoring key new`: the key once, and of it in the Secret what proves it and no more."""

import hashlib
import json
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from scoring_operator.cli import app
from scoring_service.contract.api_key import hashed, parsed


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["key", "new", *arguments])


def made(client: str = "web") -> dict[str, Any]:
    found: dict[str, Any] = json.loads(run(client, "-o", "json").stdout)
    return found


def test_the_line_is_the_hash_of_the_key_and_not_the_key() -> None:
    found = made()

    kept = parsed(found["line"])
    assert kept is not None
    assert kept.fits(found["key"])
    assert not kept.fits(found["key"] + "x")
    assert found["key"] not in found["line"]
    assert found["line"] == "sha256${}${}".format(
        kept.salt, hashlib.sha256((kept.salt + found["key"]).encode()).hexdigest()
    )


def test_no_two_keys_or_salts_are_alike() -> None:
    keys = [made() for _ in range(20)]

    assert len({found["key"] for found in keys}) == len({found["line"].split("$")[1] for found in keys}) == 20
    assert all(len(found["key"]) >= 43 for found in keys)


def test_people_see_the_key_once_and_the_line_of_the_secret() -> None:
    said = run("web-2").stdout

    _, key, _, line = said.splitlines()
    client, _, value = line.strip().partition(": ")
    kept = parsed(value)
    assert client == "web-2"
    assert kept is not None
    assert kept.fits(key.strip())
    assert said.count(key.strip()) == 1


@pytest.mark.parametrize("client", ["a b", "../x", "", ".", "a" * 254])
def test_a_client_that_cannot_be_a_secrets_key_is_refused_in_one_line(client: str) -> None:
    done = run(client)

    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr.startswith("kubectl-scoring: CLIENT: use a Secret's key")
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    "line", ["", "secret", "sha256$$" + "0" * 64, "sha256$s$" + "0" * 63, "md5$s$" + "0" * 64, "sha256$s$" + "G" * 64]
)
def test_what_is_no_hash_is_none(line: str) -> None:
    assert parsed(line) is None


def test_a_key_of_any_characters_is_compared() -> None:
    assert hashed("ключ\udcff", "salt").fits("ключ\udcff")
