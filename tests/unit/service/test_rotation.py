"""Changed Secrets are tried first and taken if they work; wrong ones are reported and cost nothing."""

from collections.abc import Mapping
from pathlib import Path
from time import monotonic

import pytest

from harness import twin
from harness.mounted import MountedSecrets, sasl
from scoring_service.contract.startup import Startup
from scoring_service.errors import CredentialsInvalid, CredentialsMissing, StreamUnavailable
from scoring_service.stream.kafka import Secrets
from scoring_service.stream.kafka.authentication import authenticated
from scoring_service.stream.kafka.credentials import Credentials
from scoring_service.stream.kafka.rotation import Rotation

STARTUP = twin.a_startup(sasl=sasl("SCRAM-SHA-512"))


class Standing:
    """A session that remembers what it was told."""

    def __init__(self) -> None:
        self.is_answered = True
        self.renewals = 0
        self.reported: str | None = None

    def renew(self) -> None:
        self.renewals += 1

    def report(self, error: CredentialsMissing | CredentialsInvalid | None) -> None:
        self.reported = None if error is None else f"{type(error).__name__}: {error}"


class Brokers:
    """Brokers that take one password."""

    def __init__(self, takes: str) -> None:
        self.takes = takes
        self.is_up = True
        self.tried: list[str] = []

    async def prove(self, _: Startup, credentials: Credentials) -> None:
        if not self.is_up:
            raise StreamUnavailable("nobody is there")
        self.tried.append(credentials.password or "")
        if credentials.password != self.takes:
            raise CredentialsInvalid("kafka:9093", "the broker refuses the name or the password")


class Stage:
    """A session that was accepted with the password `old`."""

    def __init__(self, folder: Path) -> None:
        self.mounted = MountedSecrets(folder)
        self.mounted.user("worker", "old")
        self.now = 1_000.0
        self.secrets = Secrets(STARTUP, folder, lambda: self.now)
        self.secrets.accepted = self.secrets.read()
        self.session, self.brokers = Standing(), Brokers("old")
        self.rotation = Rotation(STARTUP, self.secrets, self.session, self.brokers.prove)

    @property
    def loaded_at(self) -> Mapping[str, float]:
        """When each kind of the credentials in use was read."""
        accepted = self.secrets.accepted
        return {} if accepted is None else accepted.loaded_at

    @property
    def in_use(self) -> str | None:
        return self.secrets.current.password


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return Stage(tmp_path)


async def test_unchanged_files_are_not_even_tried(stage: Stage) -> None:
    stage.mounted.user("worker", "old")

    await stage.rotation.look(0)

    assert (stage.brokers.tried, stage.session.renewals) == ([], 0)


async def test_a_changed_password_that_works_is_taken_and_the_clients_built_anew(stage: Stage) -> None:
    stage.mounted.user("worker", "new")
    stage.brokers.takes = "new"

    await stage.rotation.look(0)
    await stage.rotation.look(2)

    assert stage.session.renewals == 1
    assert (stage.in_use, stage.session.reported, stage.brokers.tried) == ("new", None, ["new"])


async def test_the_moment_at_which_credentials_were_read_is_that_of_those_in_use(stage: Stage) -> None:
    await stage.rotation.look(0)
    assert stage.loaded_at == {"password": 1_000.0}

    stage.now = 2_000.0
    stage.mounted.user("worker", "wrong")
    await stage.rotation.look(2)
    assert stage.loaded_at == {"password": 1_000.0}

    stage.brokers.takes = "wrong"
    await stage.rotation.look(4)
    assert stage.loaded_at == {"password": 2_000.0}


async def test_a_wrong_password_is_reported_and_the_old_session_goes_on(stage: Stage) -> None:
    stage.mounted.user("worker", "wrong")

    await stage.rotation.look(0)

    assert stage.session.reported == "CredentialsInvalid: kafka:9093: the broker refuses the name or the password"
    assert (stage.in_use, stage.session.renewals) == ("old", 0)


