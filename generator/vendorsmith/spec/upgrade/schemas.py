"""Schemas of Swagger 2.0 and OpenAPI 3.0 as JSON Schema: null, bounds, examples, encodings, what is beside `$ref`."""

from __future__ import annotations

from typing import Final, cast

from jobclients_core.pointers import join

from vendorsmith.diagnostics import Diagnostics
from vendorsmith.spec.derived import SCHEMA, Copier
from vendorsmith.spec.node_kinds import definitions
from vendorsmith.spec.source import Document
from vendorsmith.spec.source_map import JSON, Object
from vendorsmith.spec.wording import listing

_BOUNDS: Final = (("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum"))
_COMBINATIONS: Final = ("allOf", "anyOf", "oneOf")
_IMPLIED: Final = {"properties": "object", "additionalProperties": "object", "items": "array"}
"""The type that authors mean who write a keyword and no type."""
_BESIDE_NULL: Final = frozenset(
    ("title", "description", "default", "deprecated", "readOnly", "writeOnly", "example", "examples", "externalDocs")
)
"""What is said of a value whether it is null or not."""
_HARMLESS: Final = frozenset(("description", "summary", "deprecated", "title", "externalDocs", "xml"))
"""What may stay beside `$ref`, where 3.0 ignores it: it changes no value."""


class SchemaCopier(Copier):
    """Copies a document whose schemas are those of OpenAPI 3.0.

    Attributes:
        nullable: the keyword that says that a value may be null.
    """

    nullable = "nullable"

    def __init__(self, document: Document, diagnostics: Diagnostics) -> None:
        super().__init__(document)
        self.diagnostics = diagnostics

    def object(self, kind: str, node: Object, source: str, target: str) -> JSON:
        """Return the copy of an object; schemas become those of 3.1."""
        if kind != "schema":
            return super().object(kind, node, source, target)
        if isinstance(node.get("$ref"), str):
            return self._referring(node, source, target)
        return self._schema(node, source, target)

    def refer(self, reference: str) -> Object:
        """Return a reference of the copy for one of the document."""
        return {"$ref": reference}

    def _referring(self, node: Object, source: str, target: str) -> Object:
        """Return a schema with `$ref`, of which 3.0 ignores the rest."""
        reference = self.refer(cast("str", node["$ref"]))
        kept: Object = {key: value for key, value in node.items() if key in _HARMLESS or key.startswith("x-")}
        kept.pop(self.nullable, None)
        ignored = [key for key in node if key not in (*kept, "$ref", self.nullable, "example", "default")]
        if ignored:
            message = f'this version of OpenAPI ignores what is beside "$ref", and so is {listing(ignored, "and")} here'
            place = self.document.key_place(join(source, ignored[0]))
            self.diagnostics.warn("ignored-beside-ref", message, place, "write it where the schema itself is")
        if node.get(self.nullable) is not True:
            reference.update(kept)
            return reference
        self.origins[join(target, "anyOf", 0)] = source
        return {"anyOf": [reference, {"type": "null"}], **kept}

    def _schema(self, node: Object, source: str, target: str) -> Object:
        nullable = node.get(self.nullable) is True
        stated: Object = {key: value for key, value in node.items() if key != self.nullable}
        if nullable and any(key in node for key in _COMBINATIONS):
            return self._this_or_null(stated, source, target)
        schema = self.entries(definitions()["schema"], stated, source, target)
        self._rewrite(schema, source, target)
        return _or_null(schema) if nullable else schema

    def _this_or_null(self, node: Object, source: str, target: str) -> Object:
        """Return a schema that allows null beside what a combination describes, which itself may exclude it."""
        at = join(target, "anyOf", 0)
        beside: Object = {key: value for key, value in node.items() if key in _BESIDE_NULL or key.startswith("x-")}
        inner: Object = {key: value for key, value in node.items() if key not in beside}
        members = inner.get("allOf")
        if isinstance(members, list) and len(members) == 1 and not inner.keys() - {"allOf", "type"}:
            # How 3.0 writes a reference that something is beside.
            self.origins[at] = join(source, "allOf", 0)
            described = self.value(SCHEMA, members[0], join(source, "allOf", 0), at)
        else:
            self.origins[at] = source
            described = self._schema(inner, source, at)
        outer = self.entries(definitions()["schema"], beside, source, target)
        self._rewrite(outer, source, target)
        return {"anyOf": [described, {"type": "null"}], **outer}

    def _rewrite(self, schema: Object, source: str, target: str) -> None:
        """Write as 3.1 does what has nothing to do with null."""
        for bound, exclusive in _BOUNDS:
            if isinstance(schema.get(exclusive), bool):
                excluded = schema.pop(exclusive)
                if excluded and bound in schema:
                    schema[exclusive] = schema.pop(bound)
                    self.origins[join(target, exclusive)] = join(source, bound)
        examples = schema.get("examples", [])
        if "example" in schema and isinstance(examples, list):
            self.origins[join(target, "examples", len(examples))] = join(source, "example")
            schema["examples"] = [*examples, schema.pop("example")]
        if schema.get("format") == "byte" and schema.get("type") == "string":
            del schema["format"]
            schema["contentEncoding"] = "base64"
            self.origins[join(target, "contentEncoding")] = join(source, "format")


def _or_null(schema: Object) -> Object:
    """Return a schema that allows null as well."""
    kind = schema.get("type", next((kind for key, kind in _IMPLIED.items() if key in schema), None))
    found = dict(schema)
    if kind is not None:
        kinds: list[JSON] = kind if isinstance(kind, list) else [kind]
        found["type"] = kinds if "null" in kinds else [*kinds, "null"]
    values = schema.get("enum")
    if isinstance(values, list) and None not in values:
        # Strictly, an enum without null excludes it; who writes nullable beside it means that null may come.
        found["enum"] = [*values, None]
    return found
