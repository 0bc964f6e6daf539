"""What a pipeline's fields must keep to beyond their types: the definition's own rules, for manifests from files."""

import re
from typing import Final

from scoring_service.contract.durations import milliseconds

TOPIC: Final = "use 1 to 249 characters of A-Z, a-z, 0-9, dot, underscore and hyphen, and neither . nor .. alone"
GROUP_NAME: Final = (
    "use at most 249 characters of A-Z, a-z, 0-9, dot, underscore, hyphen, colon and slash, or leave it empty"
)
ADDRESSES: Final = "write each address as host:port, such as kafka:9092, without a scheme"
NUMBER_OF_ADDRESSES: Final = "write 1 to 16 addresses"
OPTIONAL_TOPIC: Final = (
    "use at most 249 characters of A-Z, a-z, 0-9, dot, underscore and hyphen, and neither . nor .. alone, or leave it "
    "empty"
)
DISTINCT: Final = (
    "spec.input.topic, spec.output.successTopic, spec.output.failureTopic and spec.output.deadLetterTopic must be "
    "different topics: rename the one that repeats"
)
NAME_IN_NAMESPACE: Final = (
    "use a Secret's name: 1 to 253 characters of a-z, 0-9, dot and hyphen, with a letter or digit at both ends and "
    "beside every dot"
)
KEY: Final = (
    "use a Secret's key: 1 to 253 characters of A-Z, a-z, 0-9, dot, underscore and hyphen, not . alone and without two "
    "dots at the beginning"
)
ONE_MECHANISM: Final = "set exactly one of plain and scram"
IN_CLEAR: Final = (
    "without spec.kafka.tls it sends the password in clear: set spec.kafka.tls, or use spec.kafka.sasl.scram"
)
IMAGE: Final = (
    "write an image of at most 512 characters, such as registry.example/team/worker:1.0, without spaces, or leave it "
    "empty"
)
MIN_ABOVE_MAX: Final = "write a minReplicas of at most maxReplicas"
SCORER_NAME: Final = "use 1 to 63 characters of A-Z, a-z, 0-9, hyphen, underscore and dot, beginning with a letter"
SAME_SCORER: Final = "set the same scorer as in spec.scorer, with other parameters"
WINDOWS_IN_PART: Final = "spec.scorer.{} keeps windows, of which a canary would have a part: use Shadow"
STATE_NOT_KEPT: Final = "spec.scorer.{} keeps a state, which ExactlyOnce does not: use AtLeastOnce"
NAME: Final = (
    "use at most 42 characters of a-z, 0-9 and -, without dots, beginning with a letter and ending with a letter or "
    "digit"
)

_is_name = re.compile(r"[a-z]([-a-z0-9]{0,40}[a-z0-9])?").fullmatch
_is_topic = re.compile(r"(?!\.{1,2}\Z)[A-Za-z0-9._-]{1,249}").fullmatch
_is_group = re.compile(r"[A-Za-z0-9._:/-]{0,249}").fullmatch
_is_address = re.compile(r"([A-Za-z0-9._-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\]):[0-9]{1,5}").fullmatch
_is_secret = re.compile(r"(?=.{1,253}\Z)[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*").fullmatch
_is_key = re.compile(r"(?!\.\Z|\.\.)[-._a-zA-Z0-9]{1,253}").fullmatch
_is_image = re.compile(r"[A-Za-z0-9][-A-Za-z0-9._:/@]{0,511}").fullmatch
_is_scorer = re.compile(r"[A-Za-z][-A-Za-z0-9_.]{0,62}").fullmatch
_MAX_ADDRESSES: Final = 16


def broken_name(name: str) -> str | None:
    """Return the rule that a pipeline's name breaks."""
    return None if _is_name(name) else NAME


def broken_topic(topic: str) -> str | None:
    """Return the rule that a topic's name breaks."""
    return None if _is_topic(topic) else TOPIC


def broken_group(group: str) -> str | None:
    """Return the rule that a group's name breaks."""
    return None if _is_group(group) else GROUP_NAME


def broken_addresses(addresses: tuple[str, ...]) -> str | None:
    """Return the rule that the brokers' addresses break."""
    if not 1 <= len(addresses) <= _MAX_ADDRESSES:
        return NUMBER_OF_ADDRESSES
    return None if all(map(_is_address, addresses)) else ADDRESSES


def broken_number(number: int, low: int, high: int) -> str | None:
    """Return the rule that a number breaks."""
    return None if low <= number <= high else f"write a number from {low} to {high}"


def broken_optional_topic(topic: str) -> str | None:
    """Return the rule that the name of a topic breaks which may be left empty."""
    return None if not topic or _is_topic(topic) else OPTIONAL_TOPIC


def broken_secret(name: str) -> str | None:
    """Return the rule that a Secret's name breaks."""
    return None if _is_secret(name) else NAME_IN_NAMESPACE


def broken_key(key: str) -> str | None:
    """Return the rule that a Secret's key breaks: a key is the name of a file, and never leads out of its folder."""
    return None if _is_key(key) else KEY


def broken_image(image: str) -> str | None:
    """Return the rule that the name of an image breaks which may be left empty."""
    return None if not image or _is_image(image) else IMAGE


def broken_scorer(name: str) -> str | None:
    """Return the rule that the name of a custom scorer breaks."""
    return None if _is_scorer(name) else SCORER_NAME


def broken_share(percent: float) -> str | None:
    """Return the rule that a share breaks, in percent."""
    return None if 0 < percent < 100 else "write a number above 0 and below 100"


def broken_percent(percent: float) -> str | None:
    """Return the rule that a percentage breaks."""
    return None if 0 <= percent <= 100 else "write a number from 0 to 100"


def broken_duration(duration: str, least: str, most: str) -> str | None:
    """Return the rule that a duration breaks."""
    try:
        is_within = milliseconds(least) <= milliseconds(duration) <= milliseconds(most)
    except ValueError:
        is_within = False
    return None if is_within else f"write a duration from {least} to {most}"
