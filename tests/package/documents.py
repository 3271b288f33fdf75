"""What the specs document, read from their files: whether a response is valid, without any code of this project."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator
from yaml_text import loaded

SPECS = Path(__file__).parents[2] / "specs"
VENDORS = sorted(folder.name for folder in SPECS.iterdir() if folder.is_dir())


@cache
def document(vendor: str) -> dict[str, Any]:
    """The spec of a vendor, parsed."""
    text = (SPECS / vendor / "openapi.yaml").read_text(encoding="utf-8")
    found: dict[str, Any] = loaded(text)
    return found


def _followed(vendor: str, node: Any) -> Any:
    while isinstance(node, dict) and "$ref" in node:
        found: Any = document(vendor)
        for part in str(node["$ref"]).removeprefix("#/").split("/"):
            found = found[part.replace("~1", "/").replace("~0", "~")]
        node = found
    return node


def operations(vendor: str) -> dict[str, dict[str, Any]]:
    """The operations of a vendor by their ids, each with method and path."""
    return {
        operation["operationId"]: {**operation, "method": method.upper(), "path": path}
        for path, item in document(vendor)["paths"].items()
        for method, operation in item.items()
        if isinstance(operation, dict) and "operationId" in operation
    }


def responses(vendor: str, operation: str) -> dict[str, Any]:
    """The documented responses of an operation by status."""
    answers = operations(vendor)[operation]["responses"]
    return {status: _followed(vendor, answer) for status, answer in answers.items()}


def examples(vendor: str, operation: str) -> list[tuple[str, str, Any]]:
    """Status, name and value of each documented example of the responses of an operation."""
    return [
        (status, name, _followed(vendor, example)["value"])
        for status, answer in responses(vendor, operation).items()
        for media in answer.get("content", {}).values()
        for name, example in media.get("examples", {}).items()
    ]


def sample_body(vendor: str, operation: str, media_type: str) -> Any:
    """The first documented example of the body of a request."""
    media = operations(vendor)[operation]["requestBody"]["content"][media_type]
    return _followed(vendor, next(iter(media["examples"].values())))["value"]


def complaints(vendor: str, operation: str, status: int, content: bytes) -> list[str]:
    """What about a response does not fit what is documented; nothing for a status that is not documented."""
    answers = responses(vendor, operation)
    answer = answers.get(str(status)) or answers.get(f"{status // 100}XX") or answers.get("default")
    media = (answer or {}).get("content", {}).get("application/json")
    if media is None:
        return []
    schema = {**media["schema"], "components": document(vendor)["components"]}
    found = Draft202012Validator(schema).iter_errors(json.loads(content))
    return [f"{operation} {status} {error.json_path}: {error.message}" for error in found]
