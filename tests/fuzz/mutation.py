"""Changes to an input that know JSON's and YAML's structure, on bytes, so that broken inputs can be changed further.

A span is a string, a number, a word, or brackets with all that is between them.
"""

import re
from collections.abc import Callable, Sequence
from random import Random
from typing import Final, NamedTuple

_PIECES: Final = re.compile(rb'"(?:[^"\\]|\\.)*"|[\[\]{}]|[-+.*&\w]+', re.DOTALL)
_MARK: Final = re.compile(rb"\s*:\s*")
_MAX_SEEN: Final = 1_000
"""Bytes of an input that are looked through for spans, from a place at random: looking takes longer than checking."""
_MAX_TIMES: Final = 60
_OPEN, _CLOSE = b"[{", b"]}"


class Span(NamedTuple):
    """From its first byte to behind its last."""

    first: int
    behind: int


def spans(content: bytes, random: Random) -> list[Span]:
    """Return the spans of a part of an input in the order of their ends; brackets that are never closed begin none."""
    found, opened = [], []
    first = random.randint(0, max(0, len(content) - _MAX_SEEN))
    for piece in _PIECES.finditer(content, first, first + _MAX_SEEN):
        char = content[piece.start()]
        if char in _OPEN:
            opened.append(piece.start())
        elif char in _CLOSE:
            if opened:
                found.append(Span(opened.pop(), piece.end()))
        else:
            found.append(Span(*piece.span()))
    return found


def members(content: bytes, found: Sequence[Span]) -> list[tuple[Span, Span]]:
    """Return the spans that are keys, each with its value."""
    begins = {span.first: span for span in found}
    pairs = []
    for key in found:
        mark = _MARK.match(content, key.behind)
        if mark and mark.end() in begins:
            pairs.append((key, begins[mark.end()]))
    return pairs


class Mutator:
    """Changes inputs of one target with its tokens."""

    def __init__(self, tokens: Sequence[bytes]) -> None:
        self._tokens = tokens
        self._ways: tuple[Callable[[bytes, Random], bytes], ...] = (
            *(self._replace, self._replace, self._insert, self._repeat, self._repeat),
            *(self._delete, self._swap, self._wrap, self._line, self._copy, self._copy, self._step),
        )

    def mutated(self, content: bytes, most: int, random: Random) -> bytes:
        """Return the input with one to four changes, at most `most` bytes long."""
        for _ in range(random.choice((1, 1, 2, 4))):
            changed = random.choice(self._ways)(content, random)
            if len(changed) <= most:
                content = changed
        return content[:most]

    def _replace(self, content: bytes, random: Random) -> bytes:
        """Put a token, or another span, in the place of a span."""
        found = spans(content, random)
        if not found:
            return content + random.choice(self._tokens)
        first, behind = random.choice(found)
        other = random.choice(found)
        piece = content[other.first : other.behind] if random.random() < 0.2 else random.choice(self._tokens)
        return content[:first] + piece + content[behind:]

    def _insert(self, content: bytes, random: Random) -> bytes:
        """Put a token at the edge of a span, or anywhere."""
        found = spans(content, random)
        at = random.choice(random.choice(found)) if found and random.random() < 0.8 else random.randint(0, len(content))
        mark = random.choice((b"", b",", b":", b"\n"))
        return content[:at] + mark + random.choice(self._tokens) + content[at:]

    def _repeat(self, content: bytes, random: Random) -> bytes:
        """Say a span, or a member with its key, again: duplicate keys, long lists."""
        found = spans(content, random)
        if not found:
            return content
        first, behind = random.choice(
            [*found, *(Span(key.first, value.behind) for key, value in members(content, found))]
        )
        times = random.choice((1, 1, 2, 5, _MAX_TIMES))
        return content[:behind] + (b"," + content[first:behind]) * times + content[behind:]

    def _delete(self, content: bytes, random: Random) -> bytes:
        """Leave a span out, or all behind a place."""
        found = spans(content, random)
        if not found or random.random() < 0.1:
            return content[: random.randint(0, len(content))]
        first, behind = random.choice(found)
        return content[:first] + content[behind:]

    def _swap(self, content: bytes, random: Random) -> bytes:
        """Let two spans change places."""
        found = spans(content, random)
        if len(found) < 2:
            return content
        (first, behind), (later, end) = sorted(random.sample(found, 2))
        if later < behind:
            return content[:first] + content[later:end] + content[behind:]
        return content[:first] + content[later:end] + content[behind:later] + content[first:behind] + content[end:]

    def _wrap(self, content: bytes, random: Random) -> bytes:
        """Put brackets around a span, once or many times."""
        found = spans(content, random)
        if not found:
            return content
        first, behind = random.choice(found)
        times = random.choice((1, 1, 3, 30, 400))
        before, after = random.choice(((b"[", b"]"), (b'{"a":', b"}"), (b"- ", b""), (b'"', b'"')))
        return content[:first] + before * times + content[first:behind] + after * times + content[behind:]

    def _copy(self, content: bytes, random: Random) -> bytes:
        """Give a member the value that another of the same name has: equal moments, equal identities."""
        found = members(content, spans(content, random))
        if not found:
            return content
        key, value = random.choice(found)
        name = content[key.first : key.behind]
        alike = [other for of, other in found if content[of.first : of.behind] == name]
        first, behind = random.choice(alike)
        return content[: value.first] + content[first:behind] + content[value.behind :]

    def _step(self, content: bytes, random: Random) -> bytes:
        """Change a whole number a little, or tenfold."""
        found = [span for span in spans(content, random) if content[span.first : span.behind].isdigit()]
        if not found:
            return content
        first, behind = random.choice(found)
        number = int(content[first:behind][-400:])
        other = random.choice((number + 1, number - 1, -number, number * 10, number // 10, number * 1000))
        return content[:first] + b"%d" % other + content[behind:]

    def _line(self, content: bytes, random: Random) -> bytes:
        """Repeat, move, indent or leave out a line."""
        lines = content.split(b"\n")
        at = random.randrange(len(lines))
        way = random.randrange(4)
        if way == 0:
            lines.insert(random.randint(0, len(lines)), lines[at])
        elif way == 1:
            lines.insert(random.randint(0, len(lines) - 1), lines.pop(at))
        elif way == 2:
            lines[at] = b"  " + lines[at]
        else:
            del lines[at]
        return b"\n".join(lines)
