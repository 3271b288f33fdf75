"""JSON Schema to types: every object, enumeration and root type gets a name; what stands inline is hoisted."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from jobclients_core.pointers import split
from jobclients_core.schema import is_json_text

from vendorsmith import names
from vendorsmith.build.cursor import Node
from vendorsmith.build.naming import spell
from vendorsmith.diagnostics import quote
from vendorsmith.ir import EnumValue, Property, Schema, TypeRef
from vendorsmith.ir_base import Json
from vendorsmith.spec.refs import deref

ANY = TypeRef("any")
_SCALARS = frozenset({"any", "null", "boolean", "integer", "number", "string", "date", "time", "bytes"})


@dataclass(slots=True)
class SchemaBuilder:
    """Turns schemas into `TypeRef`s and collects the named ones, each built once.

    Attributes:
        root: the document's root node.
        schemas: the named schemas by Python name, in the order of the document.
    """

    root: Node
    schemas: dict[str, Schema] = field(default_factory=dict[str, Schema])
    _named: dict[str, str] = field(default_factory=dict[str, str])
    _types: dict[str, TypeRef] = field(default_factory=dict[str, TypeRef])
    _open: set[str] = field(default_factory=set[str])
    _visited: set[str] = field(default_factory=set[str])
    _referred: set[str] = field(default_factory=set[str])
    _components: dict[str, Node] = field(default_factory=dict[str, Node])

    def add_components(self) -> None:
        """Name every component first, so that a hoisted schema can never take a component's name; then build them.

        No component is built inside another: what one refers to is an object, which is known by its name, or was built
        before. So the depth of the stack is that of one schema, however long the chain of references.
        """
        components = self.root.get("components").get("schemas")
        if not isinstance(components.value, dict):
            return
        for key in components.value:
            node = components.raw(key)
            name = spell(node, key, names.model, "schema")
            if name in self._components:
                self.root.problems.add(
                    "duplicate-name",
                    f"schema {quote(key)} would be the class {name}, which the schema at line "
                    f"{self._components[name].place.line} is already",
                    self.root.document.key_place(node.pointer),
                    "give one of them another name with x-python-name",
                )
            elif name:
                self._named[node.pointer] = name
                self._components[name] = node
                if _is_object(node):
                    self._types[node.pointer] = TypeRef("ref", name=name, nullable=_is_nullable(node))
        for key in components.value:
            node = components.raw(key)
            for needed in self._in_order(node):
                if not _is_object(needed):
                    self._build(needed)
            if _is_object(node) and node.pointer in self._named:
                self._build(node)

    def _in_order(self, start: Node) -> Iterator[Node]:
        """The components that one leads to and itself, each once and after those that it refers to, cycles aside."""
        work = [(start, True)]
        while work:
            node, entering = work.pop()
            if not entering:
                yield node
            elif node.pointer in self._named and node.pointer not in self._visited:
                self._visited.add(node.pointer)
                work.append((node, False))
                work += [(self._component_at(pointer), True) for pointer in reversed(_targets(node))]

    def _component_at(self, pointer: str) -> Node:
        """The component that a pointer leads to or into."""
        components = self.root.get("components").get("schemas")
        tokens = split(pointer)
        return components.raw(tokens[2]) if tokens[:2] == ("components", "schemas") and len(tokens) > 2 else components

    def body(self, node: Node, name: str) -> TypeRef:
        """The type of a request or answer body, always a named one: other types get an alias of the given name.

        An enumeration gets one too, since its class alone has no room for words that are not listed yet.
        """
        type_ = self.type(node, name)
        listed = type_.kind == "ref" and type_.name in self.schemas and self.schemas[type_.name].kind == "enum"
        if type_.kind == "ref" and not type_.nullable and not listed:
            return type_
        alias = self._free_name(name)
        self.schemas[alias] = Schema(alias, "alias", node.text("description"), node.locator, type=type_)
        return TypeRef("ref", name=alias)

    def type(self, node: Node, name: str) -> TypeRef:
        """The type of a schema; `name` is what an inline object or enumeration in it will be called."""
        if not isinstance(node.value, dict):
            return ANY
        if isinstance(node.value.get("$ref"), str):
            return _marked(self._reference(node, name), node)
        return _marked(self._plain(node, name), node)

    def _reference(self, node: Node, name: str) -> TypeRef:
        target = deref(node.document, node.value, node.pointer, node.problems)
        if target is None:
            return ANY
        resolved = node.at(*target)
        if resolved.pointer in self._named:
            return self._component(resolved)
        if resolved.pointer in self._open:
            return ANY
        if resolved.pointer not in self._types:
            self._open.add(resolved.pointer)
            self._types[resolved.pointer] = self.type(resolved, name)
            self._open.discard(resolved.pointer)
        return self._types[resolved.pointer]

    def _component(self, node: Node) -> TypeRef:
        """The type by which a component is referred to: its name, or the type itself for a scalar or a JSON text."""
        if node.pointer not in self._types:  # a cycle, or a reference into the middle of one
            self._referred.add(node.pointer)
            self._types[node.pointer] = TypeRef("ref", name=self._named[node.pointer])
        return self._types[node.pointer]

    def _build(self, node: Node) -> None:
        """Build a component, once.

        The name of a JSON text would be evaluated where it stands in the module, maybe before what it holds.
        """
        name = self._named[node.pointer]
        if isinstance(node.value, dict) and isinstance(node.value.get("$ref"), str):
            type_ = self._reference(node, name)
        else:
            type_ = _marked(self._plain(node, name, component=True), node)
        plain = (type_.kind in _SCALARS or _holds_json_text(type_)) and node.pointer not in self._referred
        if plain or type_.name == name:  # its own name, or that and null
            self._types[node.pointer] = type_
        else:
            self.schemas[name] = Schema(name, "alias", node.text("description"), node.locator, type=type_)
            self._types[node.pointer] = TypeRef("ref", name=name)

    def _plain(self, node: Node, name: str, *, component: bool = False) -> TypeRef:
        kinds = _type_names(node)
        nullable = _is_nullable(node)
        kinds = [kind for kind in kinds if kind != "null"]
        if node.has("allOf"):
            return _null(self._all_of(node, name, component=component), nullable)
        if node.has("oneOf") or node.has("anyOf"):
            union = self._union(node, name)
            if union is not None:
                return _null(union, nullable)
        if node.has("enum") or node.has("const"):
            return _null(self._enum(node, name, component=component), nullable or _has_null(node))
        if node.text("x-time-format"):
            return TypeRef("time", time_format=node.text("x-time-format"), nullable=nullable)
        if len(kinds) > 1:
            variants = tuple(self._single(node, kind, name, component=False) for kind in kinds)
            return _null(_one_of(variants), nullable)
        kind = kinds[0] if kinds else _implied(node, nullable=nullable)
        return _null(self._single(node, kind, name, component=component), nullable and kind != "null")

    def _single(self, node: Node, kind: str, name: str, *, component: bool) -> TypeRef:
        if kind == "object":
            return self._object(node, name, component=component)
        if kind == "array":
            return TypeRef("array", items=self.type(node.raw("items"), f"{name}Item"))
        if kind == "string":
            return self._string(node, name)
        if kind in ("boolean", "integer", "number", "null"):
            return TypeRef(kind)  # type: ignore[arg-type]  # narrowed by the line above
        return ANY

    def _string(self, node: Node, name: str) -> TypeRef:
        if isinstance(node.value, dict) and is_json_text(node.value):
            return TypeRef("json_text", items=self.type(node.raw("contentSchema"), f"{name}Content"))
        match node.text("format"):
            case "date-time":
                return TypeRef("time", time_format="rfc3339")
            case "date":
                return TypeRef("date")
            case "binary":
                return TypeRef("bytes")
            case _:
                return TypeRef("string")

    def _object(self, node: Node, name: str, *, component: bool) -> TypeRef:
        properties = node.raw("properties")
        if not properties.value:
            extra = node.raw("additionalProperties")
            items = self.type(extra, f"{name}Value") if isinstance(extra.value, dict) else ANY
            return TypeRef("map", items=items)
        required = frozenset(node.texts("required"))
        return self._add_object(node, name, [(properties, required)], component=component)

    def _add_object(
        self, node: Node, name: str, parts: list[tuple[Node, frozenset[str]]], *, component: bool
    ) -> TypeRef:
        """Register an object made of one or more `properties`; a later part's property replaces an earlier one's."""
        final = name if component else self._free_name(name)
        self.schemas[final] = Schema(final, "object", node.text("description"), node.locator)  # keeps the order
        entries: dict[str, Node] = {}
        for properties, _ in parts:
            for wire in properties.value if isinstance(properties.value, dict) else ():
                entries[wire] = properties.raw(wire)
        required = frozenset[str]().union(*(names_ for _, names_ in parts))
        taken: set[str] = set()
        built: list[Property] = []
        for wire, entry in entries.items():
            built.append(self._property(entry, wire, final, wire in required, taken))
            taken.add(built[-1].name)
        self.schemas[final] = dataclasses.replace(self.schemas[final], properties=tuple(built))
        return TypeRef("ref", name=final)

    def _property(self, node: Node, wire: str, owner: str, required: bool, taken: set[str]) -> Property:
        name = spell(node, wire, lambda text: names.snake(text, names.FIELD_NAMES), "property")
        return Property(
            wire=wire,
            name=names.numbered(name, taken),
            type=self.type(node, owner + names.pascal(wire, frozenset())),
            required=required,
            description=node.text("description"),
            aliases=node.texts("x-aliases"),
        )

    def _enum(self, node: Node, name: str, *, component: bool) -> TypeRef:
        values: list[Json] = (
            [item.value for item in node.get("enum")] if node.has("enum") else [node.get("const").value]
        )
        values = [value for value in values if value is not None]
        if not node.has("enum") or not values or not all(isinstance(value, str) for value in values):
            return _type_of_values(values)
        final = name if component else self._free_name(name)
        spelled = node.texts("x-enum-varnames")
        members: list[EnumValue] = []
        taken: set[str] = set()
        for index, value in enumerate(str(value) for value in values):
            member = names.member(spelled[index] if index < len(spelled) else value)
            members.append(EnumValue(value, names.numbered(member, taken)))
            taken.add(members[-1].name)
        self.schemas[final] = Schema(final, "enum", node.text("description"), node.locator, values=tuple(members))
        return TypeRef("ref", name=final)

    def _all_of(self, node: Node, name: str, *, component: bool) -> TypeRef:
        """Objects are merged into one; where the parts are no objects, the first that says something stands."""
        parts: list[tuple[Node, frozenset[str]]] = []
        others: list[Node] = []
        self._collect(node, node, parts, others, set())
        elements = node.get("allOf").value
        own = node.has("properties")
        if isinstance(elements, list) and len(elements) == 1 and not own:
            return self.type(node.raw("allOf").raw(0), name)
        if parts:
            return self._add_object(node, name, parts, component=component)
        return self.type(others[0], name) if others else TypeRef("map", items=ANY)

    def _collect(
        self,
        written: Node,
        node: Node,
        parts: list[tuple[Node, frozenset[str]]],
        others: list[Node],
        seen: set[str],
    ) -> None:
        """Sort the elements of an `allOf`, and theirs, into objects and others, each once; the latter as written."""
        if node.pointer in seen:
            return
        seen.add(node.pointer)
        elements = node.get("allOf")
        for index, element in enumerate(elements):
            self._collect(elements.raw(index), element, parts, others, seen)
        if node.has("properties") or node.has("required"):
            parts.append((node.raw("properties"), frozenset(node.texts("required"))))
        elif not node.has("allOf") and _says_more(node):
            others.append(written)

    def _union(self, node: Node, name: str) -> TypeRef | None:
        """The alternatives; None when they only constrain an object that is described beside them."""
        key = "oneOf" if node.has("oneOf") else "anyOf"
        choices = node.raw(key)
        count = len(choices.value) if isinstance(choices.value, list) else 0
        variants: list[TypeRef] = []
        for index in range(count):
            choice = choices.raw(index)
            if node.has("properties") and not (choice.has("$ref") or choice.has("properties")):
                continue
            variants.append(self.type(choice, f"{name}Option{index + 1}"))
        if not variants:
            return None
        # A kind that is not listed yet keeps its body.
        others = [TypeRef("map", items=ANY)] if node.has("discriminator") else []
        return _one_of([*variants, *others])

    def _free_name(self, name: str) -> str:
        return names.numbered(names.model(name), {*self._components, *self.schemas}, separator="")


def _type_names(node: Node) -> list[str]:
    value = node.get("type").value
    if isinstance(value, str):
        return [value]
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []


def _is_nullable(node: Node) -> bool:
    return "null" in _type_names(node) or node.flag("nullable")


_COMBINED = ("$ref", "allOf", "oneOf", "anyOf", "enum", "const", "x-time-format")


def _is_object(node: Node) -> bool:
    """Whether a look at the schema itself tells that it is an object with properties, whatever else it refers to."""
    kinds = [kind for kind in _type_names(node) if kind != "null"]
    described = bool(node.raw("properties").value) and not any(node.has(key) for key in _COMBINED)
    return described and kinds in ([], ["object"])


def _targets(node: Node) -> list[str]:
    """Where the references in a schema lead, in its order."""
    found: list[str] = []
    work = [node.value]
    while work:
        value = work.pop()
        if isinstance(value, dict):
            if isinstance(value.get("$ref"), str):
                target = deref(node.document, value, "", None)
                found += [target[1]] if target is not None else []
            work += reversed(value.values())
        elif isinstance(value, list):
            work += reversed(value)
    return found


def _says_more(node: Node) -> bool:
    """Whether a schema without properties says what a value is, rather than that it is some object."""
    says = ("enum", "const", "oneOf", "anyOf", "items", "additionalProperties", "contentMediaType", "x-time-format")
    return any(kind != "object" for kind in _type_names(node)) or any(node.has(key) for key in says)


def _implied(node: Node, *, nullable: bool) -> str:
    if node.has("properties") or node.has("additionalProperties"):
        return "object"
    if node.has("items"):
        return "array"
    if node.has("contentMediaType"):
        return "string"
    return "null" if nullable else "any"


def _has_null(node: Node) -> bool:
    return any(item.value is None for item in node.get("enum"))


def _type_of_values(values: list[Json]) -> TypeRef:
    """The type of enumerated values that are not all words."""
    found = tuple(dict.fromkeys(_type_of_value(value) for value in values))
    if len(found) == 1:
        return found[0]
    return _one_of(found)


def _one_of(variants: Sequence[TypeRef]) -> TypeRef:
    """One of some types: alternatives of alternatives count as such, each once, and null makes the rest nullable."""
    flat = [inner for variant in variants for inner in (variant.variants or (variant,))]
    nullable = any(variant.nullable or variant.kind == "null" for variant in (*variants, *flat))
    distinct = tuple(dict.fromkeys(dataclasses.replace(v, nullable=False) for v in flat if v.kind != "null"))
    if not distinct:
        return TypeRef("null")
    return _null(distinct[0] if len(distinct) == 1 else TypeRef("union", variants=distinct), nullable)


def _type_of_value(value: Json) -> TypeRef:
    match value:
        case bool():
            return TypeRef("boolean")
        case int():
            return TypeRef("integer")
        case float():
            return TypeRef("number")
        case str():
            return TypeRef("string")
        case _:
            return ANY


def _holds_json_text(type_: TypeRef) -> bool:
    inner = (*type_.variants, *([type_.items] if type_.items else []))
    return type_.kind == "json_text" or any(map(_holds_json_text, inner))


def _marked(type_: TypeRef, node: Node) -> TypeRef:
    """A type that is secret if its schema says so, or what stands beside a reference to it."""
    return dataclasses.replace(type_, secret=True) if node.flag("x-secret") else type_


def _null(type_: TypeRef, nullable: bool) -> TypeRef:
    return dataclasses.replace(type_, nullable=True) if nullable else type_
