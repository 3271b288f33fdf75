"""Normalises a validated document: OpenAPI 3.1, with all references resolved but those to schemas.

Whoever reads the result follows no references but those of schemas: shared parameters, bodies, responses, headers and
examples are where they are used; parameters and servers of a path are in its operations; an `example` is one of
the `examples`; an echo that examples prove is stated. Statements about the document itself (evidence, contradictions),
extensions of others, and what nothing is generated from (callbacks, links, webhooks, externalDocs) are left out.
"""

from __future__ import annotations

from typing import Any, Final, cast
from urllib.parse import unquote

from jobclients_core.methods import METHODS
from jobclients_core.pointers import join, split
from jobclients_core.schema import ELSEWHERE

from vendorsmith.build.echoes import state_echoes
from vendorsmith.diagnostics import Place
from vendorsmith.names import numbered
from vendorsmith.spec.derived import SCHEMA, Copier, DerivedDocument
from vendorsmith.spec.node_kinds import definitions
from vendorsmith.spec.refs import RefError, deref, escaped, resolve
from vendorsmith.spec.source import Document
from vendorsmith.spec.source_map import JSON, Object
from vendorsmith.spec.structure import EXTENSION_PLACES

_SCHEMAS: Final = ("components", "schemas")
_ABOUT_THE_DOCUMENT: Final = frozenset({"x-evidence", "x-contradictions", "x-selection"})
_GROWTH: Final = 32
_MINIMUM_BUDGET: Final = 1_000_000
_MEMBER: Final = 4
"""How large a normalised document may be: some characters, and more for each of the file; and what a member counts."""
_NOT_GENERATED: Final = frozenset({"callbacks", "externalDocs", "links", "webhooks"})
_KEPT_COMPONENTS: Final[tuple[str, ...]] = ("schemas", "securitySchemes")


class NormalisedDocument(DerivedDocument):
    """A normalised document. The subject of its places is where they are in the document that it was made of."""

    def place(self, pointer: str) -> Place:
        """Return where the value at a pointer is in the file, or its nearest parent."""
        return self.source.place(self.origin(pointer))

    def key_place(self, pointer: str) -> Place:
        """Return where the key of the value at a pointer is in the file."""
        return self.source.key_place(self.origin(pointer))


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


class _Normaliser(Copier):
    def __init__(self, document: Document) -> None:
        super().__init__(document)
        self._left = _MINIMUM_BUDGET + _GROWTH * len(document.text)
        self._elsewhere: set[str] = set()
        self._waiting: list[tuple[str, JSON]] = []

    def run(self) -> NormalisedDocument:
        document = self.document
        data = self.object("document", document.data, "", "")
        components = cast("Object", data.pop("components", {}))
        kept: Object = {key: components[key] for key in _KEPT_COMPONENTS if key in components}
        if self._waiting:
            kept[ELSEWHERE] = self._schemas_elsewhere()
        if kept:
            data["components"] = kept
        state_echoes(data)
        return NormalisedDocument.of(document, data, self.origins)

    def _schemas_elsewhere(self) -> Object:
        found: Object = {}
        while self._waiting:
            source, schema = self._waiting.pop(0)
            at = join("/components", ELSEWHERE, source)
            self.origins[at] = source
            found[source] = self.value(SCHEMA, schema, source, at)
        return found

    def value(self, grammar: dict[str, Any], node: JSON, source: str, target: str) -> JSON:
        """A copy of what is at `source` in the file, for the place `target` of the result."""
        self._left -= len(node) + _MEMBER if isinstance(node, str | dict | list) else _MEMBER
        if self._left < 0:
            raise TooLargeError
        return super().value(grammar, node, source, target)

    def reference(self, kind: str, node: Object, source: str, target: str) -> JSON:
        """A copy of what a reference leads to."""
        found, at = deref(self.document, node, source, None) or (node, source)
        self.origins[target] = at
        return self.object(kind, found, at, target) if isinstance(found, dict) else found

    def object(self, kind: str, node: Object, source: str, target: str) -> Object:
        """A copy of an object, in which everything is said in one way."""
        if kind == "path-item":
            return self._path_item(node, source, target)
        found = self.entries(definitions()[kind], node, source, target)
        if kind == "schema" and isinstance(node.get("$ref"), str):
            found["$ref"] = "#" + escaped(self._schema_target(node))
        elif kind in ("media-type", "parameter", "header") and "example" in found:
            self._example_among_others(found, source, target)
        return found

    def _example_among_others(self, found: Object, source: str, target: str) -> None:
        """Make `example` the first of the `examples`."""
        value = found.pop("example")
        others = cast("Object", found.get("examples", {}))
        name = numbered("example", others)
        found["examples"] = {name: {"value": value}, **others}
        self.origins[join(target, "examples", name, "value")] = join(source, "example")

    def entries(self, grammar: dict[str, Any], node: Object, source: str, target: str) -> Object:
        """Copies of the entries that clients are generated from."""
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
                found[key] = self.value(known, value, join(source, key), join(target, key))
        return found

    def _path_item(self, node: Object, source: str, target: str) -> Object:
        """A path, and its operations, each with the parameters and servers of the path that it does not replace."""
        grammar = definitions()["path-item"]["properties"]
        found: Object = {key: node[key] for key in ("summary", "description") if key in node}
        for method in (key for key in METHODS if key in node):
            at = join(target, method)
            self.origins[at] = join(source, method)
            operation = cast("Object", self.value(grammar[method], node[method], join(source, method), at))
            parameters = self._parameters(node, source, method, at)
            if parameters:
                operation["parameters"] = parameters
            if "servers" in node and "servers" not in operation:
                there = join(at, "servers")
                self.origins[there] = join(source, "servers")
                operation["servers"] = self.value(grammar["servers"], node["servers"], join(source, "servers"), there)
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
                found = deref(self.document, node, there, None) or (node, there)
                parameter = cast("Object", found[0])
                declared[parameter.get("in"), parameter.get("name")] = found
        copies: list[JSON] = []
        for index, (node, at) in enumerate(declared.values()):
            there = join(target, "parameters", index)
            self.origins[there] = at
            copies.append(self.value(grammar, node, at, there))
        return copies

    def _schema_target(self, node: Object) -> str:
        """The pointer in the result of the schema that a reference leads to."""
        reference = cast("str", node["$ref"])
        try:
            value, pointer = resolve(self.document, reference, suggest=False)
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
