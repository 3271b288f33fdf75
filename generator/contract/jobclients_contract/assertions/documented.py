"""Finds what a documented example has and its schema does not: keys, malformed times, malformed JSON in texts."""

from __future__ import annotations

from collections.abc import Iterator

from jobclients_contract.schema_model import timestamps
from jobclients_contract.schema_model.pointers import escaped
from jobclients_contract.schema_model.shapes import Part, json_in
from jobclients_contract.schema_model.validity import Validity
from jobclients_contract.schema_model.values import Json


def unknown_in(validity: Validity, part: Part, example: Json) -> Iterator[str]:
    """What is not as documented in an example, beside what validators see when a spec is read.

    Args:
        validity: of the document's schemas.
        part: the example's schema.
        example: what it says.

    Yields:
        A few words for each place.
    """
    for pointer in _keys(validity, part, validity.schemas.canonical(part, example)):
        yield f"{pointer} is a key that the schema does not know"
    yield from _malformed(validity, part, example, "")


def _keys(validity: Validity, part: Part, value: Json, at: str = "") -> list[str]:
    """Pointers of keys that no property describes, where a schema lists properties and is not a map."""
    found: list[list[str]] = []
    for shape in validity.schemas.shapes(part):
        inside: list[str] = []
        if not shape.takes(value):
            continue
        if isinstance(value, dict) and shape.properties:
            for key, item in value.items():
                inner = shape.properties.get(key) or shape.values
                here = f"{at}/{escaped(key)}"
                inside += [here] if inner is None else _keys(validity, inner, item, here)
        elif isinstance(value, list) and shape.items is not None:
            for index, item in enumerate(value):
                inside += _keys(validity, shape.items, item, f"{at}/{index}")
        found.append(inside)
    return min(found, key=len) if found else []


def _malformed(validity: Validity, part: Part, value: Json, at: str) -> Iterator[str]:
    """Times that are none in their format, and JSON in texts that is not of its shape."""
    for shape in validity.schemas.shapes(part):
        if not shape.takes(value):
            continue
        if shape.time and value is not None and timestamps.read(shape.time, value, None) is None:
            yield f"{value!r} at {at or 'the root'} is not a time in the format {shape.time}"
        inside = json_in(value) if isinstance(value, str) else None
        if shape.content is not None and inside is not None:
            problem = validity.documented(shape.content).diagnostic(inside)
            if problem is not None:
                yield f"the JSON in the text at {at or 'the root'} does not fit: {' '.join(problem)}"
        if isinstance(value, dict):
            for key, item in value.items():
                inner = shape.properties.get(shape.aliases.get(key, key)) or shape.values
                if inner is not None:
                    yield from _malformed(validity, inner, item, f"{at}/{escaped(key)}")
        if isinstance(value, list) and shape.items is not None:
            for index, item in enumerate(value):
                yield from _malformed(validity, shape.items, item, f"{at}/{index}")
