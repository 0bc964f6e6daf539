"""Certificates in PEM: which there are and when the first of them ends.

Python's own parser hides behind a connection; the end of a certificate is a fixed place in its DER:
`SEQUENCE {SEQUENCE {[0] version?, serial, algorithm, issuer, SEQUENCE {notBefore, notAfter}, …}, …}`.
"""

import re
import ssl
from datetime import UTC, datetime
from typing import Final, NamedTuple

_CERTIFICATE: Final = re.compile(rb"-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----")
_SEQUENCE: Final = 0x30
_VERSION: Final = 0xA0
_FORMATS: Final = {0x17: "%y%m%d%H%M%SZ", 0x18: "%Y%m%d%H%M%SZ"}
"""Of UTCTime and GeneralizedTime."""


def blocks(pem: bytes) -> list[str]:
    """Return the certificates in `pem`, without what stands between them.

    Raises:
        ValueError: There is none.
    """
    found = [block.decode("ascii") for block in _CERTIFICATE.findall(pem)]
    if not found:
        raise ValueError("no certificate")
    return found


def not_after(pem: bytes) -> float:
    """Return when the first of the certificates in `pem` ends, in seconds since the epoch.

    Raises:
        ValueError: There is none, or one cannot be understood.
    """
    return min(_end(ssl.PEM_cert_to_DER_cert(block)) for block in blocks(pem))


class _Element(NamedTuple):
    tag: int
    content: bytes
    rest: bytes


def _end(der: bytes) -> float:
    signed = _inside(_inside(der))
    first = _element(signed)
    if first.tag == _VERSION:
        signed = first.rest
    for _ in ("serial", "algorithm", "issuer"):
        signed = _element(signed).rest
    moment = _element(_element(_inside(signed)).rest)
    if moment.tag not in _FORMATS:
        raise ValueError("not a certificate")
    return datetime.strptime(moment.content.decode("ascii"), _FORMATS[moment.tag]).replace(tzinfo=UTC).timestamp()


def _inside(der: bytes) -> bytes:
    element = _element(der)
    if element.tag != _SEQUENCE:
        raise ValueError("not a certificate")
    return element.content


def _element(der: bytes) -> _Element:
    if len(der) < 2:  # noqa: PLR2004, RUF100 - a tag and a length
        raise ValueError("not a certificate")
    tag, length, at = der[0], der[1], 2
    if length & 0x80:
        at += length & 0x7F
        length = int.from_bytes(der[2:at])
    if at + length > len(der):
        raise ValueError("not a certificate")
    return _Element(tag, der[at : at + length], der[at + length :])
