"""README.md as a session: its code blocks run in order, in an empty folder, and print what the page shows.

`sh` blocks run in one shell, `python` blocks are programs that are started in its folder, and a `yaml` block is written
to the file that its first line names. A `text` block is the output of the block before it; `...` stands for any text in
a line, and as a line of its own for any lines.

Run as a program, it does so in a fresh clone with nothing but Python, git and make, and with real installs:
`make readme`.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"

_FENCE = re.compile(r"^```(?P<language>.*)\n(?P<code>(?:.*\n)*?)```$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Block:
    """A code block.

    Attributes:
        line: where it begins in the page.
        language: what its fence says.
        code: its text.
        shown: what it prints, as the page shows it; None if the page does not.
    """

    line: int
    language: str
    code: str
    shown: str | None = None


def blocks(page: str) -> list[Block]:
    """The blocks of a page that do something, in order.

    Raises:
        ValueError: a block is neither run, nor written, nor the output of another one.
    """
    found: list[Block] = []
    for match in _FENCE.finditer(page):
        line, language, code = page.count("\n", 0, match.start()) + 1, match["language"], match["code"]
        if language == "text" and found and found[-1].language in ("sh", "python") and found[-1].shown is None:
            before = found.pop()
            found.append(Block(before.line, before.language, before.code, code))
        elif language in ("sh", "python", "yaml"):
            found.append(Block(line, language, code))
        else:
            raise ValueError(f"line {line}: a block of {language or 'nothing'} that nobody runs or compares")
    return found


def play(steps: list[Block], folder: Path, notes: Path, environment: Mapping[str, str]) -> Iterator[tuple[Block, str]]:
    """Run blocks.

    Args:
        steps: the blocks.
        folder: where the session begins.
        notes: an empty folder for the session's own files.
        environment: the variables of the shell.

    Yields:
        Each block with what it printed, and ``exit code N`` after that if it failed.
    """
    session = notes / "session.sh"
    session.write_text("".join(_command(step, notes / str(step.line)) for step in steps), encoding="utf-8")
    unbuffered = {"PYTHONUNBUFFERED": "1", "PYTHONIOENCODING": "utf-8"}  # as on a terminal: lines come in order
    subprocess.run(["sh", session], cwd=folder, env={**environment, **unbuffered}, check=False, timeout=600)
    for step in steps:
        printed, code = (notes / f"{step.line}.out"), (notes / f"{step.line}.code")
        failed = "" if code.exists() and code.read_text() == "0\n" else "exit code " + code.read_text()
        yield step, printed.read_text("utf-8") + failed


def _command(step: Block, note: Path) -> str:
    """The part of the session's script for a block: its output and exit code go to files beside the note."""
    note.write_text(step.code, encoding="utf-8")
    if step.language == "python":
        code = f"python - < '{note}'\n"  # from standard input: modules are looked for in the folder of the session
    elif step.language == "yaml":
        name = step.code.partition("\n")[0].removeprefix("# ")
        code = f"mkdir -p '{Path(name).parent}' && cp '{note}' '{name}'\n"
    else:
        code = step.code
    return f"{{\n{code}}} > '{note}.out' 2>&1\necho $? > '{note}.code'\n"


def agrees(shown: str, printed: str) -> bool:
    """Whether an output is what the page shows."""
    lines = ["(?:.*\n)*?" if line == "...\n" else re.escape(line) for line in shown.splitlines(keepends=True)]
    pattern = "".join(lines).replace(re.escape("..."), ".*")
    return re.fullmatch(pattern, printed) is not None


def main() -> int:
    """Run the page in a fresh clone, and report each block; the exit code is 1 if one differs."""
    begun = time.monotonic()
    with tempfile.TemporaryDirectory() as place:
        folder, notes, programs = (Path(place) / name for name in ("empty", "notes", "bin"))
        for path in (folder, notes, programs):
            path.mkdir()
        (programs / "python3.11").symlink_to(getattr(sys, "_base_executable", sys.executable))
        for name in ("git", "make"):
            found = shutil.which(name)
            assert found is not None, name
            (programs / name).symlink_to(found)
        kept = {
            name: value for name, value in os.environ.items() if not re.match("PYTHON|VIRTUAL_ENV|JOBCLIENTS", name)
        }
        environment = {**kept, "PATH": f"{programs}:/usr/bin:/bin", "PIP_QUIET": "1"}
        subprocess.run(["git", "clone", "--quiet", ROOT, folder / "vendorsmith"], check=True)
        wrong = 0
        for step, printed in play(blocks(README.read_text("utf-8")), folder, notes, environment):
            good = "exit code" not in printed if step.shown is None else agrees(step.shown, printed)
            wrong += not good
            print(f"README.md:{step.line}: {step.language}: {'as shown' if good else f'differs:{chr(10)}{printed}'}")
    print(f"{wrong} blocks differ; {time.monotonic() - begun:.0f} s")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
