"""What a mistake in a published document belongs to, and how that is left out or read more widely.

The test of safety: where a call that looks right could send something other than documented, what has the mistake is
left out: an optional parameter alone, else the operation. Where only a type gets wider, it is kept.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from jobclients_core.methods import METHODS
from jobclients_core.pointers import join, parent, split

from vendorsmith.diagnostics import Diagnostic
from vendorsmith.names import model, numbered
from vendorsmith.spec.check import entries, text
from vendorsmith.spec.node_kinds import NodeKinds
from vendorsmith.spec.published.edits import Edits
from vendorsmith.spec.refs import RefError, deref, resolve
from vendorsmith.spec.source import Document
from vendorsmith.spec.source_map import JSON, Object

_MISSING: Final[dict[str, Object]] = {
    "document": {"paths": {}, "info": {"title": "API", "version": "unknown"}},
    "info": {"title": "API", "version": "unknown"},
    "response": {"description": ""},
    "oauth-flow": {"scopes": {}},
    "server-variable": {"default": ""},
}
"""What is put in where a required key is missing that no request depends on."""

_SENT: Final = frozenset(("parameters", "requestBody", "security", "servers"))
"""Keys of an operation or a path that decide what is sent."""

EXTENSION: Final = "the extension is not read"
IGNORED: Final = "it is left out"
WIDER: Final = "any JSON value is accepted there"


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Something of a published document that nothing is generated from.

    Attributes:
        what: the operation, as method and path, or a parameter with its operation.
        operation: whether it is a whole operation.
        reason: what is wrong, and where.
    """

    what: str
    operation: bool
    reason: Diagnostic


