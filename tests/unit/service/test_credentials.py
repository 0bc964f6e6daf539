"""Credentials come from mounted files of one moment, are what they should be, and are never shown."""

import ssl
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

from harness import twin
from harness.certificates import Authority, private_pem
from harness.mounted import CA, CERTIFICATE, MUTUAL, PASSWORD, TLS, USERNAME, MountedSecrets, sasl
from scoring_service.contract.startup import Startup, StartupSecretKey, StartupTls
from scoring_service.errors import CredentialsInvalid, CredentialsMissing
from scoring_service.stream.kafka import Secrets, certificates, settings
from scoring_service.stream.kafka.secret_files import MAX_BYTES, SecretFiles

CANARY = "canary-Xq7"
AUTHORITY = Authority("first")


@pytest.fixture
def mounted(tmp_path: Path) -> MountedSecrets:
    """Right Secrets for every way in."""
    found = MountedSecrets(tmp_path)
    found.trust(AUTHORITY.certificate)
    found.user("worker", CANARY)
    found.present(AUTHORITY.issue("worker"))
    return found


def a_startup(**changes: Any) -> Startup:
    return twin.a_startup(**{"tls": MUTUAL, "sasl": sasl("SCRAM-SHA-512"), **changes})


def secrets(mounted: MountedSecrets, **changes: Any) -> Secrets:
    return Secrets(a_startup(**changes), mounted.folder, lambda: 1_000.0)


def test_a_line_break_at_the_end_is_not_part_of_a_password(mounted: MountedSecrets) -> None:
    for content in (f"{CANARY}\n", f"{CANARY}\r\n", CANARY):
        mounted.write("kafka-user", username="worker\n", password=content)

        found = secrets(mounted).read()

        assert (found.username, found.password) == ("worker", CANARY)


def test_other_white_space_is_part_of_a_password(mounted: MountedSecrets) -> None:
    mounted.write("kafka-user", username="worker", password=f" {CANARY} \n\n")

    assert secrets(mounted).read().password == f" {CANARY} \n"


@pytest.mark.parametrize(
    ("tls", "login", "protocol"),
    [
        (None, None, "PLAINTEXT"),
        (TLS, None, "SSL"),
        (None, sasl("SCRAM-SHA-256"), "SASL_PLAINTEXT"),
        (TLS, sasl("PLAIN"), "SASL_SSL"),
    ],
)
def test_the_protocol_follows_from_what_is_named(
    mounted: MountedSecrets, tls: StartupTls | None, login: Any, protocol: str
) -> None:
    found = secrets(mounted, tls=tls, sasl=login).read()

    options = settings.consumer(twin.a_startup(), "a", found)
    assert options["security_protocol"] == found.protocol == protocol
    assert (options["ssl_context"] is not None) == (tls is not None)


@pytest.mark.parametrize("tls", [StartupTls(), TLS, MUTUAL])
def test_certificate_and_host_name_of_the_broker_are_always_checked(mounted: MountedSecrets, tls: StartupTls) -> None:
    context = secrets(mounted, tls=tls).read().ssl_context

    assert context is not None
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname is True
    assert context.minimum_version >= ssl.TLSVersion.TLSv1_2


def test_named_authorities_replace_those_of_the_image(mounted: MountedSecrets) -> None:
    mounted.trust("# a comment: ü\n", AUTHORITY.certificate, Authority("second").certificate)

    context = secrets(mounted, tls=TLS).read().ssl_context

    assert context is not None
    assert len(context.get_ca_certs()) == 2


def test_nothing_of_them_is_shown(mounted: MountedSecrets) -> None:
    found = secrets(mounted).read()

    assert CANARY not in f"{found} {found!r}"
    assert found.digest not in repr(found)
    assert "worker" not in repr(found)


def test_moments_are_known_by_kind(mounted: MountedSecrets) -> None:
    own = AUTHORITY.issue("worker", days=3)
    mounted.present(own)

    found = secrets(mounted).read()

    assert found.loaded_at == {"ca": 1_000.0, "certificate": 1_000.0, "password": 1_000.0}
    assert found.not_after == {"ca": _end(AUTHORITY.certificate), "certificate": _end(own.certificate)}


def test_the_first_of_several_certificates_to_end_counts() -> None:
    soon, late = AUTHORITY.issue("a", days=1).certificate, AUTHORITY.issue("b", days=9_000).certificate

    assert certificates.not_after(f"{late}{soon}".encode()) == _end(soon)
    assert certificates.not_after(AUTHORITY.issue("c", days=60_000).certificate.encode()) > 2**32


def _end(pem: str) -> float:
    return x509.load_pem_x509_certificate(pem.encode()).not_valid_after_utc.timestamp()


@pytest.mark.parametrize("cut", [0, 1, 40, 200])
def test_a_certificate_that_is_cut_short_is_none(cut: int) -> None:
    der = ssl.PEM_cert_to_DER_cert(AUTHORITY.certificate)[:cut]

    with pytest.raises(ValueError, match="certificate"):
        certificates.not_after(ssl.DER_cert_to_PEM_cert(der).encode())


@pytest.mark.parametrize("key", a_startup().secret_keys, ids=lambda key: key.key)
def test_a_missing_key_is_named_with_its_secret(mounted: MountedSecrets, key: StartupSecretKey) -> None:
    (mounted.folder / key.name / "..data" / key.key).unlink()

    for ask in (secrets(mounted).read, secrets(mounted).digest):
        with pytest.raises(CredentialsMissing, match=f"^Secret {key.name} has no key {key.key}$"):
            ask()


