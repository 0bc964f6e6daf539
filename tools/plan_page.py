"""Fills docs/plan.md with what `scorer plan` says of real wallets: `python -m tools.plan_page [--check]`.

The commands that the page shows are the ones that run here. The wallets are read from SCORING_DATA, else from
../shared/data beside the checkout.
"""

import os
import re
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

import msgspec

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs/plan.md"
PICTURES = (ROOT / "docs/plan-distribution.svg", None, ROOT / "docs/plan-movers.svg")
"""Of the page's three, in order; the scatter is left out."""
SAMPLE = ROOT / "manifests/wallet-reputation.yaml"
WALLETS = "dex_wallet_messages.jsonl"
AS_OF = 1_704_499_200
PLAN = (
    "plan after.yaml --current before.yaml --file wallets.jsonl "
    f"--as-of {AS_OF} --threshold 200 --movers 3 --html plan.html"
)
SCORE = f"score reasons.yaml wallet.jsonl --as-of {AS_OF}"
WEIGHTS = "weights: {liquidityProvision: 0.6, trading: 0.4}"


def data() -> Path:
    """Return the folder of real data."""
    return Path(os.environ.get("SCORING_DATA") or ROOT / "../shared/data").resolve()


def prepared(folder: Path) -> None:
    """Put into a folder what the commands read."""
    sample = SAMPLE.read_text("utf-8")
    wallets = (data() / WALLETS).read_bytes()
    (folder / "before.yaml").write_text(sample, "utf-8")
    (folder / "after.yaml").write_text(sample.replace("Provision: 0.6, trading: 0.4", "Provision: 0.5, trading: 0.5"))
    (folder / "reasons.yaml").write_text(sample.replace(WEIGHTS, f"{WEIGHTS}\n      topReasons: 3"), "utf-8")
    (folder / "wallets.jsonl").write_bytes(wallets)
    (folder / "wallet.jsonl").write_bytes(wallets.splitlines(keepends=True)[0])


def said(folder: Path, command: str) -> str:
    """Return what a command of `scorer` says in a folder."""
    run = [sys.executable, "-m", "scoring_service.cli", *shlex.split(command)]
    done = subprocess.run(run, cwd=folder, check=True, capture_output=True, text=True)  # noqa: S603 - our own
    return "\n".join(line.rstrip() for line in done.stdout.splitlines())


def filled(page: str, block: str, content: str) -> str:
    """Return the page with `content` between the markers of a block.

    Raises:
        ValueError: The page has not got both once.
    """
    begin, end = f"<!-- BEGIN {block} -->\n", f"<!-- END {block} -->"
    if page.count(begin) != 1 or page.count(end) != 1:
        raise ValueError(f"expected one line {begin!r} and then one line {end!r}")
    head, _, rest = page.partition(begin)
    return f"{head}{begin}{content}\n{end}{rest.partition(end)[2]}"


def main(arguments: list[str]) -> int:
    """Write the page and its pictures; with `--check` write nothing and return 1 if the page's text would change."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        prepared(folder)
        plan = f"```console\n$ scorer {PLAN}\n{said(folder, PLAN)}\n```"
        reasons = msgspec.json.decode(said(folder, SCORE))["top_reasons"]
        drawn = re.findall(r"<svg .*?</svg>", (folder / "plan.html").read_text("utf-8"), re.DOTALL)
    shown = msgspec.json.format(msgspec.json.encode({"top_reasons": reasons})).decode()
    page = PAGE.read_text("utf-8")
    wanted = filled(filled(page, "plan", plan), "reasons", f"```json\n{shown}\n```")
    if "--check" in arguments:
        return int(page != wanted)
    PAGE.write_text(wanted, "utf-8")
    for path, picture in zip(PICTURES, drawn, strict=True):
        if path is not None:
            path.write_text(picture + "\n", "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