class Mender:
    """Finds the owners of mistakes in one document, and collects what to change.

    Attributes:
        document: what the mistakes are in.
        edits: what to change.
        left_out: what nothing is generated from any more.
    """

    def __init__(self, document: Document) -> None:
        self.document = document
        self.edits = Edits()
        self.left_out: list[LeftOut] = []
        self._reason: Diagnostic | None = None
        self._named: set[str] = set()

    @cached_property
    def _objects(self) -> NodeKinds:
        return NodeKinds(self.document)

    @cached_property
    def _users(self) -> dict[str, list[str]]:
        """By pointer of a component, where it is referred to."""
        found: dict[str, list[str]] = defaultdict(list)
        for visit in self._objects.visits:
            reference = visit.node.get("$ref") if visit.reference else None
            if isinstance(reference, str):
                try:
                    found[resolve(self.document, reference, suggest=False)[1]].append(visit.pointer)
                except RefError:
                    continue
        return found

    def because(self, reason: Diagnostic) -> None:
        """Note the mistake that what follows is done for."""
        self._reason = reason

    def at(self, pointer: str) -> JSON:
        """Return the value at a pointer; None where there is none."""
        try:
            return self.document.at(pointer)
        except KeyError:
            return None

    def owner(self, pointer: str, *kinds: str) -> tuple[str, str]:
        """Return pointer and kind of the nearest object that a place is in, of certain kinds if any are given."""
        while pointer:
            kind = self._objects.kinds.get(pointer)
            if kind is not None and (not kinds or kind in kinds):
                return pointer, kind
            pointer = parent(pointer)
        return "", "document"

    def declares(self, path: str, name: str) -> bool:
        """Return whether every operation of a path declares a path parameter of a name."""
        node = self.at(path)
        methods = [node[method] for method in METHODS if method in node] if isinstance(node, dict) else []
        return bool(methods) and all(name in self._path_parameters(method, path) for method in methods)

    def _path_parameters(self, operation: JSON, pointer: str) -> set[str]:
        listed = operation.get("parameters") if isinstance(operation, dict) else None
        found = [deref(self.document, node, pointer, None) for node in (listed if isinstance(listed, list) else [])]
        nodes = [each[0] for each in found if each is not None and isinstance(each[0], dict)]
        return {text(node.get("name")) for node in nodes if node.get("in") == "path"}

    def free_name(self, schema: str) -> str | None:
        """Return a name for the class of a component that no other has; None for other schemas."""
        tokens = split(schema)
        if tokens[:2] != ("components", "schemas") or len(tokens) != 3:
            return None
        components = self.at("/components/schemas")
        others = [name for name in components if name != tokens[2]] if isinstance(components, dict) else []
        name = numbered(model(tokens[2]) or "Model", {*map(model, others), *self._named}, separator="")
        self._named.add(name)
        return name

    def drop(self, pointer: str) -> str | None:
        """Leave out or widen the nearest part around a place without which the document is right.

        Returns:
            What was done, in words; None where nothing can be done.
        """
        if extension := self._extension(pointer):
            self.edits.remove(extension)
            return EXTENSION
        owner, kind = self.owner(pointer)
        key = split(pointer)[len(split(owner))] if owner != pointer else ""
        match kind:
            case "schema":
                return self._widen(owner, key)
            case "parameter":
                return self.drop_parameter(owner)
            case "media-type" | "request-body" if self.owner(owner, "request-body")[0]:
                return self._drop_from_body(owner, kind, key)
            case "operation" if not key or key in _SENT:
                return self.drop_operations(owner)
            case "path-item" if not key or key in _SENT:
                return self.drop_operations(owner)
            case "server" if self.owner(owner, "operation", "path-item")[0]:
                return self.drop_operations(owner)
            case _:
                return self._drop_key(owner, kind, key)

    def _drop_key(self, owner: str, kind: str, key: str) -> str | None:
        node = self.at(owner)
        if key and isinstance(node, dict):
            self.edits.remove(join(owner, key))
            return IGNORED
        missing = {name: value for name, value in _MISSING.get(kind, {}).items() if isinstance(node, dict)}
        for name, value in missing.items():
            if name not in (node if isinstance(node, dict) else {}):
                self.edits.set(join(owner, name), value)
        if missing:
            return "it is taken to be empty"
        if not owner:
            return None
        self.edits.remove(owner)
        return IGNORED

    def _extension(self, pointer: str) -> str:
        """The pointer of the extension that a place is in; empty where it is in none."""
        tokens = split(pointer)
        for index, token in enumerate(tokens):
            holder = join("", *tokens[:index])
            # Where names are free, a key that begins so is a name like any other.
            if token.startswith("x-") and holder in self._objects.kinds:
                return join(holder, token)
        return ""

    def _widen(self, schema: str, key: str) -> str | None:
        node = self.at(schema)
        if key and key != "$ref" and isinstance(node, dict):
            self.edits.remove(join(schema, key))
            return f'"{key}" is not read'
        return self.any(schema)

    def any(self, schema: str) -> str | None:
        """Let a schema allow every value; a parameter has no way to write every value."""
        parameter = self.owner(schema, "parameter")[0]
        if parameter:
            node = self.at(parameter)
            if not isinstance(node, dict) or node.get("in") != "path":
                return self.drop_parameter(parameter)
            self.edits.set(schema, {"type": "string"})
            return "it is taken to be text"
        node = self.at(schema)
        kept = {key: node[key] for key in ("description",) if key in node} if isinstance(node, dict) else {}
        self.edits.set(schema, kept)
        return WIDER

    def _drop_from_body(self, owner: str, kind: str, key: str) -> str | None:
        """Leave out a key or a media type of a request's body; without any media type, its operations."""
        if kind == "media-type":
            if key and key not in ("schema", "encoding"):
                self.edits.remove(join(owner, key))
                return IGNORED
            content = self.at(parent(owner))
            if isinstance(content, dict) and len(content) > 1:
                self.edits.remove(owner)
                return "this media type is left out"
        elif key == "description":
            self.edits.remove(join(owner, key))
            return IGNORED
        return self.drop_operations(self.owner(owner, "request-body")[0])

    def spread(self, item: str) -> bool:
        """Put a copy of a path item, without names, wherever it is referred to; return whether it is."""
        node = self.at(item)
        users = self._users.get(item, []) if isinstance(node, dict) else []
        for user in users:
            unnamed = {key: _without_id(value) if key in METHODS else value for key, value in entries(node)}
            self.edits.set(user, unnamed, item)
        return bool(users)

    def drop_parameter(self, pointer: str) -> str | None:
        """Leave out a parameter where it is optional, else its operations; one of a component wherever it is used."""
        found = deref(self.document, self.at(pointer), pointer, None)
        node = found[0] if found is not None else None
        required = isinstance(node, dict) and (node.get("required") is True or node.get("in") == "path")
        if required:
            return self.drop_operations(pointer)
        self.edits.remove(pointer)
        named = (
            f"{text(node.get('in'))} parameter {text(node.get('name'))}" if isinstance(node, dict) else "a parameter"
        )
        for place in self._places(pointer):
            self.edits.remove(place)
            self._note(place, f"{named} of ", operation=False)
        return "the parameter is left out"

    def drop_operations(self, pointer: str) -> str:
        """Leave out every operation that something is part of, or that refers to it."""
        for place in self._places(pointer):
            owner, kind = self.owner(place, "operation", "path-item")
            for operation in [owner] if kind == "operation" else self._operations(owner):
                if not self.edits.gone(operation):
                    self._note(operation, "", operation=True)
            self.edits.remove(owner)
        if not self.owner(pointer, "operation", "path-item")[0]:
            self.edits.remove(join("", *split(pointer)[:3]))
        return "the operation is left out"

    def _operations(self, item: str) -> list[str]:
        node = self.at(item)
        return [join(item, method) for method in METHODS if method in node] if isinstance(node, dict) else []

    def _places(self, pointer: str) -> list[str]:
        """Where something is used: where it is, or where a component is referred to, by way of others or not."""
        found: list[str] = []
        work, seen = [pointer], {pointer}
        while work:
            place = work.pop(0)
            if self.owner(place, "operation", "path-item")[0]:
                found.append(place)
                continue
            component = join("", *split(place)[:3])
            users = [user for known in {place, component} for user in self._users.get(known, []) if user not in seen]
            seen.update(users)
            work += users
        return found

    def _note(self, place: str, prefix: str, *, operation: bool) -> None:
        assert self._reason is not None
        owner, kind = self.owner(place, "operation", "path-item")
        tokens = split(owner)
        label = tokens[1] if tokens[0] == "paths" else owner
        if kind == "operation":
            label = f"{tokens[-1].upper()} {label}"
        self.left_out.append(LeftOut(f"{prefix}{label}", operation, self._reason))


def _without_id(operation: JSON) -> JSON:
    return {key: value for key, value in entries(operation) if key != "operationId"}