def test_a_missing_secret_is_named(tmp_path: Path) -> None:
    with pytest.raises(CredentialsMissing, match="Secret kafka-user has no key username"):
        Secrets(a_startup(tls=None), tmp_path / "nothing").read()


def _password(content: str) -> Callable[[MountedSecrets], None]:
    return lambda mounted: mounted.write("kafka-user", username="worker", password=content)


WRONG: dict[str, tuple[Callable[[MountedSecrets], None], str]] = {
    "an empty authority": (lambda m: m.trust(""), "Secret kafka-ca key ca.crt: not a PEM certificate"),
    "an authority that is none": (
        lambda m: m.trust(f"-----BEGIN CERTIFICATE-----\n{CANARY}\n-----END CERTIFICATE-----\n"),
        "Secret kafka-ca key ca.crt: not a PEM certificate",
    ),
    "an authority of text": (lambda m: m.trust(CANARY), "Secret kafka-ca key ca.crt: not a PEM certificate"),
    "a certificate of text": (
        lambda m: m.present(AUTHORITY.issue("a")._replace(certificate=CANARY)),
        "Secret kafka-client key tls.crt: not a PEM certificate",
    ),
    "the key of another certificate": (
        lambda m: m.present(AUTHORITY.issue("a")._replace(private_key=AUTHORITY.issue("b").private_key)),
        "Secret kafka-client key tls.key: not the key of Secret kafka-client key tls.crt",
    ),
    "a key of text": (
        lambda m: m.present(AUTHORITY.issue("a")._replace(private_key=CANARY)),
        "Secret kafka-client key tls.key: not a PEM private key without a passphrase",
    ),
    "a key with a passphrase": (
        lambda m: m.present(
            AUTHORITY.issue("a")._replace(private_key=private_pem(ec.generate_private_key(ec.SECP256R1()), CANARY))
        ),
        "Secret kafka-client key tls.key: not a PEM private key without a passphrase",
    ),
    "an empty password": (_password("\n"), "Secret kafka-user key password: is empty"),
    "a password with NUL": (_password(f"{CANARY}\0"), "Secret kafka-user key password: holds a NUL character"),
    "a huge password": (
        _password(CANARY + "x" * MAX_BYTES),
        f"Secret kafka-user key password: has more than {MAX_BYTES} bytes",
    ),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_what_is_wrong_is_named_and_not_quoted(mounted: MountedSecrets, wrong: str) -> None:
    spoil, message = WRONG[wrong]
    spoil(mounted)

    with pytest.raises(CredentialsInvalid) as caught:
        secrets(mounted).read()

    assert str(caught.value) == message
    assert caught.value.__cause__ is None


def test_a_password_that_is_no_text_is_named_and_not_quoted(mounted: MountedSecrets) -> None:
    (mounted.folder / PASSWORD.name / "..data" / PASSWORD.key).write_bytes(b"\xff" + CANARY.encode())

    with pytest.raises(CredentialsInvalid, match=r"^Secret kafka-user key password: not UTF-8 text$") as caught:
        secrets(mounted).read()

    assert caught.value.__suppress_context__


def test_a_folder_in_place_of_a_key_cannot_be_read(mounted: MountedSecrets) -> None:
    mounted.write("kafka-ca")
    (mounted.folder / CA.name / "..data" / CA.key).mkdir()

    with pytest.raises(CredentialsInvalid, match=r"Secret kafka-ca key ca\.crt: cannot be read"):
        secrets(mounted).read()


def test_the_digest_changes_with_every_file_and_only_then(mounted: MountedSecrets) -> None:
    found = secrets(mounted)
    before = found.digest()

    mounted.trust(AUTHORITY.certificate)
    assert found.digest() == before == found.read().digest
    seen = {before}
    changes: tuple[Callable[[], None], ...] = (
        lambda: mounted.trust(Authority("x").certificate),
        lambda: mounted.user("worker", "other"),
        lambda: mounted.user("other", "other"),
        lambda: mounted.present(AUTHORITY.issue("worker")),
    )
    for change in changes:
        change()
        assert found.digest() not in seen
        seen.add(found.digest())


def test_keys_of_a_secret_are_of_one_version_even_if_it_is_swapped_between_them(mounted: MountedSecrets) -> None:
    files = SecretFiles(mounted.folder)
    old = files.read(CERTIFICATE)
    mounted.present(AUTHORITY.issue("worker"))

    assert files.is_overtaken()
    assert files.read(CERTIFICATE) == old
    with pytest.raises(CredentialsMissing):
        files.read(MUTUAL.private_key or CA)


def test_a_reader_that_was_overtaken_begins_again(mounted: MountedSecrets) -> None:
    mounted.user("worker", "before")
    seen = []

    def ask(files: SecretFiles) -> str:
        seen.append(files.read(USERNAME))
        if len(seen) == 1:
            mounted.user("other", CANARY)
        return files.read(PASSWORD).decode()

    assert secrets(mounted)._of_one_moment(ask) == f"{CANARY}\n"
    assert seen == [b"worker", b"other"]


def test_a_client_is_built_with_what_was_accepted_until_something_else_is(mounted: MountedSecrets) -> None:
    found = secrets(mounted)
    assert found.current.password == CANARY
    found.accepted = found.read()

    mounted.user("worker", "wrong")

    assert found.current.password == CANARY
    found.accepted = found.read()
    assert found.current.password == "wrong"  # noqa: S105 - it is one
