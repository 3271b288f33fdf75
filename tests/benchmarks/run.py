"""What `make bench` prints: generation, imports, calls and size, each beside a floor or a peer of the same run.

Every figure is a median; a ratio compares two figures that were taken in turn, so that a slow moment of the machine
meets both. Nothing here passes or fails.
"""

from __future__ import annotations

import ast
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).resolve().parents[2]
GENERATED = ROOT / "generated"
PYTHON = sys.executable
sys.path[:0] = [str(ROOT / "generator"), str(ROOT / "tests"), str(GENERATED)]

from benchmarks import calls, waiting  # noqa: E402 - needs the paths above


def main() -> None:
    """Run every benchmark and print its table."""
    print(f"Python {sys.version.split()[0]}, {sys.platform}; medians\n")
    generation()
    one_document()
    imports()
    calls.report()
    waiting.report()
    lines_per_operation()


def generation() -> None:
    """All vendors: from nothing, and again with nothing changed."""
    print("generation of all vendors                  seconds   peak MB")
    command = [PYTHON, "-m", "vendorsmith", "generate", "--specs", str(ROOT / "specs"), "--output"]
    with TemporaryDirectory() as folder:
        cold = [measured([*command, f"{folder}/{number}"]) for number in range(3)]
        again = [measured([*command, f"{folder}/0"]) for _ in range(5)]
    floor = [measured([PYTHON, "-c", "import typer, yaml"]) for _ in range(5)]
    for label, runs in (("cold", cold), ("unchanged", again), ("floor: python, typer and yaml imported", floor)):
        seconds, megabytes = (statistics.median(column) for column in zip(*runs, strict=True))
        print(f"  {label:<40} {seconds:7.2f} {megabytes:9.0f}")
    print()


def one_document() -> None:
    """A small document from nothing, beside openapi-python-client: of whole processes, formatting included."""
    print("generation of one small document, cold     CPU seconds    openapi-python-client    ratio of each pair")
    for document in (ROOT / f"tests/contract/zoo/{name}.yaml" for name in ("answers/objects", "requests/bodies")):
        ours, peers = [], []
        for _ in range(9):
            with TemporaryDirectory() as folder:
                options = [str(document), "--output", f"{folder}/ours"]
                ours.append(_cpu_seconds([PYTHON, "-m", "vendorsmith", "generate", *options]))
                options = ["--path", str(document), "--output-path", f"{folder}/peer"]
                peers.append(_cpu_seconds([PYTHON, "-m", "openapi_python_client", "generate", *options]))
        ratio = statistics.median(own / peer for own, peer in zip(ours, peers, strict=True))
        print(f"  {document.stem:<40} {statistics.median(ours):11.2f} {statistics.median(peers):24.2f} {ratio:21.2f}")
    print()


def _cpu_seconds(command: list[str]) -> float:
    """Processor seconds of a process and of those that it starts; its programs are those of this environment."""
    environment = {"PYTHONPATH": str(ROOT / "generator"), "PATH": f"{Path(PYTHON).parent}:/usr/bin:/bin"}
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, capture_output=True, check=True, env=environment)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def imports() -> None:
    """What importing a client costs beside importing what it needs."""
    print("import, in a new process                   seconds")
    statements = {
        "python alone": "pass",
        "jobclients": "import jobclients",
        "floor: httpx2, its transport, pydantic": "import httpx2, httpcore2; from pydantic import BaseModel",
        "jobclients.alation": "import jobclients.alation",
        "jobclients.huawei_dli": "import jobclients.huawei_dli",
        "jobclients.huawei_dli and its models": "import jobclients.huawei_dli.models",
    }
    runs: dict[str, list[float]] = {label: [] for label in statements}
    for _ in range(7):  # in turn, so that drift meets all
        for label, statement in statements.items():
            runs[label].append(measured([PYTHON, "-c", statement])[0])
    for label, seconds in runs.items():
        print(f"  {label:<40} {statistics.median(seconds):7.3f}")
    print()


def lines_per_operation() -> None:
    """How much client code there is for an operation: its constant and both methods, docstrings included."""
    print("lines per operation (constant, sync and async method)")
    small: list[int] = []
    for client in sorted(GENERATED.glob("jobclients/[a-z]*/client.py")):
        counts = _operation_lines(client)
        values = [lines for lines, _ in counts.values()]
        small += [lines for lines, arguments in counts.values() if arguments <= 5]
        total = len(client.read_text(encoding="utf-8").splitlines())
        print(
            f"  {client.parent.name:<12} {len(values):3} operations: median {statistics.median(values):5.1f}; "
            f"whole module {total} lines, {total / len(values):.1f} an operation"
        )
    print(f"  median over all operations of up to five parameters: {statistics.median(small):.1f}\n")


def _operation_lines(client: Path) -> dict[str, tuple[int, int]]:
    """Lines and number of parameters of each operation, by method name."""
    tree = ast.parse(client.read_text(encoding="utf-8"))
    found: dict[str, tuple[int, int]] = {}
    constants: dict[str, int] = {}
    for node in tree.body:
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            constants[node.target.id] = _length(node)
        if isinstance(node, ast.ClassDef):
            for method in node.body:
                if isinstance(method, ast.FunctionDef | ast.AsyncFunctionDef) and method.name != "__init__":
                    before, _ = found.get(method.name, (0, 0))
                    length = _length(method) + len(method.decorator_list)
                    found[method.name] = (before + length, len(method.args.kwonlyargs))
    return {
        name: (lines + constants[constant], arguments)
        for name, (lines, arguments) in found.items()
        if (constant := name.upper().rstrip("_")) in constants  # a kind of job is a property without one
    }


def _length(node: ast.stmt) -> int:
    return (node.end_lineno or node.lineno) - node.lineno + 1


def measured(command: list[str]) -> tuple[float, float]:
    """Wall seconds of a process and its peak memory in megabytes."""
    code = "import os, resource, sys; os.spawnv(os.P_WAIT, sys.argv[1], sys.argv[1:])"
    code += "; print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
    environment = {"PYTHONPATH": f"{ROOT / 'generator'}:{GENERATED}", "PATH": "/usr/bin:/bin"}
    begun = time.perf_counter()
    done = subprocess.run([PYTHON, "-c", code, *command], capture_output=True, text=True, check=True, env=environment)
    elapsed = time.perf_counter() - begun - _wrapper()
    return elapsed, int(done.stdout.split()[-1]) / 1024


def _cached(function: Callable[[], float]) -> Callable[[], float]:
    known: list[float] = []

    def once() -> float:
        if not known:
            known.append(function())
        return known[0]

    return once


@_cached
def _wrapper() -> float:
    """Seconds that the measuring process itself takes, to be taken off."""
    begun = time.perf_counter()
    for _ in range(5):
        subprocess.run([PYTHON, "-c", "import os, resource, sys"], check=True)
    return (time.perf_counter() - begun) / 5


if __name__ == "__main__":
    main()
