"""Mutants of specs: one fact is said otherwise, in the text of the spec itself."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, Literal

from jobclients_core.methods import METHODS
from jobclients_core.pointers import join
from vendorsmith.diagnostics import Diagnostics
from vendorsmith.spec.source import JSON, Document, load
from vendorsmith.spec.source_map import Branch, Position

from .sandbox import ROOT

NO_FACTS: Final = frozenset(
    (
        *("info", "tags", "description", "summary", "examples", "example", "note", "default"),
        *("x-contradictions", "x-evidence", "x-expect", "x-job-state", "x-known-by-name", "x-request-samples"),
    )
)
"""Keys below which people are told something, or are shown it."""

STATES: Final = {
    "not_started": "queued",
    "queued": "running",
    "running": "succeeded",
    "succeeded": "failed",
    "succeeded_with_warnings": "succeeded",
    "failed": "succeeded",
    "cancelled": "failed",
    "expired": "failed",
    "unknown": "running",
}
OTHERS: Final = {
    "type": {"integer": "string", "string": "integer", "boolean": "string", "number": "string"},
    "in": {"query": "header", "header": "query"},
    "scheme": {"basic": "bearer", "bearer": "basic"},
    "format": {"unix-ms": "unix-s", "unix-s": "unix-ms", "rfc3339": "jdbc", "jdbc": "rfc3339"},
    "x-time-format": {"unix-ms": "unix-s", "unix-s": "unix-ms", "jdbc": "java-medium-us", "java-medium-us": "jdbc"},
    "match": {"casefold": "exact"},
    "raise": {"NotFound": "Conflict", "Conflict": "NotFound", "PermissionDenied": "BadRequest"}
    | {"BadRequest": "ServerError", "ServerError": "BadRequest", "AuthenticationError": "BadRequest"},
}
"""What is said instead of a word that only some may stand for."""

FORGOTTEN: Final = frozenset(("baseline", "then", "otherwise", "contentMediaType"))
"""Keys that may have one value only: they can be left out."""

PERIODS: Final = frozenset(("initial", "max", "timeout", "for", "per", "lifetime"))
At = Literal["key", "value", "element", "line"]
"""What of the text is changed: a key, a value, or an element of a list or a line, which is then left out."""


@dataclass(frozen=True, slots=True)
class SpecMutant:
    """One fact of a spec, said otherwise.

    Args:
        vendor: Whose spec it is.
        kind: What kind of fact.
        pointer: Where it is.
        text: The spec's text with the change.
    """

    vendor: str
    kind: str
    pointer: str
    text: str

    @property
    def file(self) -> str:
        """The spec, below the repository."""
        return f"specs/{self.vendor}/openapi.yaml"


@dataclass(frozen=True, slots=True)
class _Fact:
    kind: str
    path: tuple[str, ...]
    at: At
    position: Position
    old: JSON
    new: str = ""


_Maker = Callable[..., _Fact]


def spec_mutants(vendor: str) -> list[SpecMutant]:
    """Every mutant of a vendor's spec.

    Args:
        vendor: The vendor.

    Returns:
        Them, in the order of the spec; facts whose text cannot be changed alone are left out.
    """
    diagnostics = Diagnostics()
    document = load(ROOT / f"specs/{vendor}/openapi.yaml", diagnostics)
    assert document is not None, diagnostics
    found: list[SpecMutant] = []
    for fact in _facts(document.data, document.position, ()):
        text = _changed(document, fact)
        if text is not None:
            found.append(SpecMutant(vendor, fact.kind, join("", *fact.path), text))
    return found


def vendors() -> list[str]:
    """The vendors that have a spec."""
    return sorted(file.parent.name for file in (ROOT / "specs").glob("*/openapi.yaml"))


def _facts(value: JSON, position: Position, path: tuple[str, ...]) -> Iterator[_Fact]:
    """The facts of a part of a spec, each with another one in its place."""
    if isinstance(position, int):
        yield from _of_value(path, value, position)
    elif isinstance(value, dict):
        named = bool(path) and path[-1] == "properties"
        for key, part in value.items():
            if key in NO_FACTS and not named:
                continue
            assert isinstance(position.items, dict)
            yield from _of_key((*path, key), position.keys[key])
            yield from _facts(part, position.items[key], (*path, key))
    elif isinstance(value, list):
        assert isinstance(position.items, list)
        for index, (part, place) in enumerate(zip(value, position.items, strict=True)):
            yield from _facts(part, place, (*path, str(index)))


def _of_key(path: tuple[str, ...], position: int) -> Iterator[_Fact]:
    *above, key = path
    parent = above[-1] if above else ""

    def fact(kind: str, new: str) -> _Fact:
        return _Fact(kind, path, "key", position, key, new)

    if above[-2:] == ["state", "map"]:
        yield fact("word", f"{key}_x")
    elif parent == "paths":
        yield fact("path", key[:-1] if key.endswith("/") else f"{key}x")
    elif len(above) == 2 and above[0] == "paths" and key in METHODS:
        yield fact("method", {"get": "post", "post": "put", "put": "post", "delete": "post"}.get(key, "get"))
    elif parent == "responses" and key.isdigit():
        yield fact("status", str(int(key) + 8))
    elif parent == "content":
        yield fact("media type", "text/plain" if key == "application/json" else "application/json")
    elif parent == "properties":
        yield fact("field", f"{key}_x")
    elif key in ("empty", "nonempty"):
        yield fact("condition", "nonempty" if key == "empty" else "empty")
    elif parent in ("body", "parameters") and path[0] in ("x-auth", "x-jobs"):
        yield fact("parameter", f"{key}_x")


def _of_value(path: tuple[str, ...], value: JSON, position: int) -> Iterator[_Fact]:
    key = path[-1]
    parent = path[-2] if path[:-1] else ""

    def fact(kind: str, new: str, at: At = "value") -> _Fact:
        return _Fact(kind, path, at, position, value, new)

    if isinstance(value, bool):
        stays = key in ("explode", "required") or not value
        yield fact("flag", "false" if value else "true", "value" if stays else "line")
    elif isinstance(value, int | float):
        if key == "scale":
            yield fact("scale", repr(value * 10))
        elif path[0] in ("x-jobs", "x-rate-limits") and parent != "statuses":
            yield fact("number", repr(value + 1))
        elif parent == "statuses":
            yield fact("status", "", "element")
    elif isinstance(value, str):
        yield from _of_text(path, key, parent, value, fact_of=fact)


def _of_text(path: tuple[str, ...], key: str, parent: str, value: str, *, fact_of: _Maker) -> Iterator[_Fact]:
    if parent in ("required", "x-exactly-one-of") or (path[-3:-2] == ("x-exactly-one-of",)):
        yield fact_of("required", "", "element")
    elif parent == "enum" or key in ("equals", "const") or parent in ("equals", "one_of"):
        yield fact_of("word", f"{value}_x")
    elif parent == "code" and path[0] == "x-errors" and not value.startswith("$"):
        yield fact_of("code", "", "element")
    elif parent == "status" and path[0] == "x-errors":
        yield fact_of("status", "", "element")
    elif path[0] == "x-jobs" and value in STATES:
        yield fact_of("state", STATES[value])
    elif key in FORGOTTEN:
        yield fact_of(key, "", "line")
    elif value in OTHERS.get(key, {}):
        yield fact_of(key, OTHERS[key][value])
    elif re.match(r"\$(response|result|run|request|job|client|credential)\b.*[#.]", value) or (
        path[0] in ("x-jobs", "x-errors", "x-auth") and value.startswith("/")
    ):
        yield fact_of("pointer", f"{value}_x")
    elif value.startswith("PT") and key in PERIODS:
        yield fact_of("period", re.sub(r"\d+", lambda digits: str(int(digits[0]) + 1), value))
    elif key == "name" and ("parameters" in path[-3:-1] or path[1:2] in (("parameters",), ("securitySchemes",))):
        yield fact_of("parameter", f"{value}_x")
    elif key in ("operationId", "into", "parameter", "identity", "credential") and path[0].startswith("x-"):
        yield fact_of("name", f"{value}_x")


def _changed(document: Document, fact: _Fact) -> str | None:
    """The spec's text with another fact; None where it cannot be changed alone."""
    text = document.text
    start = fact.position.start if isinstance(fact.position, Branch) else fact.position
    end = _end(text, start, fact.old)
    if end is None:
        return None
    if fact.at == "line":
        return _without_line(text, start, fact.path[-1])
    if fact.at == "element":
        return _without_element(text, start, end)
    quoted = text[start] in "'\""
    return text[:start] + (json.dumps(fact.new) if quoted else fact.new) + text[end:]


