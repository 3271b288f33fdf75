"""Validates values against the schemas of a document, with jsonschema and referencing."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final
from urllib.parse import quote

from jsonschema import Draft202012Validator, FormatChecker, ValidationError
from referencing import Registry
from referencing.exceptions import Unresolvable
from referencing.jsonschema import DRAFT202012

from jobclients_contract.foreign.type_guards import is_list, is_object
from jobclients_contract.schema_model.pointers import escaped
from jobclients_contract.schema_model.values import Json

_BASE: Final = "urn:openapi"
_DATA: Final = frozenset(("const", "default", "enum", "example", "examples"))


class SchemaValidator:
    """Judges values by the schemas of one document.

    Args:
        document: a normalised OpenAPI document.
    """

    def __init__(self, document: Mapping[str, Any]) -> None:
        resource = DRAFT202012.create_resource(_plain(document))
        self._registry: Registry[Any] = Registry[Any]().with_resource(_BASE, resource)
        self._formats = FormatChecker()
        self._validators: dict[str, Draft202012Validator] = {}

    def diagnostics(self, pointer: str, value: Json) -> list[str]:
        """What is wrong with a value, as lines of place and reason; none for one that fits.

        Args:
            pointer: where the schema is in the document, as a JSON pointer.
            value: the value.
        """
        try:
            return sorted(f"{_pointer(error)}: {error.message}" for error in self._errors(pointer, value))
        except RecursionError:
            return ["a schema refers to itself without an end, or the value is too deep"]
        except (Unresolvable, re.error) as error:
            return [f"the schema cannot be used: {error!r}"]

    def places(self, pointer: str, value: Json) -> set[str]:
        """Where a value does not fit, as JSON pointers into it: of what is of another type, and of what is missing.

        Args:
            pointer: where the schema is in the document.
            value: the value.

        Returns:
            The places that any alternative names; none for a value that fits.
        """
        return {place for error in self._errors(pointer, value) for place in _places(error)}

    def _errors(self, pointer: str, value: Json) -> Iterator[ValidationError]:
        if pointer not in self._validators:
            schema = {"$ref": f"{_BASE}#{quote(pointer, safe='/')}"}
            self._validators[pointer] = Draft202012Validator(
                schema, registry=self._registry, format_checker=self._formats
            )
        library: Any = self._validators[pointer]  # the library's types say nothing of what it takes
        yield from library.iter_errors(value)


def pointer_to(*keys: str) -> str:
    """A JSON pointer.

    Args:
        *keys: what it leads through.
    """
    return "".join(f"/{escaped(key)}" for key in keys)


def _plain(node: Any) -> Any:
    """A copy of a document without `$id` and anchors, from which references to components would start."""
    if is_object(node):
        return {
            key: item if key in _DATA else _plain(item)
            for key, item in node.items()
            if not (key in ("$id", "$anchor", "$dynamicAnchor", "$schema") and isinstance(item, str))
        }
    return [_plain(item) for item in node] if is_list(node) else node


def _pointer(error: ValidationError) -> str:
    return pointer_to(*map(str, error.absolute_path))


def _places(error: ValidationError) -> Iterator[str]:
    if error.context:
        yield from (place for inner in error.context for place in _places(inner))
    elif error.validator == "required":
        required: Any = error.validator_value
        value: Any = error.instance
        yield from (_pointer(error) + pointer_to(key) for key in required if key not in value)
    else:
        yield _pointer(error)
