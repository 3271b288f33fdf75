"""What a vendor's specification documents of its answers, as JSON Schemas; read when somebody asks for drift."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from typing import Any, Final

from .expressions import Absent, lookup_status
from .operation import Operation, Vendor
from .shapes import is_array, is_object

_SCHEMAS: Final = "#/components/schemas/"
_ALTERNATIVES: Final = ("anyOf", "oneOf")


@dataclass(frozen=True, slots=True)
class Part:
    """A schema, and where it stands.

    Args:
        schema: The schema; true where everything is documented to be possible.
        spec: JSON pointer to it in the specification.
    """

    schema: Any
    spec: str

    def inside(self, *steps: str) -> str:
        """The pointer of a place below."""
        return self.spec + "".join("/" + escape(step) for step in steps)

    def at(self, *steps: str) -> Part:
        """The schema that stands below."""
        found: Any = self.schema
        for step in steps:
            found = found[step]
        return Part(found, self.inside(*steps))


@dataclass(frozen=True, slots=True)
class Documented:
    """The answers of a vendor's operations.

    Args:
        operations: What is documented of each operation, by its name.
        schemas: The named schemas.
    """

    operations: Mapping[str, Any] = field(default_factory=dict[str, Any], repr=False)
    schemas: Mapping[str, Any] = field(default_factory=dict[str, Any], repr=False)

    def body(self, operation: Operation[Any], status: int) -> Part | None:
        """The schema of an answer's body.

        Args:
            operation: What was called.
            status: HTTP status code.

        Returns:
            The schema; None where no JSON is documented.
        """
        responses: Mapping[int | str, Any] = self.operations.get(operation.id, {}).get("responses", {})
        found: Any = lookup_status(responses, status)
        if isinstance(found, Absent) or "schema" not in found:
            return None
        key = next(key for key in responses if responses[key] is found)
        place = Part(None, operation_pointer(operation))
        return Part(found["schema"], place.inside("responses", str(key), "content", found["media_type"], "schema"))

    def parts(self, part: Part) -> list[Part]:
        """All schemas that a value has to fit together: references followed, ``allOf`` taken apart.

        Args:
            part: The schema.

        Returns:
            Schemas without references; one that refers to itself is left out.
        """
        return list(self._expanded(part, frozenset()))

    def _expanded(self, part: Part, seen: frozenset[str]) -> Iterator[Part]:
        if not is_object(part.schema):
            return
        reference = part.schema.get("$ref")
        if isinstance(reference, str) and reference not in seen:
            yield from self._expanded(self._target(reference), seen | {reference})
        yield part
        for index, inner in enumerate(part.schema.get("allOf", ())):
            yield from self._expanded(Part(inner, part.inside("allOf", str(index))), seen)

    def _target(self, reference: str) -> Part:
        name = reference.removeprefix(_SCHEMAS).replace("~1", "/").replace("~0", "~")
        # A schema that is no component is named by its pointer.
        return Part(self.schemas.get(name), name if name.startswith("/") else "/components/schemas/" + escape(name))


def alternatives(parts: list[Part]) -> tuple[list[Part], list[Part]]:
    """The documented shapes of which a value should have one.

    Args:
        parts: The schemas that hold together.

    Returns:
        The alternatives of the first that has some, and what holds besides.
    """
    for index, part in enumerate(parts):
        for key in _ALTERNATIVES:
            options = part.schema.get(key)
            if is_array(options) and options:
                rest = {name: value for name, value in part.schema.items() if name != key}
                others = [*parts[:index], Part(rest, part.spec), *parts[index + 1 :]]
                return [Part(option, part.inside(key, str(number))) for number, option in enumerate(options)], others
    return [], parts


def operation_pointer(operation: Operation[Any]) -> str:
    """Where an operation stands in its specification.

    Args:
        operation: The operation.

    Returns:
        The JSON pointer.
    """
    return f"/paths/{escape(operation.path)}/{operation.method.lower()}"


def escape(key: str) -> str:
    """A key as a part of a JSON pointer.

    Args:
        key: The key.

    Returns:
        It with ``~`` and ``/`` escaped.
    """
    return key.replace("~", "~0").replace("/", "~1")


def documented_of(vendor: Vendor) -> Documented:
    """What is documented of a vendor, read once.

    Args:
        vendor: The vendor.

    Returns:
        What its package holds; nothing where that was generated without it.
    """
    package = vendor.models.rpartition(".")[0]
    return _read(package) if package else Documented()


@cache
def _read(package: str) -> Documented:
    try:
        text = (resources.files(package) / "documented.json").read_text(encoding="utf-8")
    except (OSError, ImportError):
        return Documented()
    content = json.loads(text)
    return Documented(content["operations"], content["components"]["schemas"])