async def test_right_after_wrong_is_taken_at_once(stage: Stage) -> None:
    stage.mounted.user("worker", "wrong")
    await stage.rotation.look(0)
    stage.mounted.user("worker", "new")
    stage.brokers.takes = "new"

    await stage.rotation.look(0.1)

    assert (stage.in_use, stage.session.reported) == ("new", None)


async def test_old_after_wrong_is_no_change(stage: Stage) -> None:
    stage.mounted.user("worker", "wrong")
    await stage.rotation.look(0)
    stage.mounted.user("worker", "old")

    await stage.rotation.look(2)

    assert (stage.session.reported, stage.session.renewals, stage.brokers.tried) == (None, 0, ["wrong"])


async def test_what_was_refused_is_tried_again_when_the_brokers_may_know_it(stage: Stage) -> None:
    """Whoever rotates may change the Secret first and the brokers after."""
    stage.mounted.user("worker", "early")
    await stage.rotation.look(0)
    stage.brokers.takes = "early"

    await stage.rotation.look(1)
    before = stage.session.renewals
    await stage.rotation.look(2)

    assert (before, stage.session.renewals, stage.in_use) == (0, 1, "early")


async def test_a_missing_key_is_reported_and_the_old_session_goes_on(stage: Stage) -> None:
    stage.mounted.write("kafka-user", username="worker")
    await stage.rotation.look(0)
    reported = stage.session.reported
    stage.mounted.user("worker", "old")

    await stage.rotation.look(2)

    assert reported == "CredentialsMissing: Secret kafka-user has no key password"
    assert (stage.session.reported, stage.in_use, stage.session.renewals) == (None, "old", 0)


async def test_changed_files_during_an_outage_are_tried_when_it_is_over(stage: Stage) -> None:
    stage.mounted.user("worker", "new")
    stage.brokers.takes, stage.brokers.is_up = "new", False
    await stage.rotation.look(0)
    stage.brokers.is_up = True
    during = (stage.session.reported, stage.in_use)

    await stage.rotation.look(2)

    assert during == (None, "old")
    assert stage.in_use == "new"


async def test_a_password_that_the_brokers_revoked_is_not_called_an_outage(stage: Stage) -> None:
    stage.brokers.takes, stage.session.is_answered = "other", False

    await stage.rotation.look(0)
    await stage.rotation.look(0.1)

    assert stage.session.reported == "CredentialsInvalid: kafka:9093: the broker refuses the name or the password"
    assert stage.brokers.tried == ["old"]
    assert stage.session.renewals == 0


async def test_a_revoked_password_that_is_allowed_again_is_no_change(stage: Stage) -> None:
    stage.brokers.takes, stage.session.is_answered = "other", False
    await stage.rotation.look(0)
    stage.brokers.takes = "old"

    await stage.rotation.look(2)

    assert (stage.session.reported, stage.session.renewals) == (None, 0)


async def test_before_anything_was_accepted_joining_is_left_to_who_joins(stage: Stage) -> None:
    stage.secrets.accepted = None

    await stage.rotation.look(0)

    assert (stage.brokers.tried, stage.session.reported) == ([], None)


def test_the_wait_doubles_with_every_refusal_of_the_same_files_up_to_half_a_minute(stage: Stage) -> None:
    error, waits = CredentialsInvalid("kafka:9093", "no"), []
    for _ in range(7):
        stage.secrets.refuse("digest", error, now=100.0)
        waits.append(next(s for s in range(1, 100) if stage.secrets.refusal("digest", 100.0 + s) is None))

    assert waits == [2, 4, 8, 16, 30, 30, 30]
    assert stage.secrets.refusal("other", 100.0) is None


async def test_whoever_connects_does_not_insist_on_what_was_just_refused(stage: Stage) -> None:
    error = CredentialsInvalid("kafka:9093", "the broker refuses the name or the password")
    stage.secrets.refuse(stage.secrets.digest(), error, monotonic())

    with pytest.raises(CredentialsInvalid) as caught:
        await authenticated(STARTUP, stage.secrets)

    assert caught.value is error
