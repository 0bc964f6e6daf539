"""Pure: what leaves a cluster in a report, without what somebody may have to keep: secrets, and the records of others.

Secrets themselves are never read. What else may carry one is masked: values of environment variables, annotations of
others, parameters whose names sound like it, and in texts whatever looks like a credential, or is one of those values.
Records that stand in golden cases may be customers': they are counted, not shown.
"""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from typing import Any, Final

from scoring_operator.facts import Manifest

MASK: Final = "REDACTED"
OWN_ANNOTATIONS: Final = re.compile(r"(scoring\.dev|deployment\.kubernetes\.io|kubernetes\.io)/")
OWN_VARIABLES: Final = re.compile(r"POD_NAME|SCORING_|MALLOC_")
SOUNDS_SECRET: Final = re.compile(
    r"(?i)passw|passphrase|token|secret|credential|api.?key|private.?key|authori[sz]ation"
)
PARAMETERS: Final = "parameters"
"""Of a scorer of another package: whatever it understands stands there."""
CASES: Final = "goldenCases"
RECORDS: Final = ("inputs", "expect")
SHORTEST: Final = 6
"""Characters of a value that is searched for in texts: of a shorter one every text is full."""
LOOKS_SECRET: Final = (
    (re.compile(r"-----BEGIN [^-]+-----.*?-----END [^-]+-----", re.DOTALL), MASK),
    (re.compile(r"sha256\$[^$\s]*\$[0-9a-f]+"), MASK),
    (re.compile(r"(?i)(?<=bearer )[^\s\"',;]+"), MASK),
    (re.compile(r"\beyJ[\w-]+\.[\w-]+\.[\w-]*"), MASK),
    (re.compile(r"(?<=://)[^/\s:@]+:[^/\s@]+(?=@)"), MASK),
    (
        re.compile(
            r"(?i)(\b(?:\w*passw\w*|passphrase|secret|token|api[-_]?key|private[-_]?key)[\"']?[ \t]*[=:][ \t]*[\"']?)"
            r"[\w/+.~$!#%&*@^-][^\s\"',;}]*"
        ),
        rf"\1{MASK}",
    ),
)
"""What a credential looks like in a text, and what is put in its place."""


def redacted(value: Any, known: Iterable[str] = ()) -> Any:
    """Return an object of a cluster, or other data, without what somebody may have to keep.

    Args:
        value: Made of mappings, lists and scalars.
        known: Values that are masked wherever a text has them, see `sensitive`.
    """
    scrub = partial(scrubbed, known=tuple(known))
    if isinstance(value, dict) and isinstance(value.get("metadata"), dict):
        value = _without_others(value)
    return _masked(value, "", scrub)


def scrubbed(text: str, known: Iterable[str] = ()) -> str:
    """Return a text, such as a log, without what looks like a credential and without any of the values in `known`."""
    for value in sorted({value for value in known if len(value) >= SHORTEST}, key=len, reverse=True):
        text = text.replace(value, MASK)
    for pattern, instead in LOOKS_SECRET:
        text = pattern.sub(instead, text)
    return text


def sensitive(value: Any, inside: str = "") -> Iterator[str]:
    """Yield what is masked of an object for what it is called: it may stand in texts as well."""
    if isinstance(value, list):
        for item in value:
            yield from sensitive(item, inside)
    for name, inner in value.items() if isinstance(value, dict) else ():
        if _must_mask(value, name, inside):
            yield inner
        else:
            yield from sensitive(inner, _inside(name, inside))


def _without_others(manifest: Manifest) -> Manifest:
    """Return an object without what others noted on it, and with mounted files as data: only so they can be masked."""
    meta = {name: value for name, value in manifest["metadata"].items() if name != "managedFields"}
    if meta.get("annotations"):
        meta["annotations"] = {name: _annotation(name, value) for name, value in meta["annotations"].items()}
    if manifest.get("kind") != "ConfigMap":
        return {**manifest, "metadata": meta}
    return {
        **manifest,
        "metadata": meta,
        "data": {name: _file(text) for name, text in (manifest.get("data") or {}).items()},
    }


def _masked(value: Any, inside: str, scrub: Callable[[str], str]) -> Any:
    if isinstance(value, list):
        return [_masked(item, inside, scrub) for item in value]
    if not isinstance(value, dict):
        return scrub(value) if isinstance(value, str) else value
    return {
        name: MASK if _must_mask(value, name, inside) else _part(name, inner, inside, scrub)
        for name, inner in value.items()
    }


def _part(name: str, value: Any, inside: str, scrub: Callable[[str], str]) -> Any:
    if inside == CASES and name in RECORDS and isinstance(value, list):
        return [f"{len(value)} {MASK}"]
    return _masked(value, _inside(name, inside), scrub)


def _must_mask(holder: Mapping[str, Any], name: str, inside: str) -> bool:
    """Tell whether a member is masked for its name: of a parameter that sounds secret, or of a person's variable."""
    if not isinstance(holder[name], str):
        return False
    if inside == PARAMETERS and SOUNDS_SECRET.search(name):
        return True
    variable = holder.get("name")
    return name == "value" and isinstance(variable, str) and not OWN_VARIABLES.match(variable)


def _inside(name: str, inside: str) -> str:
    return name if name in (PARAMETERS, CASES) else inside


def _annotation(name: str, value: str) -> str:
    return value if OWN_ANNOTATIONS.match(name) else MASK


def _file(content: str) -> Any:
    """Return a mounted file as data; what cannot be read as JSON is no file of ours, and masked as a whole."""
    try:
        return json.loads(content)
    except ValueError:
        return MASK
