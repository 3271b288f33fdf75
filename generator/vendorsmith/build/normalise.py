"""Normalises a validated document: OpenAPI 3.1, with all references resolved but those to schemas.

Whoever reads the result follows no references but those of schemas: shared parameters, bodies, responses, headers and
examples are where they are used; parameters and servers of a path are in its operations; an `example` is one of
the `examples`; an echo that examples prove is stated. Statements about the document itself (evidence, contradictions),
extensions of others, and what nothing is generated from (callbacks, links, webhooks, externalDocs) are left out.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final, cast
from urllib.parse import quote, unquote

from jobclients_core.methods import METHODS
from jobclients_core.pointers import join, parent, split
from jobclients_core.schema import ELSEWHERE

from vendorsmith.build.echoes import state_echoes
from vendorsmith.diagnostics import Place
from vendorsmith.names import numbered
from vendorsmith.spec.node_kinds import definitions
from vendorsmith.spec.refs import RefError, deref, resolve
from vendorsmith.spec.source import Document
from vendorsmith.spec.source_map import JSON, Object
from vendorsmith.spec.structure import EXTENSION_PLACES

_DEFS: Final = "#/$defs/"
_OR_REFERENCE: Final = "-or-reference"
_SCHEMAS: Final = ("components", "schemas")
_ABOUT_THE_DOCUMENT: Final = frozenset({"x-evidence", "x-contradictions"})
_GROWTH: Final = 32
_MINIMUM_BUDGET: Final = 1_000_000
_MEMBER: Final = 4
"""How large a normalised document may be: some characters, and more for each of the file; and what a member counts."""
_NOT_GENERATED: Final = frozenset({"callbacks", "externalDocs", "links", "webhooks"})
_KEPT_COMPONENTS: Final[tuple[str, ...]] = ("schemas", "securitySchemes")


@dataclass(frozen=True, eq=False)
class NormalisedDocument(Document):
    """A normalised document. Pointers are those of `data`; places are those of the file that it was read from.

    Attributes:
        source: the document as it was read.
        origins: by pointer in `data`, the pointer in the file of each part that is elsewhere there.
    """

    source: Document = field(repr=False)
    origins: dict[str, str] = field(repr=False)

    def place(self, pointer: str) -> Place:
        """Return where the value at a pointer is in the file, or its nearest parent."""
        return self.source.place(self.origin(pointer))

    def key_place(self, pointer: str) -> Place:
        """Return where the key of the value at a pointer is in the file."""
        return self.source.key_place(self.origin(pointer))

    def origin(self, pointer: str) -> str:
        """Return the pointer in the file of what is at a pointer here."""
        known = pointer
        while known and known not in self.origins:
            known = parent(known)
        return self.origins.get(known, known) + pointer[len(known) :]


def normalise(document: Document) -> NormalisedDocument:
    """Normalise a document.

    Args:
        document: a valid one; references that lead nowhere are kept as they are.

    Raises:
        TooLargeError: it would be more than 32 times as large as the file.
    """
    return _Normaliser(document).run()


class TooLargeError(Exception):
    """What is shared is used so often that the normalised document would be many times as large."""


class _Normaliser:
    def __init__(self, document: Document) -> None:
        self._document = document
        self._left = _MINIMUM_BUDGET + _GROWTH * len(document.text)
        self._origins: dict[str, str] = {}
        self._elsewhere: set[str] = set()
        self._waiting: list[tuple[str, JSON]] = []

    def run(self) -> NormalisedDocument:
        document = self._document
        data = self._object("document", document.data, "", "")
        components = cast("Object", data.pop("components", {}))
        kept: Object = {key: components[key] for key in _KEPT_COMPONENTS if key in components}
        if self._waiting:
            kept[ELSEWHERE] = self._schemas_elsewhere()
        if kept:
            data["components"] = kept
        state_echoes(data)
        return NormalisedDocument(document.file, document.text, data, document.position, document, self._origins)

    def _schemas_elsewhere(self) -> Object:
        found: Object = {}
        while self._waiting:
            source, schema = self._waiting.pop(0)
            at = join("/components", ELSEWHERE, source)
            self._origins[at] = source
            found[source] = self._value({"$ref": f"{_DEFS}schema"}, schema, source, at)
        return found

    def _value(self, grammar: dict[str, Any], node: JSON, source: str, target: str) -> JSON:
        """A copy of what is at `source` in the file, for the place `target` of the result."""
        self._left -= len(node) + _MEMBER if isinstance(node, str | dict | list) else _MEMBER
        if self._left < 0:
            raise TooLargeError
        name = str(grammar.get("$ref", "")).removeprefix(_DEFS)
        kind = name.removesuffix(_OR_REFERENCE)
        if kind != name and isinstance(node, dict) and "$ref" in node:
            node, source = deref(self._document, node, source, None) or (node, source)
            self._origins[target] = source
        if kind in definitions() and isinstance(node, dict):
            return self._object(kind, node, source, target)
        if isinstance(node, dict):
            return self._entries(grammar, node, source, target)
        if isinstance(node, list) and "items" in grammar:
            return [
                self._value(grammar["items"], item, f"{source}/{index}", f"{target}/{index}")
                for index, item in enumerate(node)
            ]
        return node

    def _object(self, kind: str, node: Object, source: str, target: str) -> Object:
        if kind == "path-item":
            return self._path_item(node, source, target)
        found = self._entries(definitions()[kind], node, source, target)
        if kind == "schema" and isinstance(node.get("$ref"), str):
            found["$ref"] = "#" + quote(self._schema_target(node), safe="/~!$&'()*+,;=:@")
        elif kind in ("media-type", "parameter", "header") and "example" in found:
            self._example_among_others(found, source, target)
        return found

    def _example_among_others(self, found: Object, source: str, target: str) -> None:
        """Make `example` the first of the `examples`."""
        value = found.pop("example")
        others = cast("Object", found.get("examples", {}))
        name = numbered("example", others)
        found["examples"] = {name: {"value": value}, **others}
        self._origins[join(target, "examples", name, "value")] = join(source, "example")

    def _entries(self, grammar: dict[str, Any], node: Object, source: str, target: str) -> Object:
        properties: dict[str, Any] = grammar.get("properties", {})
        others = grammar.get("additionalProperties")
        extensible = "patternProperties" in grammar
        found: Object = {}
        for key, value in node.items():
            if extensible and key.startswith("x-"):
                if key in EXTENSION_PLACES and key not in _ABOUT_THE_DOCUMENT:
                    found[key] = _facts_only(value)
            elif key not in _NOT_GENERATED or key not in properties:
                inner = properties.get(key, others)
                known = cast("dict[str, Any]", inner) if isinstance(inner, dict) else {}
                found[key] = self._value(known, value, join(source, key), join(target, key))
        return found

    def _path_item(self, node: Object, source: str, target: str) -> Object:
        """A path, and its operations, each with the parameters and servers of the path that it does not replace."""
        grammar = definitions()["path-item"]["properties"]
        found: Object = {key: node[key] for key in ("summary", "description") if key in node}
        for method in (key for key in METHODS if key in node):
            at = join(target, method)
            self._origins[at] = join(source, method)
            operation = cast("Object", self._value(grammar[method], node[method], join(source, method), at))
            parameters = self._parameters(node, source, method, at)
            if parameters:
                operation["parameters"] = parameters
            if "servers" in node and "servers" not in operation:
                there = join(at, "servers")
                self._origins[there] = join(source, "servers")
                operation["servers"] = self._value(grammar["servers"], node["servers"], join(source, "servers"), there)
            found[method] = operation
        return found

    def _parameters(self, item: Object, source: str, method: str, target: str) -> list[JSON]:
        """The parameters of an operation: those of its path first, each replaced by the operation's own."""
        grammar = definitions()["path-item"]["properties"]["parameters"]["items"]
        own = cast("Object", item[method]).get("parameters")
        declared: dict[tuple[JSON, JSON], tuple[JSON, str]] = {}
        for listed, at in ((item.get("parameters"), source), (own, join(source, method))):
            for index, node in enumerate(listed if isinstance(listed, list) else []):
                there = join(at, "parameters", index)
                found = deref(self._document, node, there, None) or (node, there)
                parameter = cast("Object", found[0])
                declared[parameter.get("in"), parameter.get("name")] = found
        copies: list[JSON] = []
        for index, (node, at) in enumerate(declared.values()):
            there = join(target, "parameters", index)
            self._origins[there] = at
            copies.append(self._value(grammar, node, at, there))
        return copies

    def _schema_target(self, node: Object) -> str:
        """The pointer in the result of the schema that a reference leads to."""
        reference = cast("str", node["$ref"])
        try:
            value, pointer = resolve(self._document, reference, suggest=False)
        except RefError:
            return unquote(reference.removeprefix("#"))
        if split(pointer)[:2] == _SCHEMAS:
            return pointer
        if pointer not in self._elsewhere:
            self._elsewhere.add(pointer)
            self._waiting.append((pointer, value))
        return join("/components", ELSEWHERE, pointer)


def _facts_only(value: JSON) -> JSON:
    """What an extension says, without evidence and contradictions."""
    if isinstance(value, dict):
        return {key: _facts_only(inner) for key, inner in value.items() if key not in _ABOUT_THE_DOCUMENT}
    return [_facts_only(item) for item in value] if isinstance(value, list) else value
