"""What proves to the brokers who we are, and what proves to us who they are: made of mounted files.

The broker's certificate and its host name are always checked; there is no way to switch that off.
"""

import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from scoring_service.contract.startup import Mechanism, Startup, StartupSecretKey, StartupTls
from scoring_service.errors import CredentialsInvalid
from scoring_service.stream.kafka import certificates
from scoring_service.stream.kafka.secret_files import SecretFiles, named

Protocol = Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"]

CA: Final = "ca"
CERTIFICATE: Final = "certificate"
PASSWORD: Final = "password"  # noqa: S105 - a kind of credentials, not one of them

NO_PASSPHRASE: Final = ""
"""Given for private keys: without it OpenSSL would ask the terminal for the passphrase of an encrypted one."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """Everything that a connection needs besides its address; nothing of it is ever shown."""

    protocol: Protocol = "PLAINTEXT"
    ssl_context: ssl.SSLContext | None = field(default=None, repr=False)
    mechanism: Mechanism | None = None
    username: str | None = field(default=None, repr=False)
    password: str | None = field(default=None, repr=False)
    digest: str = field(default="", repr=False)
    """Changes when any of the files does."""
    loaded_at: Mapping[str, float] = field(default_factory=dict)
    """By kind (`ca`, `certificate`, `password`): when it was read, in seconds since the epoch."""
    not_after: Mapping[str, float] = field(default_factory=dict)
    """By kind (`ca`, `certificate`): when the first certificate in it ends, in seconds since the epoch."""


def load(startup: Startup, files: SecretFiles, now: float) -> Credentials:
    """Return what `startup` names, as `files` hold it `now` (in seconds since the epoch).

    Raises:
        CredentialsMissing: A Secret, or a key of it, is not there.
        CredentialsInvalid: It is not what it should be.
    """
    kinds = _by_kind(startup)
    tls, sasl = startup.tls, startup.sasl
    return Credentials(
        protocol=_protocol(startup),
        ssl_context=None if tls is None else _context(tls, files),
        mechanism=None if sasl is None else sasl.mechanism,
        username=None if sasl is None else _text(sasl.username, files),
        password=None if sasl is None else _text(sasl.password, files),
        digest=files.digest(startup.secret_keys),
        loaded_at=dict.fromkeys(kinds, now),
        not_after={kind: _not_after(kinds[kind], files) for kind in kinds if kind != PASSWORD},
    )


def _by_kind(startup: Startup) -> dict[str, StartupSecretKey]:
    tls, sasl = startup.tls, startup.sasl
    keys = {
        CA: None if tls is None else tls.ca,
        CERTIFICATE: None if tls is None else tls.certificate,
        PASSWORD: None if sasl is None else sasl.password,
    }
    return {kind: key for kind, key in keys.items() if key is not None}


def _protocol(startup: Startup) -> Protocol:
    if startup.sasl is None:
        return "PLAINTEXT" if startup.tls is None else "SSL"
    return "SASL_PLAINTEXT" if startup.tls is None else "SASL_SSL"


def _context(tls: StartupTls, files: SecretFiles) -> ssl.SSLContext:
    authorities = None if tls.ca is None else "\n".join(_certificates(tls.ca, files))
    try:
        context = ssl.create_default_context(cadata=authorities)
    except ssl.SSLError:
        raise _not_pem(tls.ca) from None
    if tls.certificate is not None:
        _add_certificate(context, tls.certificate, tls.private_key or tls.certificate, files)
    return context


def _add_certificate(
    context: ssl.SSLContext, certificate: StartupSecretKey, private_key: StartupSecretKey, files: SecretFiles
) -> None:
    _certificates(certificate, files)
    files.read(private_key)
    try:
        context.load_cert_chain(files.path(certificate), files.path(private_key), password=NO_PASSPHRASE)
    except ssl.SSLError as error:
        if error.reason == "KEY_VALUES_MISMATCH":
            raise CredentialsInvalid(named(private_key), f"not the key of {named(certificate)}") from None
        raise CredentialsInvalid(named(private_key), "not a PEM private key without a passphrase") from None
    except OSError as error:
        raise CredentialsInvalid(named(private_key), f"cannot be read ({error.strerror})") from None


def _certificates(key: StartupSecretKey, files: SecretFiles) -> list[str]:
    try:
        return certificates.blocks(files.read(key))
    except ValueError:
        raise _not_pem(key) from None


def _not_after(key: StartupSecretKey, files: SecretFiles) -> float:
    try:
        return certificates.not_after(files.read(key))
    except ValueError:
        raise _not_pem(key) from None


def _not_pem(key: StartupSecretKey | None) -> CredentialsInvalid:
    return CredentialsInvalid(named(key) if key else "the image's authorities", "not a PEM certificate")


def _text(key: StartupSecretKey, files: SecretFiles) -> str:
    """Return a name or a password: text of one line, whose line break at the end is the editor's."""
    try:
        text = files.read(key).decode()
    except UnicodeDecodeError:
        raise CredentialsInvalid(named(key), "not UTF-8 text") from None
    text = text.removesuffix("\n").removesuffix("\r")
    if not text:
        raise CredentialsInvalid(named(key), "is empty")
    if "\0" in text:
        raise CredentialsInvalid(named(key), "holds a NUL character")
    return text
