"""Generates one document of the corpus, and prints what came of it as JSON: a process of its own for each."""

from __future__ import annotations

import json
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from vendorsmith.diagnostics import SpecError
from vendorsmith.discovery import discover
from vendorsmith.emit.package import package_files, vendor_clients
from vendorsmith.ir import Api, TypeRef
from vendorsmith.pipeline import generate, read
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
    api, _ = read(target)
    left_out = [f"{one.what} ({one.reason.code})" for one in generated.left_out if one.operation]
    figures: dict[str, Any] = {
        "vendor": target.vendor,
        "seconds": round(seconds, 1),
        "operations": len(api.operations) + len(left_out),
        "left out": left_out,
        "parameters left out": sum(not one.operation for one in generated.left_out),
        "warnings": dict(Counter(each.code for each in generated.warnings)),
    }
    print(json.dumps(figures | dict(_types(api))))


def _types(api: Api) -> Iterator[tuple[str, int]]:
    """How many properties and parameters there are, and how many of them take anything."""
    properties = [entry.type for schema in api.schemas for entry in schema.properties]
    parameters = [parameter.type for operation in api.operations for parameter in operation.parameters]
    for name, types in (("properties", properties), ("parameters", parameters)):
        yield name, len(types)
        yield f"any {name}", sum(map(_is_any, types))


def _is_any(type_: TypeRef) -> bool:
    return type_.kind == "any"


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
