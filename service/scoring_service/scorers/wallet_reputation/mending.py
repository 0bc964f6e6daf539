"""The slow way to decode: field by field, so that one bad transaction does not take its neighbours with it.

Every needed field is cut out raw and read on its own; what no formula reads stays unread here, too.
"""

import re
from typing import Final

import msgspec

from scoring_service.scorers.base import Rejection
from scoring_service.scorers.reasons import Reason
from scoring_service.scorers.wallet_reputation import raw
from scoring_service.scorers.wallet_reputation.crowd import has_more_items
from scoring_service.scorers.wallet_reputation.input import (
    DEXES,
    MAX_TRANSACTIONS,
    Block,
    MendedWallet,
    Refusal,
    Refusals,
    Transaction,
)
from scoring_service.scorers.wallet_reputation.transactions import transaction

_WORDS: Final = re.compile(rb'("(?:[^"\\]++|\\.)*+(?:"|\Z))|NaN|Infinity', re.DOTALL)
"""A string (kept), or a word for a number that JSON does not have; possessive, hence linear on any bytes."""

_OUT_OF_RANGE: Final = b"1e999"
"""JSON for a number that no float holds: whoever reads the field sees that it is not finite."""


class _Record(msgspec.Struct):
    wallet_address: msgspec.Raw = msgspec.Raw()
    data: msgspec.Raw = msgspec.Raw()
    as_of: msgspec.Raw = msgspec.Raw()


class _Block(msgspec.Struct):
    protocol_type: msgspec.Raw = msgspec.field(name="protocolType", default=msgspec.Raw())
    transactions: msgspec.Raw = msgspec.Raw()


class _Contents:
    """What the blocks of one record hold."""

    def __init__(self) -> None:
        self.blocks: list[Block] = []
        self.refusals = Refusals()
        self.foreign = 0
        self.count = 0

    def add(self, content: msgspec.Raw) -> None:
        """Take in one block; one that cannot be read counts as one refused transaction."""
        try:
            fields = _block_fields(content)
            protocol_type = raw.text("protocolType", fields.protocol_type)
            items = _items("transactions", fields.transactions)
        except raw.Refused as refused:
            self._refuse(refused.refusal)
        except raw.UNREADABLE:
            self._refuse(Refusal(Reason.SCHEMA, raw.expected("data", "a list of objects", content)))
        else:
            self._add_block(protocol_type, items)

    def _refuse(self, refusal: Refusal) -> None:
        self.refusals.add(refusal)
        self.count += 1

    def _add_block(self, protocol_type: str, items: list[msgspec.Raw]) -> None:
        self.count += len(items)
        if self.count > MAX_TRANSACTIONS:
            raise raw.Crowded("transactions")
        transactions: list[Transaction] = []
        self.blocks.append(Block(protocol_type, transactions))
        if protocol_type != DEXES:
            self.foreign += len(items)
            return
        for item in items:
            read = transaction(item)
            if isinstance(read, Transaction):
                transactions.append(read)
            else:
                self.refusals.add(read)


_record_fields = msgspec.json.Decoder(_Record).decode
_block_fields = msgspec.json.Decoder(_Block).decode
_whole = msgspec.json.Decoder(msgspec.Raw).decode
_list = msgspec.json.Decoder(list[msgspec.Raw]).decode


def mended(content: bytes) -> MendedWallet | Rejection:
    """Return what of a record can be used, or why nothing can.

    Raises:
        RecursionError: The record nests too deep.
    """
    try:
        fields = _syntax_checked(content)
    except raw.Refused as refused:
        return Rejection(refused.refusal.reason, refused.refusal.detail)
    address: str | None = None
    count = 0
    try:
        address = raw.text("wallet_address", fields.wallet_address)
        contents = _contents(fields.data)
        count = contents.count
        as_of = None if raw.is_absent(fields.as_of) else raw.seconds("as_of", fields.as_of)
    except raw.Refused as refused:
        return Rejection(refused.refusal.reason, refused.refusal.detail, address, count)
    except raw.Crowded as crowded:
        return Rejection(Reason.SCHEMA, str(crowded), address)
    return MendedWallet(
        address, contents.blocks, as_of, refusals=contents.refusals, foreign_transactions=contents.foreign
    )


def _syntax_checked(content: bytes) -> _Record:
    """Return the record's raw fields. The words NaN and Infinity count as numbers that are not finite."""
    try:
        return _raw_fields(content)
    except raw.UNREADABLE as error:
        if b"NaN" not in content and b"Infinity" not in content:
            raise raw.Refused(Reason.JSON_SYNTAX, f"The value is not JSON: {error}") from error
    try:
        return _raw_fields(_without_words(content))
    except raw.UNREADABLE as error:
        raise raw.Refused(Reason.JSON_SYNTAX, f"The value is not JSON: {error}") from error


def _without_words(content: bytes) -> bytes:
    """Return the record with JSON for the words. A substitution by `re` would hold every string of it at once."""
    written, done = bytearray(), 0
    for found in _WORDS.finditer(content):
        if found.start(1) < 0:
            written += memoryview(content)[done : found.start()]
            written += _OUT_OF_RANGE
            done = found.end()
    return bytes(written) + content[done:]


def _raw_fields(content: bytes) -> _Record:
    try:
        return _record_fields(content)
    except msgspec.ValidationError as error:
        _whole(content)  # a wrong type is noticed at the first byte, wrong syntax only behind it
        raise raw.Refused(Reason.SCHEMA, raw.expected("record", "an object", msgspec.Raw(content))) from error


def _contents(data: msgspec.Raw) -> _Contents:
    contents = _Contents()
    for content in _items("data", data):
        contents.add(content)
    return contents


def _items(name: str, field: msgspec.Raw) -> list[msgspec.Raw]:
    try:
        if has_more_items(field, MAX_TRANSACTIONS):
            raise raw.Crowded(name)
        items = _list(field)
    except raw.UNREADABLE as error:
        raise raw.Refused(Reason.SCHEMA, raw.expected(name, "a list", field)) from error
    if len(items) > MAX_TRANSACTIONS:
        raise raw.Crowded(name)
    return items
