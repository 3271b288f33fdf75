"""What a spec documents as data: JSON Schemas without prose, and the examples and headers of answers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from vendorsmith.build.node import Node
from vendorsmith.ir import Definition, Example, ResponseHeader
from vendorsmith.ir_base import Json
from vendorsmith.spec.pointer import join, split
from vendorsmith.spec.refs import deref

_PLAIN = (
    "type",
    "enum",
    "const",
    "format",
    "multipleOf",
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "minLength",
    "maxLength",
    "minItems",
    "maxItems",
    "uniqueItems",
    "minProperties",
    "maxProperties",
    "required",
    "dependentRequired",
    "contentMediaType",
    "x-aliases",
    "x-time-format",
)
"""The keywords that are kept as they are. Patterns are not among them: no regular expression of a spec is ever run."""

_ONE = ("items", "additionalProperties", "not", "if", "then", "else", "contains", "propertyNames", "contentSchema")
_LISTS = ("allOf", "anyOf", "oneOf", "prefixItems")


@dataclass(slots=True)
class SchemaCopier:
    """Copies schemas as they stand in the document, without prose, and with what they refer to beside them.

    Attributes:
        root: the document's root node.
    """

    root: Node
    _definitions: dict[str, Json] = field(default_factory=dict[str, Json])
    _waiting: list[tuple[str, Node]] = field(default_factory=list[tuple[str, Node]])

    def copy(self, node: Node) -> Json:
        """A schema whose references lead to `definitions`.

        Args:
            node: the schema, as it is written.
        """
        if not isinstance(node.value, dict):
            return node.value if isinstance(node.value, bool) else {}
        found: dict[str, Json] = {}
        if isinstance(node.value.get("$ref"), str):
            target = deref(node.document, node.value, node.pointer, node.problems)
            if target is not None:
                found["$ref"] = f"#/components/schemas/{join('', self._name(node.at(*target)))[1:]}"
        found |= {key: node.value[key] for key in _PLAIN if key in node.value}
        found |= {key: self.copy(node.raw(key)) for key in _ONE if key in node.value}
        for key in _LISTS:
            options = node.raw(key)
            if isinstance(options.value, list):
                found[key] = [self.copy(options.raw(index)) for index in range(len(options.value))]
        properties = node.raw("properties")
        if isinstance(properties.value, dict):
            found["properties"] = {name: self.copy(properties.raw(name)) for name in properties.value}
        if node.has("patternProperties"):
            found.pop("additionalProperties", None)  # it speaks of what the patterns leave
        return found

    def _name(self, target: Node) -> str:
        """The key of a schema that is referred to: its component's, or the locator of one that stands elsewhere."""
        tokens = split(target.pointer)
        name = tokens[2] if tokens[:2] == ["components", "schemas"] and len(tokens) == 3 else target.locator
        if name not in self._definitions:
            self._definitions[name] = {}
            self._waiting.append((name, target))
        return name

    def definitions(self) -> tuple[Definition, ...]:
        """All schemas that the copies refer to, sorted; asked for once, after the last copy."""
        while self._waiting:
            name, node = self._waiting.pop()
            self._definitions[name] = self.copy(node)
        return tuple(Definition(name, schema) for name, schema in sorted(self._definitions.items()))


def examples(response: Node) -> Iterator[Example]:
    """The documented examples of an answer, of each media type, in the document's order.

    Args:
        response: the answer's node.
    """
    for media_type, media in response.get("content").items():
        if media.has("example"):
            yield Example(media_type, "example", media.raw("example").value)
        for name, example in media.get("examples").items():
            if example.has("value"):
                yield Example(media_type, name, example.raw("value").value)


def headers(response: Node, schemas: SchemaCopier) -> Iterator[ResponseHeader]:
    """The documented headers of an answer, in the document's order.

    Args:
        response: the answer's node.
        schemas: copies their schemas.
    """
    for name, header in response.get("headers").items():
        if name.lower() != "content-type":  # which is documented by the content
            named = (entry.raw("value").value for _, entry in header.get("examples").items() if entry.has("value"))
            first = header.raw("example").value if header.has("example") else next(named, None)
            yield ResponseHeader(name, header.flag("required"), schemas.copy(header.raw("schema")), first)