def _end(text: str, start: int, old: JSON) -> int | None:
    """Where a scalar ends; None where it is not written on one line as it is."""
    if text[start] in "'\"":
        end = text.find(text[start], start + 1)
        return None if end < 0 or text[start + 1 : end] != old else end + 1
    written = re.compile(r"[^\s,\]}]+").match(text, start)
    if not isinstance(old, str):
        return None if written is None else written.end()
    return start + len(old) if text.startswith(old, start) else None


def _without_line(text: str, start: int, key: str) -> str | None:
    """The text without a key and its value; None where they are not line of their own."""
    first, last = text.rfind("\n", 0, start) + 1, text.find("\n", start) + 1
    return text[:first] + text[last:] if text[first:start].strip() == f"{key}:" else None


def _without_element(text: str, start: int, end: int) -> str | None:
    """The text without an element of a list."""
    first = text.rfind("\n", 0, start) + 1
    last = text.find("\n", end) + 1
    if text[first:last].strip() == f"- {text[start:end]}":
        return text[:first] + text[last:]
    after = re.compile(r", *").match(text, end)
    if after is not None:
        return text[:start] + text[after.end() :]
    before = re.search(r", *$", text[first:start])
    if before is not None:
        return text[: first + before.start()] + text[end:]
    return text[:start] + text[end:] if text[start - 1] == "[" and text[end : end + 1] == "]" else None
