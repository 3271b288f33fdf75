"""Validates values with jsonschema: as documented, and as tolerantly as clients decode."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from jsonschema import Draft202012Validator

from jobclients_contract.schema_model.pointers import escaped
from jobclients_contract.schema_model.schemas import Path, Schemas, pointer_of
from jobclients_contract.schema_model.shapes import Part, Shape, json_type_of
from jobclients_contract.schema_model.values import Json

_SILENT: Final = re.compile(r"\$ref|x-aliases|x-python-name|x-secret|default|deprecated|readOnly|writeOnly")
_BASE64: Final = "^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$"


class Validator:
    """Validates values.

    Args:
        schemas: of the contract.
        part: schema of the values.
        components: the schemas that it refers to.
        schema: what it is held to.
    """

    def __init__(self, schemas: Schemas, part: Part, schema: Json, components: dict[str, Json]) -> None:
        self._schemas = schemas
        self._part = part  # is kept, so that no other schema gets its place in memory, by which judges are found
        # The library's types say nothing of what it takes.
        self._library: Any = Draft202012Validator({"allOf": [schema], "components": {"schemas": components}})

    def takes(self, value: Json) -> bool:
        """Whether a value is valid."""
        return bool(self._library.is_valid(self._schemas.canonical(self._part, value)))

    def diagnostic(self, value: Json) -> tuple[str, str] | None:
        """The first place at which a value is not valid, and why; None for a valid one."""
        for error in self._library.iter_errors(self._schemas.canonical(self._part, value)):
            path: Path = tuple(error.absolute_path)
            return pointer_of(path), str(error.message)
        return None


class Validity:
    """Validators for the schemas of a document.

    Args:
        schemas: of the contract, also an attribute.
    """

    def __init__(self, schemas: Schemas) -> None:
        self.schemas = schemas
        self._validators: dict[tuple[int, ...], Validator] = {}
        self._strict: dict[str, Json] = {name: _strict(schema) for name, schema in schemas.components.items()}
        self._named: dict[tuple[int, ...], tuple[str, Part]] = {}
        self._loose: dict[str, Json] = {}
        for name, schema in schemas.components.items():
            self._loose[name] = self._lenient(Part(schema, f"/components/schemas/{escaped(name)}"))

    def documented(self, part: Part) -> Validator:
        """The validator of values as documented."""
        key = (*part.identity, True)
        if key not in self._validators:
            self._validators[key] = Validator(self.schemas, part, _together(part), self._strict)
        return self._validators[key]

    def lenient(self, part: Part) -> Validator:
        """The validator of values that decoding takes, by the stated leniency.

        Words, constants, ranges, lengths, patterns and further keys are not looked at, an optional property may be
        null, and a time may be any text or number.
        """
        key = (*part.identity, False)
        if key not in self._validators:
            self._validators[key] = Validator(self.schemas, part, self._lenient(part), self._loose)
        return self._validators[key]

    def listed(self, part: Part, value: Json) -> bool:
        """Whether decoding takes a value as one of the alternatives that are listed."""
        options: list[Json] = [self._shape(shape) for shape in self.schemas.shapes(part)]
        return bool(options) and Validator(self.schemas, part, {"anyOf": options}, self._loose).takes(value)

    def _lenient(self, part: Part) -> Json:
        schema = part.schema if isinstance(part.schema, dict) else {}
        named = str(schema.get("$ref", "/")).removeprefix("#/components/schemas/")
        if "/" not in named and not part.also and all(_SILENT.fullmatch(key) for key in schema):
            return {"$ref": schema["$ref"]}
        if part.identity not in self._named:
            # Under a name, since it may be in itself; the part is kept, so that nothing else gets its identity.
            name = f"lenient-{len(self._named)}"
            self._named[part.identity] = name, part
            options = [self._shape(shape) for shape in self.schemas.shapes(part)]
            if "discriminator" in schema:
                options.append({"type": "object"})  # a kind that is not listed keeps its body
            self._loose[name] = {"anyOf": options} if options else False
        return {"$ref": f"#/components/schemas/{self._named[part.identity][0]}"}

    def _shape(self, shape: Shape) -> Json:
        null: list[Json] = ["null"] if "null" in shape.types or None in (shape.enum_values or ()) else []
        if shape.time:
            return {"type": ["string", "number", *null]}
        if shape.enum_values is not None:
            kinds: list[Json] = [*dict.fromkeys(json_type_of(word) for word in shape.enum_values if word is not None)]
            return {"type": [*kinds, *null]} if kinds or shape.types else {}
        types: list[Json] = [*shape.types]
        found: dict[str, Json] = {"type": types} if types else {}
        if shape.properties:
            found["properties"] = self._properties(shape)
            found["required"] = [*sorted(shape.required & shape.properties.keys())]
        elif shape.values is not None:
            found["additionalProperties"] = self._lenient(shape.values)
        if shape.items is not None:
            found["items"] = self._lenient(shape.items)
        if shape.bounds.get("format") == "binary":
            found["pattern"] = _BASE64
        return found

    def _properties(self, shape: Shape) -> dict[str, Json]:
        null: Json = {"type": "null"}
        return {
            key: self._lenient(part) if key in shape.required else {"anyOf": [self._lenient(part), null]}
            for key, part in shape.properties.items()
        }


def _together(part: Part) -> Json:
    return {"allOf": [_strict(part.schema), *map(_together, part.also)]}


def _strict(schema: Json) -> Json:
    """A schema for the library: ``nullable`` of OpenAPI 3.0, which JSON Schema lacks, as an alternative."""
    if isinstance(schema, list):
        return [_strict(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    plain = {key: item if key in ("enum", "const", "default") else _strict(item) for key, item in schema.items()}
    return {"anyOf": [plain, {"type": "null"}]} if _nullable(plain) else plain


def _nullable(schema: Mapping[str, Json]) -> bool:
    return schema.get("nullable") is True
