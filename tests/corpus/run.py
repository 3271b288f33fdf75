"""What `make corpus` does: every document of the development set is generated, imported and, if wanted, type-checked.

A run goes on where the last one stopped: what came of a document is kept, until the generator changes. So it can be
done in pieces: `--piece 2/5` is the second fifth, `--steps generate,import,mypy,pyright` what is done with each.
It prints a table of all that is known, and fails where that is below what is promised.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
CACHE = ROOT / ".cache" / "corpus"
STEPS = ("generate", "import", "mypy", "pyright")
GENERATED = 0.99
"""How many of the documents generate, import and type-check."""
LEFT_OUT = 0.01
"""How many of a document's operations may be left out; one always may."""
TIMEOUT = 1200
sys.path[:0] = [str(ROOT / "tests")]

from corpus.documents import fetch  # noqa: E402 - needs the path above

IMPORT_ALL = """
import importlib, pkgutil, sys
package = importlib.import_module("published." + sys.argv[1])
for module in pkgutil.iter_modules(package.__path__):
    importlib.import_module(package.__name__ + "." + module.name)
for name in package.__all__:
    getattr(package, name)
"""


def main() -> int:
    """Do what is left to do, print the table, and return how the process ends."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--piece", default="1/1", help="which part of the documents: 2/5 is the second fifth")
    parser.add_argument("--only", default="", help="a regular expression for names of documents")
    parser.add_argument("--steps", default="generate,import", help=f"some of {','.join(STEPS)}")
    arguments = parser.parse_args()
    piece, _, pieces = arguments.piece.partition("/")
    steps = [step for step in STEPS if step in arguments.steps.split(",")]
    documents = [document for document in fetch(CACHE) if re.search(arguments.only, document.name)]
    key = _key()
    for document in documents[int(piece) - 1 :: int(pieces)]:
        _do(document, steps, key)
    return _report([(document.name, _known(document, key)) for document in documents], steps)


def _do(document: Path, steps: list[str], key: str) -> None:
    """Do the steps of a document that are not done, and keep what came of them."""
    done = _known(document, key)
    missing = [step for step in steps if step not in done]
    if not missing or "failed" in done.get("generate", {}):
        return
    with TemporaryDirectory() as folder:
        done["generate"] = _generate(document, folder)
        if "failed" not in done["generate"]:
            for step in missing:
                if step != "generate":
                    done[step] = _checked(step, done["generate"]["vendor"], folder)
    CACHE.joinpath("results").mkdir(exist_ok=True)
    _result(document).write_text(json.dumps({"key": key, **done}, indent=1), encoding="utf-8")
    print(f"{document.name}: {_line(done)}", flush=True)


def _generate(document: Path, folder: str) -> dict[str, Any]:
    code, out, err = _run([sys.executable, str(Path(__file__).with_name("one.py")), str(document), folder], folder)
    if code:
        return {"failed": f"crashed: {err.strip().splitlines()[-1] if err.strip() else code}"}
    return dict(json.loads(out))


def _checked(step: str, vendor: str, folder: str) -> dict[str, Any]:
    command = {
        "import": [sys.executable, "-W", "error", "-c", IMPORT_ALL, vendor],
        "mypy": [
            sys.executable,
            "-m",
            "mypy",
            "--strict",
            "--cache-dir",
            str(CACHE / "mypy"),
            "-p",
            f"published.{vendor}",
        ],
        "pyright": [sys.executable, "-m", "pyright", "--pythonpath", sys.executable, f"{folder}/published/{vendor}"],
    }[step]
    code, out, err = _run(command, folder)
    return {"failed": (out + err).strip()[-600:]} if code else {}


def _run(command: list[str], folder: str) -> tuple[int, str, str]:
    """Run a command in a folder, whose package it finds; one that takes too long has failed."""
    environment = {**os.environ, "PYTHONPATH": folder, "MYPYPATH": folder, "PYTHONDONTWRITEBYTECODE": "1"}
    try:
        done = subprocess.run(
            command, cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=TIMEOUT
        )
    except subprocess.TimeoutExpired:
        return 1, "", f"not done after {TIMEOUT} s"
    return done.returncode, done.stdout, done.stderr


def _known(document: Path, key: str) -> dict[str, Any]:
    """What was found of a document by this generator."""
    try:
        found: dict[str, Any] = json.loads(_result(document).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return {step: found[step] for step in STEPS if step in found} if found.get("key") == key else {}


def _result(document: Path) -> Path:
    return CACHE / "results" / document.name


def _key() -> str:
    """A hash of what decides the results."""
    parts = hashlib.sha256()
    folders = (
        ROOT / "generator" / "vendorsmith",
        ROOT / "generator" / "core" / "jobclients_core",
        Path(__file__).parent,
    )
    for folder in folders:
        for file in sorted(path for path in folder.rglob("*") if path.suffix in (".py", ".jinja", ".json")):
            parts.update(file.relative_to(ROOT).as_posix().encode() + file.read_bytes())
    return parts.hexdigest()


def _line(done: dict[str, Any]) -> str:
    failed = [f"{step} failed: {done[step]['failed']}" for step in STEPS if "failed" in done.get(step, {})]
    if failed:
        return failed[0]
    made = done["generate"]
    words = [f"{made['operations'] - len(made['left out'])} of {made['operations']} operations"]
    words += [f"{made['properties']} properties", f"{made['seconds']} s"]
    words += [f"without {', '.join(made['left out'][:3])}"] if made["left out"] else []
    return ", ".join(words)


def _report(results: list[tuple[str, dict[str, Any]]], steps: list[str]) -> int:
    """Print what is known of all documents; return 1 where it is less than promised."""
    known = {name: done for name, done in results if done}
    made = {name: done["generate"] for name, done in known.items() if "failed" not in done.get("generate", {})}
    print(f"\n{len(known)} of {len(results)} documents")
    passed: dict[str, int] = {}
    for step in steps:
        tried = [done[step] for done in known.values() if step in done]
        passed[step] = sum("failed" not in one for one in tried)
        print(f"  {step:<10} {passed[step]} of {len(tried)}")
    for name in ("operations", "parameters left out", "properties", "any properties", "parameters", "any parameters"):
        print(f"  {name:<20} {sum(one[name] for one in made.values()):>8,}")
    print(f"  {'operations left out':<20} {sum(len(one['left out']) for one in made.values()):>8,}")
    codes: Counter[str] = Counter()
    with_code: Counter[str] = Counter()
    for one in made.values():
        codes.update(one["warnings"])
        with_code.update(one["warnings"].keys())
    for code, count in codes.most_common():
        print(f"    {code:<28} {count:>6,} in {with_code[code]} documents")
    poor = {name: one for name, one in made.items() if len(one["left out"]) > max(1, LEFT_OUT * one["operations"])}
    failed = [name for name, done in known.items() if any("failed" in done.get(step, {}) for step in steps)]
    for name in failed:
        print(f"  {name}: {_line(known[name])}"[:400])
    for name, one in poor.items():
        print(f"  {name}: {len(one['left out'])} of {one['operations']} operations are left out: {one['left out'][:3]}")
    below = [step for step in steps if passed[step] < GENERATED * sum(step in done for done in known.values())]
    return 1 if below or poor else 0


if __name__ == "__main__":
    sys.exit(main())
