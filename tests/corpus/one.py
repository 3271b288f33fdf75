"""Generates one document of the corpus, and prints what came of it as JSON: a process of its own for each."""

from __future__ import annotations

import ast
import json
import re
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from jobclients_core.methods import METHODS
from vendorsmith.diagnostics import SpecError
from vendorsmith.discovery import discover
from vendorsmith.emit.package import package_files, vendor_clients
from vendorsmith.pipeline import generate
from vendorsmith.release import default_release

PACKAGE = "published"


def main(document: str, output: Path) -> None:
    """Write the package of a document, and print its figures.

    Args:
        document: the path of the document.
        output: the folder to write to.
    """
    (target,) = discover([document], Path("specs"))
    started = time.process_time()
    try:
        generated = generate(target, PACKAGE)
    except SpecError as error:
        errors = [each for each in error.diagnostics if each.severity == "error"]
        print(json.dumps({"failed": f"{errors[0].code}: {errors[0].message}" if errors else "no error"}))
        return
    seconds = time.process_time() - started
    files = generated.files | package_files(default_release(PACKAGE), [vendor_clients(PACKAGE, target.vendor)])
    for path, text in files.items():
        file = output / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    folder = f"{PACKAGE}/{target.vendor}"
    left_out = [f"{one.what} ({one.reason.code})" for one in generated.left_out if one.operation]
    paths: dict[str, dict[str, Any]] = json.loads(files[f"{folder}/openapi.json"])["paths"]
    figures: dict[str, Any] = {
        "vendor": target.vendor,
        "seconds": round(seconds, 1),
        "operations": sum(method in METHODS for item in paths.values() for method in item) + len(left_out),
        "left out": left_out,
        "parameters left out": sum(not one.operation for one in generated.left_out),
        "warnings": dict(Counter(each.code for each in generated.warnings)),
    }
    properties = list(_properties(files[f"{folder}/models.py"]))
    parameters = list(_parameters(files[f"{folder}/client.py"]))
    for name, types in (("properties", properties), ("parameters", parameters)):
        figures |= {name: len(types), f"any {name}": sum(map(_is_any, types))}
    print(json.dumps(figures))


def _properties(source: str) -> Iterator[str]:
    """The annotation of each field of each model."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.AnnAssign):
            yield ast.unparse(node.annotation)


def _parameters(source: str) -> Iterator[str]:
    """The annotation of each argument of each method, of both clients."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield from (ast.unparse(each.annotation) for each in node.args.kwonlyargs if each.annotation)


def _is_any(annotation: str) -> bool:
    return {"JsonValue"} <= set(re.findall(r"\w+", annotation)) <= {"JsonValue", "None", "Omit", "Annotated"}


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
