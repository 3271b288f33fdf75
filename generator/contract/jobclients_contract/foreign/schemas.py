"""Whether values fit the schemas of a document, by jsonschema and referencing."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final
from urllib.parse import quote

from jsonschema import Draft202012Validator, FormatChecker
from referencing import Registry, Resource
from referencing.exceptions import Unresolvable
from referencing.jsonschema import DRAFT202012

from jobclients_contract.cases import Json
from jobclients_contract.pointers import escaped

_BASE: Final = "urn:openapi"
_DATA: Final = frozenset(("const", "default", "enum", "example", "examples"))
_DEEP: Final = 100
"""How deep a value may be: the libraries go down by recursion."""


class SchemaValidator:
    """Judges values by the schemas of one document.

    Args:
        document: a normalised OpenAPI document.
    """

    def __init__(self, document: Mapping[str, Any]) -> None:
        resource = Resource(contents=_plain(document), specification=DRAFT202012)
        self._registry: Registry[Any] = Registry[Any]().with_resource(_BASE, resource)
        self._formats = FormatChecker()
        self._validators: dict[str, Draft202012Validator] = {}

    def problems(self, pointer: str, value: Json) -> list[str]:
        """What is wrong with a value, as lines of place and reason; none for one that fits.

        Args:
            pointer: where the schema stands in the document, as a JSON pointer.
            value: the value.
        """
        if _depth(value) > _DEEP:
            return [f"the value is deeper than {_DEEP}"]
        try:
            return sorted(f"/{'/'.join(map(str, error.absolute_path))}: {error.message}" for error in self._errors(pointer, value))
        except RecursionError:
            return ["a schema refers to itself without an end"]
        except (Unresolvable, re.error) as error:
            return [f"the schema cannot be used: {error!r}"]

    def _errors(self, pointer: str, value: Json) -> Iterator[Any]:
        if pointer not in self._validators:
            schema = {"$ref": f"{_BASE}#{quote(pointer, safe='/')}"}
            self._validators[pointer] = Draft202012Validator(
                schema, registry=self._registry, format_checker=self._formats
            )
        yield from self._validators[pointer].iter_errors(value)


def pointer_to(*keys: str) -> str:
    """A JSON pointer.

    Args:
        *keys: what it leads through.
    """
    return "".join(f"/{escaped(key)}" for key in keys)


def _plain(node: Any) -> Any:
    """A copy of what stands in a document without `$id` and anchors, from which references to components would start."""
    if isinstance(node, dict):
        return {
            key: item if key in _DATA else _plain(item)
            for key, item in node.items()
            if not (key in ("$id", "$anchor", "$dynamicAnchor", "$schema") and isinstance(item, str))
        }
    return [_plain(item) for item in node] if isinstance(node, list) else node


def _depth(value: Json) -> int:
    depth, level = 0, [value]
    while level and depth <= _DEEP:
        depth += 1
        level = [inner for item in level for inner in (item.values() if isinstance(item, dict) else item if isinstance(item, list) else ())]
    return depth
