"""The operations that a client is wanted for, and the components that these need; the rest is left out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Final, cast

from jobclients_core.methods import METHODS
from jobclients_core.pointers import join, split

from vendorsmith.diagnostics import Diagnostics, quote
from vendorsmith.spec.check import entries, text
from vendorsmith.spec.derived import DerivedDocument
from vendorsmith.spec.refs import RefError, deref, pointer_of
from vendorsmith.spec.source import Document
from vendorsmith.spec.source_map import JSON, Object
from vendorsmith.spec.wording import meant_or_known

SELECTION: Final = "x-selection"
_USERS: Final = ("x-auth", "x-jobs", "x-rate-limits")
"""What at the root names operations that it needs."""


@dataclass(frozen=True, slots=True)
class Selection:
    """What is wanted of a document: an operation that any of these names. All operations where there is none.

    Attributes:
        tags: of operations.
        paths: patterns of paths, in which `*` stands for any characters.
        operations: operationIds.
    """

    tags: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()
    operations: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.tags or self.paths or self.operations)


ALL: Final = Selection()
"""Everything in the document."""


@dataclass(frozen=True, slots=True)
class _Operation:
    """An operation of a document, and where it is."""

    path: str
    method: str
    node: Object
    pointer: str

    @property
    def tags(self) -> list[JSON]:
        found = self.node.get("tags")
        return found if isinstance(found, list) else []


def selected(document: Document, asked: Selection, diagnostics: Diagnostics) -> Document:
    """Return a document with the operations that are wanted, and the components that they need.

    Operations that jobs, credentials and rate limits of the document name are always wanted.

    Args:
        document: in the shape of OpenAPI 3.1.
        asked: what the user asked for, in addition to `x-selection` of the document.
        diagnostics: takes what is wanted and is not there.
    """
    said = document.data.get(SELECTION)
    stated = Selection(*(_texts(said, key) for key in ("tags", "paths", "operations")))
    if not stated and not asked:
        return document
    operations = list(_operations(document))
    wanted = _wanted(operations, stated, asked)
    _check(document, operations, stated, asked, diagnostics)
    needed = {name for key in _USERS for name in _named(document.data.get(key))}
    wanted += (one for one in operations if one.node.get("operationId") in needed and one not in wanted)
    if not wanted:
        return document  # that was reported, and the rest of the document is checked all the same
    return _Reduction(document, operations, wanted).run()


def _texts(node: JSON, key: str) -> tuple[str, ...]:
    """The strings of a list; what is wrong with it, the check of the structure reports."""
    value = node.get(key) if isinstance(node, dict) else None
    return tuple(item for item in value if isinstance(item, str)) if isinstance(value, list) else ()


def _operations(document: Document) -> Iterator[_Operation]:
    for path, item in entries(document.data.get("paths")):
        found = deref(document, item, join("/paths", path), None)
        node, pointer = found or (None, "")
        for method in METHODS:
            operation = node.get(method) if isinstance(node, dict) else None
            if isinstance(operation, dict):
                yield _Operation(path, method, operation, join(pointer, method))


def _wanted(operations: list[_Operation], *selections: Selection) -> list[_Operation]:
    return [
        operation
        for operation in operations
        if any(
            set(selection.tags) & {tag for tag in operation.tags if isinstance(tag, str)}
            or text(operation.node.get("operationId")) in selection.operations
            or any(fnmatchcase(operation.path, pattern) for pattern in selection.paths)
            for selection in selections
        )
    ]


def _check(
    document: Document, operations: list[_Operation], stated: Selection, asked: Selection, diagnostics: Diagnostics
) -> None:
    """Report what is wanted and is not there."""
    known = {
        "tags": [tag for operation in operations for tag in operation.tags if isinstance(tag, str)],
        "paths": [operation.path for operation in operations],
        "operations": [text(operation.node.get("operationId")) for operation in operations],
    }
    for selection in (stated, asked):
        for key, there in known.items():
            for word in cast("tuple[str, ...]", getattr(selection, key)):
                if _wanted(operations, Selection(**{key: (word,)})):
                    continue
                listed = list(dict.fromkeys(filter(None, there)))
                message = f"no operation has the {_WORDS[key]} {quote(word)}"
                place = (
                    document.place(f"/{SELECTION}/{key}/{_index(document, key, word)}") if selection is stated else None
                )
                diagnostics.add("selection-no-match", message, place, meant_or_known(word, listed, "there are"))


_WORDS: Final = {"tags": "tag", "paths": "path", "operations": "operationId"}


def _index(document: Document, key: str, word: str) -> int:
    return cast("list[JSON]", cast("Object", document.data[SELECTION])[key]).index(word)


def _named(node: JSON) -> Iterator[str]:
    """The operations that an extension names."""
    if isinstance(node, dict):
        for key, value in node.items():
            if key == "operationId" and isinstance(value, str):
                yield value
            elif key == "operations" and isinstance(value, list):
                yield from (item for item in value if isinstance(item, str))
            else:
                yield from _named(value)
    elif isinstance(node, list):
        for item in node:
            yield from _named(item)


class _Reduction:
    """What is left of a document."""

    def __init__(self, document: Document, operations: list[_Operation], wanted: list[_Operation]) -> None:
        self._document = document
        self._others = {(one.path, one.method) for one in operations} - {(one.path, one.method) for one in wanted}
        self._wanted = {one.path for one in wanted}
        self._origins: dict[str, str] = {}

    def run(self) -> Document:
        document = self._document
        data = {key: value for key, value in document.data.items() if key != "webhooks"}
        data["paths"] = {
            path: item if path.startswith("x-") else self._path_item(path, item)
            for path, item in entries(document.data.get("paths"))
            if path in self._wanted or path.startswith("x-")
        }
        components = document.data.get("components")
        if isinstance(components, dict):
            data["components"] = self._components(components, data)
        return DerivedDocument.of(document, data, self._origins)

    def _path_item(self, path: str, item: JSON) -> JSON:
        """A path with the operations that are wanted."""
        at = join("/paths", path)
        node, pointer = deref(self._document, item, at, None) or (item, at)
        if pointer != at:
            self._origins[at] = pointer
        if not isinstance(node, dict):
            return node
        return {key: value for key, value in node.items() if (path, key) not in self._others}

    def _components(self, components: Object, data: Object) -> Object:
        """The components that what is left refers to, directly or not."""
        needed: set[tuple[str, str]] = set()
        roots: list[JSON] = [value for key, value in data.items() if key != "components"]
        waiting = [name for root in roots for name in _references(root)]
        waiting += [("securitySchemes", name) for name in _schemes(data)]
        while waiting:
            section, name = waiting.pop()
            named = components.get(section)
            if (section, name) not in needed and isinstance(named, dict) and name in named:
                needed.add((section, name))
                waiting += _references(named[name])
                waiting += self._children(components, name, named[name]) if section == "schemas" else ()
        return {
            section: {name: value for name, value in named.items() if (section, name) in needed}
            if isinstance(named, dict) and not section.startswith("x-")
            else named
            for section, named in components.items()
        }

    @staticmethod
    def _children(components: Object, name: str, schema: JSON) -> Iterator[tuple[str, str]]:
        """The schemas that a discriminator may choose though nothing refers to them: those made of its owner."""
        if isinstance(schema, dict) and "discriminator" in schema:
            for child, value in entries(components.get("schemas")):
                parts = value.get("allOf") if isinstance(value, dict) else None
                if ("schemas", name) in {
                    found for part in _dicts(parts) for found in _references(part.get("$ref"), "$ref")
                }:
                    yield "schemas", child


def _dicts(node: JSON) -> list[Object]:
    return [item for item in node if isinstance(item, dict)] if isinstance(node, list) else []


def _references(node: JSON, key: str = "") -> Iterator[tuple[str, str]]:
    """The components that a value refers to, by section and name; also what only looks like a reference."""
    if isinstance(node, dict):
        for inner, value in node.items():
            if inner == "mapping":
                yield from _mapped(value)
            yield from _references(value, inner)
    elif isinstance(node, list):
        for item in node:
            yield from _references(item)
    elif key == "$ref" and isinstance(node, str) and node.startswith("#/"):
        try:
            tokens = split(pointer_of(node))
        except RefError:
            return
        if tokens[0] == "components" and len(tokens) > 2:
            yield tokens[1], tokens[2]


def _mapped(mapping: JSON) -> Iterator[tuple[str, str]]:
    """The schemas that the mapping of a discriminator names, by name or by reference."""
    for _, name in entries(mapping):
        if isinstance(name, str):
            yield from _references(name, "$ref") if name.startswith("#") else [("schemas", name)]


def _schemes(data: Object) -> Iterator[str]:
    """The security schemes that operations require, and that credentials get tokens for."""
    operations = [value for _, item in entries(data.get("paths")) for _, value in entries(item)]
    for owner in (data, *operations):
        requirements = owner.get("security") if isinstance(owner, dict) else None
        for requirement in _dicts(requirements):
            yield from requirement
    for _, credential in entries(data.get("x-auth")):
        if isinstance(credential, dict):
            yield text(credential.get("into"))
