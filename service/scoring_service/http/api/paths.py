"""Where in a record something is wrong, as JSON path. Pure.

A scorer reads leniently and says in a sentence what it could not use; its `Input` is the strict reading, whose first
error has a path.
"""

import re
from typing import Any, Final

import msgspec

_ROOT: Final = "$"
_at = re.compile(r"`(\$[^`]*)`\Z").search


def json_path(record: bytes, of: type[Any], sentence: str) -> str:
    """Return the path of the first field that is not as `of` has it, else of the one that `sentence` begins with.

    Empty if there is neither: nothing is wrong with any one field, or the record is not JSON.
    """
    try:
        msgspec.json.decode(record, type=of)
    except msgspec.ValidationError as error:
        found = _at(str(error))
        return found[1] if found else _ROOT
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return ""
    named = sentence.partition(":")[0]
    fields = {field.encode_name for field in msgspec.structs.fields(of)}
    return f"{_ROOT}.{named}" if named in fields else ""
