"""What a worker says when brokers keep it out, and when they merely refuse its newest credentials."""

import asyncio
import ssl

import pytest
from aiokafka import errors

from scoring_service.contract.worker_status import HeldReason
from scoring_service.errors import CredentialsInvalid, CredentialsMissing, StreamUnavailable
from scoring_service.stream.kafka.faults import refused, translated
from scoring_service.worker.admission import Admission
from scoring_service.worker.rejoining import Rejoining, Why
from scoring_service.worker.trouble import Request, Trouble

MISSING = CredentialsMissing("kafka-user", "password")
INVALID = CredentialsInvalid("kafka:9093", "the broker refuses the name or the password")


@pytest.fixture
def trouble() -> Trouble:
    return Trouble()


def an_admission(trouble: Trouble) -> Admission:
    return Admission(trouble, Rejoining(60.0))


@pytest.mark.parametrize("request_", [Request.OUTPUTS, Request.JOIN])
def test_credentials_that_fail_at_connecting_hold_the_worker_until_they_do_not(
    trouble: Trouble, request_: Request
) -> None:
    admission = an_admission(trouble)

    trouble.note(request_, MISSING)
    assert admission.held() == (HeldReason.CREDENTIALS_MISSING, "Secret kafka-user has no key password")
    trouble.note(request_, INVALID)
    assert admission.held() == (HeldReason.CREDENTIALS_INVALID, str(INVALID))
    trouble.clear(request_)
    assert admission.held() is None


def test_an_outage_is_no_matter_of_credentials(trouble: Trouble) -> None:
    trouble.note(Request.JOIN, StreamUnavailable("nobody is there"))

    assert an_admission(trouble).held() is None


def test_a_refusal_beside_a_session_that_works_is_an_error_and_holds_nothing(trouble: Trouble) -> None:
    admission = an_admission(trouble)

    admission.report(INVALID)

    assert (admission.held(), trouble.latest) == (None, str(INVALID))
    admission.report(None)
    assert trouble.latest == ""


def test_a_refusal_of_the_only_credentials_while_nobody_answers_holds_the_worker(trouble: Trouble) -> None:
    admission = an_admission(trouble)
    trouble.brokers_answer = False

    admission.report(INVALID)

    assert admission.held() == (HeldReason.CREDENTIALS_INVALID, str(INVALID))


async def test_new_credentials_ask_for_a_new_client(trouble: Trouble) -> None:
    rejoining = Rejoining(60.0)

    Admission(trouble, rejoining).renew()

    async with asyncio.timeout(1):
        assert await rejoining.asked() is Why.CREDENTIALS


def _alert(reason: str) -> ssl.SSLError:
    error = ssl.SSLError(1, f"[SSL: {reason}] canary")
    error.reason = reason
    return error


def _untrusted() -> ssl.SSLCertVerificationError:
    error = ssl.SSLCertVerificationError(1, "canary")
    error.verify_message = "certificate has expired"
    return error


REFUSALS = {
    "password": (errors.SaslAuthenticationFailed("canary"), "the broker refuses the name or the password"),
    "mechanism": (errors.UnsupportedSaslMechanismError("canary"), "the broker does not offer this SASL mechanism"),
    "no login wanted": (errors.IllegalSaslStateError("canary"), "the broker expects no SASL here"),
    "broker": (_untrusted(), "the broker's certificate is refused (certificate has expired)"),
    "client": (
        _alert("TLSV13_ALERT_CERTIFICATE_REQUIRED"),
        "the broker refuses the client's certificate or its lack (TLSV13_ALERT_CERTIFICATE_REQUIRED)",
    ),
    "no TLS": (_alert("WRONG_VERSION_NUMBER"), "the TLS handshake fails (WRONG_VERSION_NUMBER)"),
}


@pytest.mark.parametrize("kind", REFUSALS)
@pytest.mark.parametrize("depth", [0, 1, 2])
def test_a_refusal_is_told_in_our_words_however_deep_the_client_buries_it(kind: str, depth: int) -> None:
    error, problem = REFUSALS[kind]
    for _ in range(depth):
        error = _caused_by(error)

    with pytest.raises(CredentialsInvalid) as caught, translated("read", "in"):
        raise error

    assert str(caught.value) == f"cannot read in: {problem}"


def _caused_by(cause: Exception) -> Exception:
    error: Exception = errors.KafkaConnectionError("Connection closed")
    error.__cause__ = cause
    return error


@pytest.mark.parametrize("error", [ConnectionResetError(), ssl.SSLEOFError(), TimeoutError(), OSError(113, "no route")])
def test_a_connection_that_ends_says_nothing_of_credentials(error: Exception) -> None:
    assert refused(error, "kafka:9093") is None
    with pytest.raises(StreamUnavailable) as caught, translated("read", "in"):
        raise error
    assert not isinstance(caught.value, CredentialsInvalid)
