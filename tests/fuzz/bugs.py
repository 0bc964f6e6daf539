"""Bugs to be put in on purpose, each into a copy of the service: fuzzing that does not find them is worth nothing."""

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from harness.state import REPOSITORY

PACKAGE: Final = REPOSITORY / "service" / "scoring_service"
WALLET: Final = "scorers/wallet_reputation"


@dataclass(frozen=True)
class Bug:
    """One change of one file, and the target that has to notice."""

    name: str
    target: str
    path: str
    """Below the package."""
    right: str
    wrong: str


BUGS: Final = (
    Bug(
        "bytes that are not UTF-8 raise", "record", f"{WALLET}/raw.py",
        "(msgspec.DecodeError, UnicodeDecodeError)", "(msgspec.DecodeError,)",
    ),
    Bug(
        "a lone surrogate raises", "record", f"{WALLET}/raw.py",
        '.decode(errors="replace")\n',
        '.decode(errors="replace")\n    import re\n'
        '    came = re.sub(r"\\\\u(d[89a-f]..)", lambda found: chr(int(found[1], 16)), came)\n',
    ),
    Bug(
        "nesting too deep for the slow way raises", "record", f"{WALLET}/scorer.py",
        "            return _checked(_slowly(value))\n        except RecursionError:\n            return _TOO_DEEP",
        "            return _checked(mended(value))\n        finally:\n            pass",
    ),
    Bug(
        "duplicates are looked for in a list", "crowded", f"{WALLET}/actions.py",
        "            once.setdefault(item.document_id, item)",
        "            if item.document_id not in [other.document_id for other in once.values()]:\n"
        "                once[item.document_id] = item",
    ),
    Bug(
        "a number that is not finite leaks", "record", f"{WALLET}/features.py",
        "    if not (deposited < inf and withdrawn < inf and volume < inf and ratio < inf):\n        return None\n", "",
    ),
    Bug(
        "a rejected record shifts its neighbours", "record", "candidate/second.py",
        "    return [next(of_rows) if isinstance(item, Row) else item for item in items]",
        "    return [*of_rows, *(item for item in items if not isinstance(item, Row))]",
    ),
    Bug(
        "a reason comes from the record", "record", f"{WALLET}/refusals.py",
        "reason = Reason.UNSUPPORTED_PROTOCOL", "reason = f'unsupported_{min(foreign)}'",
    ),
    Bug(
        "a score is remembered by its address", "record", f"{WALLET}/scorer.py",
        "        columns = variant.columns(wallet)\n",
        "        seen = self.__dict__.setdefault('seen', {})\n"
        "        columns = seen.setdefault(wallet.wallet_address, variant.columns(wallet))\n",
    ),
    Bug(
        "a withdrawal at the same moment ends a deposit", "record", f"{WALLET}/features.py",
        "following = bisect_right(", "following = bisect_left(",
    ),
    Bug("a failure repeats what came", "record", f"{WALLET}/raw.py", "_SHOWN_BYTES = 60", "_SHOWN_BYTES = 60_000"),
    Bug(
        "what was refused is kept", "crowded", f"{WALLET}/input.py",
        "        self.count += count\n",
        "        self.count += count\n        globals().setdefault('KEPT', []).append(refusal.detail * 50)\n",
    ),
    Bug(
        "a live file that is not UTF-8 raises", "live-file", "contract/wire.py",
        "except UnicodeDecodeError", "except UnicodeEncodeError",
    ),
    Bug(
        "aliases repeat without end", "yaml", "contract/strict_yaml.py",
        "if self._repeated > _MAX_REPEATED", "if self._repeated < 0",
    ),
    Bug(
        "a number of a base of 60 that no float holds raises", "yaml", "contract/strict_yaml.py",
        ", OverflowError)", ")",
    ),
)  # fmt: skip


def patched(bug: Bug, folder: Path) -> None:
    """Copy the package into a folder, with the bug.

    Raises:
        ValueError: The text to change is not there once: the product has moved on, and the bug must follow.
    """
    shutil.copytree(PACKAGE, folder / PACKAGE.name, ignore=shutil.ignore_patterns("__pycache__"))
    path = folder / PACKAGE.name / bug.path
    text = path.read_text()
    if text.count(bug.right) != 1:
        raise ValueError(f"{bug.name}: expected to find once in {bug.path}: {bug.right!r}")
    path.write_text(text.replace(bug.right, bug.wrong))
