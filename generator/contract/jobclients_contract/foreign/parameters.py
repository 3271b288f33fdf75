"""The parameters of a normalised document, as far as reading them from a request needs to know."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal
from urllib.parse import unquote

from jobclients_contract.foreign.shapes import is_object
from jobclients_contract.schema_model.pointers import split
from jobclients_contract.schema_model.styles import Style, style_of

Form = Literal["value", "array", "object"]

_TYPES: Final[dict[type[object], str]] = {
    bool: "boolean",
    int: "integer",
    float: "number",
    str: "string",
    list: "array",
    dict: "object",
    type(None): "null",
}
_IMPLIED: Final = {"properties": "object", "additionalProperties": "object", "items": "array"}


@dataclass(frozen=True, slots=True)
class Parameter(Style):
    """A parameter: its place, how it is written, and what it is made of.

    Args:
        form: whether it is one value, a list or an object.
        types: the JSON types that its values, or items, may have; none where the document does not say.
    """

    form: Form
    types: frozenset[str]

    @classmethod
    def of(cls, entry: Mapping[str, Any], document: Mapping[str, Any]) -> Parameter:
        """Read a parameter object of a document."""
        schema: object = entry.get("schema", {"type": "string"})
        types = frozenset(_types(schema, document, frozenset()))
        form: Form = "array" if "array" in types else "object" if "object" in types else "value"
        inner = _items(schema, document) if form == "array" else types
        style = style_of(entry)
        return cls(style.location, style.name, style.style, style.explode, style.reserved, form, inner, json=style.json)

    @property
    def keeps_type(self) -> bool:
        """Whether its values are numbers or truths, and nothing else beside null."""
        return len(self.types - {"null"}) == 1 and not self.types & {"string", "object"}


def _types(schema: object, document: Mapping[str, Any], seen: frozenset[str]) -> Iterator[str]:
    """The JSON types that a schema allows, references and combinations followed; none where it does not say."""
    if not is_object(schema):
        return
    stated: Any = schema.get("type", [])
    yield from [stated] if isinstance(stated, str) else stated
    yield from (_TYPES[type(word)] for word in schema.get("enum", [schema["const"]] if "const" in schema else []))
    yield from (kind for key, kind in _IMPLIED.items() if key in schema and not stated)
    for inner in _inside(schema, document, seen):
        yield from _types(inner, document, seen | {str(schema.get("$ref"))})


def _items(schema: object, document: Mapping[str, Any]) -> frozenset[str]:
    """The types of a list's items."""
    seen: set[str] = set()
    waiting = [schema]
    while waiting:
        found = waiting.pop()
        if is_object(found) and "items" in found:
            return frozenset(_types(found["items"], document, frozenset()))
        if is_object(found):
            waiting += _inside(found, document, frozenset(seen))
            seen.add(str(found.get("$ref")))
    return frozenset()


def _inside(schema: Mapping[str, Any], document: Mapping[str, Any], seen: frozenset[str]) -> list[object]:
    """The schemas that a schema is made of."""
    reference = schema.get("$ref")
    found = [inner for key in ("allOf", "anyOf", "oneOf") for inner in schema.get(key, [])]
    if isinstance(reference, str) and reference not in seen:
        target: Any = document
        for key in split(unquote(reference.removeprefix("#"))):
            target = target[key]
        found.append(target)
    return found
