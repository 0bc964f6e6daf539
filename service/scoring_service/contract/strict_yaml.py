"""YAML as the API server reads it: what JSON can say, every key once. Both command lines read manifests by it."""

import json
import re
from typing import Any, Final

import yaml

_CORE = "tag:yaml.org,2002:"
_TAGS = {None, "!", _CORE + "map", _CORE + "seq", _CORE + "str"}
_SHOWN = 256
_MAX_REPEATED: Final = 100_000
"""Values and characters that aliases may add to a file: each alias repeats all that its anchor says."""


class NotYaml(Exception):
    """Bytes that are not such YAML; the message is one line that says why."""


_EXPONENT: Final = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?[eE][-+]?[0-9]+\Z")
"""Numbers of JSON that this library takes for text: 1e+30, 2e-5."""


class _Loader(yaml.SafeLoader):
    """Plain values only: a date is text, a key is text and given once, no tag makes anything else of a value."""

    yaml_implicit_resolvers = {
        first: [(tag, pattern) for tag, pattern in resolvers if tag != _CORE + "timestamp"]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }
    for _first in "-0123456789":
        yaml_implicit_resolvers[_first] = [(_CORE + "float", _EXPONENT), *yaml_implicit_resolvers[_first]]

    def __init__(self, content: bytes) -> None:
        super().__init__(content)
        self._said = 0
        """Values and characters so far, as if there were no aliases."""
        self._repeated = 0
        self._sizes: dict[yaml.Node, int] = {}

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        event = self.peek_event()  # type: ignore[no-untyped-call]  # its stub has no types
        if (tag := getattr(event, "tag", None)) not in _TAGS:
            raise yaml.composer.ComposerError(None, None, f"tag {tag} is not understood", event.start_mark)
        before = self._said
        node = super().compose_node(parent, index)
        if node is None:
            return None
        if isinstance(event, yaml.AliasEvent):
            self._repeat(self._sizes.get(node, 0), event.start_mark)  # a value within itself is refused as such
        else:
            self._said += 1 + len(node.value) if isinstance(node, yaml.ScalarNode) else 1
            self._sizes[node] = self._said - before
        return node

    def _repeat(self, size: int, mark: Any) -> None:
        """Count before anything is repeated: a few lines of aliases of aliases may say billions of values."""
        self._said += size
        self._repeated += size
        if self._repeated > _MAX_REPEATED:
            raise yaml.composer.ComposerError(None, None, "aliases repeat too much", mark)

    def compose_mapping_node(self, anchor: Any) -> yaml.MappingNode:
        node = super().compose_mapping_node(anchor)
        node.value = [(_key(key), value) for key, value in node.value]
        seen = set()
        for key, _ in node.value:
            if key.value in seen:
                raise yaml.composer.ComposerError(None, None, f'key "{key.value}" is given twice', key.start_mark)
            seen.add(key.value)
        return node


def _key(node: yaml.Node) -> yaml.Node:
    """Return a key as text, or the sign that merges another mapping."""
    if not isinstance(node, yaml.ScalarNode):
        raise yaml.composer.ComposerError(None, None, "a key must be text", node.start_mark)
    if node.tag == _CORE + "merge":
        return node
    return yaml.ScalarNode(_CORE + "str", node.value, node.start_mark, node.end_mark)


def documents(content: bytes) -> list[Any]:
    """Return the documents in `content` as JSON values, empty ones left out.

    Raises:
        NotYaml: It is not YAML, or says what JSON cannot.
    """
    try:
        found = [document for document in yaml.load_all(content, _Loader) if document is not None]
        as_json: list[Any] = json.loads(json.dumps(found, allow_nan=False))
    except RecursionError:
        raise NotYaml("not YAML: nested too deeply") from None
    except (yaml.YAMLError, ValueError, TypeError, OverflowError) as error:
        raise NotYaml(f"not YAML: {' '.join(str(error).split())[:_SHOWN]}") from error
    return as_json
