"""The contestants' environments: made on demand below the user's cache, again whenever what they hold changes."""

import hashlib
import json
import os
import platform
import shutil
import subprocess
import sys
import tomllib
from importlib.metadata import version
from pathlib import Path

from benchmarks.workers import ROOT
from harness.state import alone

_TABLES = tomllib.loads(Path(__file__).with_name("environments.toml").read_text())


class Unavailable(RuntimeError):
    """An environment cannot be made here; the text is one line."""


def interpreter(name: str) -> str:
    """Return the Python of an environment; it is made first if need be.

    Raises:
        Unavailable: It cannot be made on this machine.
    """
    folder = _cache() / name
    with alone(folder.with_suffix(".lock")):
        wanted = _fingerprint(name)
        mark = folder / "made-of"
        if not mark.exists() or mark.read_text() != wanted:
            shutil.rmtree(folder, ignore_errors=True)
            _make(name, folder)
            mark.write_text(wanted)
    return str(folder / "bin" / "python")


def versions(name: str) -> str:
    """Return what an environment holds of the packages that its table names, e.g. `bytewax 0.21.1`."""
    held = {package["name"]: package["version"] for package in json.loads(_uv("pip", "list", "--format=json", of=name))}
    names = [package.partition("==")[0].partition("[")[0] for package in _TABLES[name]["packages"]]
    return ", ".join(f"{package} {held[package]}" for package in names)


def check(python: str, module: str) -> str:
    """Run a module that judges an environment and return what it prints.

    Raises:
        Unavailable: It says no.
    """
    done = subprocess.run([python, "-m", module], check=False, cwd=ROOT, capture_output=True, text=True)
    if done.returncode:
        raise Unavailable(done.stderr.strip().splitlines()[-1][:160])
    return done.stdout.strip()


def _make(name: str, folder: Path) -> None:
    table = _TABLES[name]
    if "from_source" in table and platform.machine() != "x86_64":
        raise Unavailable(f"{name}: the checksum's fast path is for x86-64, this is {platform.machine()}")
    _uv("venv", "--python", sys.executable, str(folder))
    locked = folder / "locked.txt"
    locked.write_text(_locked(table))
    if "from_source" in table:  # in a cache of its own: uv does not tell wheels of other flags apart
        options = ("--no-binary", table["from_source"], "--cache-dir", str(_cache() / "built"))
    else:
        options = ()
    _uv("pip", "install", "-r", str(locked), *table["packages"], *options, of=name, cflags=table.get("cflags", ""))
    if "extra" in table:  # for its version alone: what runs is the checkout
        _uv("pip", "install", "--no-deps", str(ROOT), of=name)


def _locked(table: dict[str, str]) -> str:
    extra = ("--extra", table["extra"]) if "extra" in table else ()
    return _uv("export", "--frozen", "--no-dev", "--no-emit-project", "--no-hashes", "--no-header", *extra)


def _fingerprint(name: str) -> str:
    table = _TABLES[name]
    made_of = [sys.version, version("scoring-operator"), json.dumps(table), _locked(table)]
    return hashlib.sha256("\n".join(made_of).encode()).hexdigest()


def _cache() -> Path:
    folder = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "scoring-operator" / "peers"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _uv(*arguments: str, of: str = "", cflags: str = "") -> str:
    """Run uv, on an environment if one is named, and return what it prints."""
    uv = os.environ.get("UV") or shutil.which("uv")
    if uv is None:
        raise Unavailable("there is no uv: use `make bench-peers`, or put it on PATH")
    environment = {**os.environ, **({"CFLAGS": cflags} if cflags else {})}
    environment.pop("VIRTUAL_ENV", None)
    python = ("--python", str(_cache() / of / "bin" / "python")) if of else ()
    done = subprocess.run(
        [uv, "--quiet", *arguments, *python], check=False, cwd=ROOT, env=environment, capture_output=True, text=True
    )
    if done.returncode:
        said = [line for line in done.stderr.splitlines() if line.strip()] or ["no output"]
        raise Unavailable(f"uv {arguments[0]} {of}: {said[-1].strip()[:160]}")
    return done.stdout
