"""JSON Schema to types: every object, enumeration and root type gets a name; what is inline is hoisted."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from jobclients_core.pointers import split
from jobclients_core.schema import is_json_text

from vendorsmith import names
from vendorsmith.build.cursor import Cursor
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

    root: Cursor
    schemas: dict[str, Schema] = field(default_factory=dict[str, Schema])
    _named: dict[str, str] = field(default_factory=dict[str, str])
    _types: dict[str, TypeRef] = field(default_factory=dict[str, TypeRef])
    _open: set[str] = field(default_factory=set[str])
    _visited: set[str] = field(default_factory=set[str])
    _referred: set[str] = field(default_factory=set[str])
    _components: dict[str, Cursor] = field(default_factory=dict[str, Cursor])

    def add_components(self) -> None:
        """Name every component first, so that a hoisted schema can never take a component's name; then build them.

        No component is built inside another: what one refers to is an object, which is known by its name, or was built
        before. So the depth of the stack is that of one schema, however long the chain of references.
        """
        components = self.root.get("components").get("schemas")
        if not isinstance(components.value, dict):
            return
        for key in components.value:
            cursor = components.raw(key)
            name = spell(cursor, key, names.model, "schema")
            if name in self._components:
                place = self.root.document.key_place(cursor.pointer)
                self.root.diagnostics.add(
                    "duplicate-name",
                    f"schema {quote(key)} would be the class {name}, which the schema at "
                    f"{self._components[name].place.line_in(place.file)} is already",
                    place,
                    "give one of them another name with x-python-name",
                )
            elif name:
                self._named[cursor.pointer] = name
                self._components[name] = cursor
                if _is_object(cursor):
                    self._types[cursor.pointer] = TypeRef("ref", name=name, nullable=_is_nullable(cursor))
        for key in components.value:
            cursor = components.raw(key)
            for needed in self._in_order(cursor):
                if not _is_object(needed):
                    self._build(needed)
            if _is_object(cursor) and cursor.pointer in self._named:
                self._build(cursor)

    def _in_order(self, start: Cursor) -> Iterator[Cursor]:
        """The components that one leads to and itself, each once and after those that it refers to, cycles aside."""
        work = [(start, True)]
        while work:
            cursor, entering = work.pop()
            if not entering:
                yield cursor
            elif cursor.pointer in self._named and cursor.pointer not in self._visited:
                self._visited.add(cursor.pointer)
                work.append((cursor, False))
                work += [(self._component_at(pointer), True) for pointer in reversed(_targets(cursor))]

    def _component_at(self, pointer: str) -> Cursor:
        """The component that a pointer leads to or into."""
        components = self.root.get("components").get("schemas")
        tokens = split(pointer)
        return components.raw(tokens[2]) if tokens[:2] == ("components", "schemas") and len(tokens) > 2 else components

    def body(self, cursor: Cursor, name: str) -> TypeRef:
        """The type of a request or answer body, always a named one: other types get an alias of the given name.

        An enumeration gets one too, since its class alone has no room for words that are not listed yet.
        """
        type_ = self.type(cursor, name)
        listed = type_.kind == "ref" and type_.name in self.schemas and self.schemas[type_.name].kind == "enum"
        if type_.kind == "ref" and not type_.nullable and not listed:
            return type_
        alias = self._free_name(name)
        self.schemas[alias] = Schema(alias, "alias", cursor.text("description"), cursor.locator, type=type_)
        return TypeRef("ref", name=alias)

    def type(self, cursor: Cursor, name: str) -> TypeRef:
        """The type of a schema; `name` is what an inline object or enumeration in it will be called."""
        if not isinstance(cursor.value, dict):
            return ANY
        if isinstance(cursor.value.get("$ref"), str):
            return _marked(self._reference(cursor, name), cursor)
        return _marked(self._plain(cursor, name), cursor)

    def _reference(self, cursor: Cursor, name: str) -> TypeRef:
        target = deref(cursor.document, cursor.value, cursor.pointer, cursor.diagnostics)
        if target is None:
            return ANY
        resolved = cursor.at(*target)
        if resolved.pointer in self._named:
            return self._component(resolved)
        if resolved.pointer in self._open:
            return ANY
        if resolved.pointer not in self._types:
            self._open.add(resolved.pointer)
            self._types[resolved.pointer] = self.type(resolved, name)
            self._open.discard(resolved.pointer)
        return self._types[resolved.pointer]

    def _component(self, cursor: Cursor) -> TypeRef:
        """The type by which a component is referred to: its name, or the type itself for a scalar or a JSON text."""
        if cursor.pointer not in self._types:  # a cycle, or a reference into the middle of one
            self._referred.add(cursor.pointer)
            nullable = _is_nullable(cursor) or any(map(_is_null, _choices(cursor)))
            self._types[cursor.pointer] = TypeRef("ref", name=self._named[cursor.pointer], nullable=nullable)
        return self._types[cursor.pointer]

    def _build(self, cursor: Cursor) -> None:
        """Build a component, once.

        The name of a JSON text would be evaluated where it is in the module, maybe before what it holds.
        """
        name = self._named[cursor.pointer]
        if isinstance(cursor.value, dict) and isinstance(cursor.value.get("$ref"), str):
            type_ = self._reference(cursor, name)
        else:
            type_ = _marked(self._plain(cursor, name, component=True), cursor)
        plain = (type_.kind in _SCALARS or _holds_json_text(type_)) and cursor.pointer not in self._referred
        if plain or type_.name == name:  # its own name, or that and null
            self._types[cursor.pointer] = type_
        else:
            self.schemas[name] = Schema(name, "alias", cursor.text("description"), cursor.locator, type=type_)
            self._types[cursor.pointer] = TypeRef("ref", name=name)

    def _plain(self, cursor: Cursor, name: str, *, component: bool = False) -> TypeRef:
        kinds = _type_names(cursor)
        nullable = _is_nullable(cursor)
        kinds = [kind for kind in kinds if kind != "null"]
        if cursor.has("allOf"):
            return _null(self._all_of(cursor, name, component=component), nullable)
        if cursor.has("oneOf") or cursor.has("anyOf"):
            union = self._union(cursor, name, component=component)
            if union is not None:
                return _null(union, nullable)
        if cursor.has("enum") or cursor.has("const"):
            return _null(self._enum(cursor, name, component=component), nullable or _has_null(cursor))
        if cursor.text("x-time-format"):
            return TypeRef("time", time_format=cursor.text("x-time-format"), nullable=nullable)
        if len(kinds) > 1:
            variants = tuple(self._single(cursor, kind, name, component=False) for kind in kinds)
            return _null(_one_of(variants), nullable)
        kind = kinds[0] if kinds else _implied(cursor, nullable=nullable)
        return _null(self._single(cursor, kind, name, component=component), nullable and kind != "null")

    def _single(self, cursor: Cursor, kind: str, name: str, *, component: bool) -> TypeRef:
        if kind == "object":
            return self._object(cursor, name, component=component)
        if kind == "array":
            return TypeRef("array", items=self.type(cursor.raw("items"), f"{name}Item"))
        if kind == "string":
            return self._string(cursor, name)
        if kind in ("boolean", "integer", "number", "null"):
            return TypeRef(kind)  # type: ignore[arg-type]  # narrowed by the line above
        return ANY

    def _string(self, cursor: Cursor, name: str) -> TypeRef:
        if isinstance(cursor.value, dict) and is_json_text(cursor.value):
            return TypeRef("json_text", items=self.type(cursor.raw("contentSchema"), f"{name}Content"))
        match cursor.text("format"):
            case "date-time":
                return TypeRef("time", time_format="rfc3339")
            case "date":
                return TypeRef("date")
            case "binary":
                return TypeRef("bytes")
            case _:
                return TypeRef("string")

    def _object(self, cursor: Cursor, name: str, *, component: bool) -> TypeRef:
        properties = cursor.raw("properties")
        if not properties.value:
            extra = cursor.raw("additionalProperties")
            items = self.type(extra, f"{name}Value") if isinstance(extra.value, dict) else ANY
            return TypeRef("map", items=items)
        required = frozenset(cursor.texts("required"))
        return self._add_object(cursor, name, [(properties, required)], component=component)

    def _add_object(
        self, cursor: Cursor, name: str, parts: list[tuple[Cursor, frozenset[str]]], *, component: bool
    ) -> TypeRef:
        """Register an object made of one or more `properties`; a later part's property replaces an earlier one's."""
        final = name if component else self._free_name(name)
        self.schemas[final] = Schema(final, "object", cursor.text("description"), cursor.locator)  # keeps the order
        entries: dict[str, Cursor] = {}
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

    def _property(self, cursor: Cursor, wire: str, owner: str, required: bool, taken: set[str]) -> Property:
        name = spell(cursor, wire, lambda text: names.snake(text, names.FIELD_NAMES), "property")
        return Property(
            wire=wire,
            name=names.numbered(name, taken),
            type=self.type(cursor, owner + names.pascal(wire, frozenset())),
            required=required,
            description=cursor.text("description"),
            aliases=cursor.texts("x-aliases"),
        )

    def _enum(self, cursor: Cursor, name: str, *, component: bool) -> TypeRef:
        values: list[Json] = (
            [item.value for item in cursor.get("enum")] if cursor.has("enum") else [cursor.get("const").value]
        )
        values = [value for value in values if value is not None]
        if not cursor.has("enum") or not values or not all(isinstance(value, str) for value in values):
            return _type_of_values(values)
        final = name if component else self._free_name(name)
        spelled = cursor.texts("x-enum-varnames")
        members: list[EnumValue] = []
        taken: set[str] = set()
        for index, value in enumerate(str(value) for value in values):
            member = names.member(spelled[index] if index < len(spelled) else value)
            members.append(EnumValue(value, names.numbered(member, taken)))
            taken.add(members[-1].name)
        self.schemas[final] = Schema(final, "enum", cursor.text("description"), cursor.locator, values=tuple(members))
        return TypeRef("ref", name=final)

    def _all_of(self, cursor: Cursor, name: str, *, component: bool) -> TypeRef:
        """Objects are merged into one; where the parts are not objects, the first that says something is."""
        parts: list[tuple[Cursor, frozenset[str]]] = []
        others: list[Cursor] = []
        self._collect(cursor, cursor, parts, others, set())
        elements = cursor.raw("allOf")
        count = len(elements.value) if isinstance(elements.value, list) else 0
        speaking = [element for element in map(elements.raw, range(count)) if not _only_describes(element)]
        if len(speaking) == 1 and not cursor.has("properties"):
            return self.type(speaking[0], name)
        if parts:
            return self._add_object(cursor, name, parts, component=component)
        return self.type(others[0], name) if others else TypeRef("map", items=ANY)

    def _collect(
        self,
        written: Cursor,
        cursor: Cursor,
        parts: list[tuple[Cursor, frozenset[str]]],
        others: list[Cursor],
        seen: set[str],
    ) -> None:
        """Sort the elements of an `allOf`, and theirs, into objects and others, each once; the latter as written."""
        if cursor.pointer in seen:
            return
        seen.add(cursor.pointer)
        elements = cursor.get("allOf")
        for index, element in enumerate(elements):
            self._collect(elements.raw(index), element, parts, others, seen)
        if cursor.has("properties") or cursor.has("required"):
            parts.append((cursor.raw("properties"), frozenset(cursor.texts("required"))))
        elif not cursor.has("allOf") and _says_more(cursor):
            others.append(written)

    def _union(self, cursor: Cursor, name: str, *, component: bool) -> TypeRef | None:
        """The alternatives; None when they only constrain an object that is described beside them.

        One that is alone but for null has the name of the whole.
        """
        choices = _choices(cursor)
        lone = sum(not _is_null(choice) for choice in choices) == 1
        variants: list[TypeRef] = []
        for index, choice in enumerate(choices):
            if cursor.has("properties") and not (choice.has("$ref") or choice.has("properties")):
                continue
            if lone and isinstance(choice.value, dict) and not choice.has("$ref"):
                variants.append(_marked(self._plain(choice, name, component=component), choice))
            else:
                variants.append(self.type(choice, f"{name}Option{index + 1}"))
        if not variants:
            return None
        # A kind that is not listed yet keeps its body.
        others = [TypeRef("map", items=ANY)] if cursor.has("discriminator") else []
        return _one_of([*variants, *others])

    def _free_name(self, name: str) -> str:
        return names.numbered(names.model(name), {*self._components, *self.schemas}, separator="")


def _type_names(cursor: Cursor) -> list[str]:
    value = cursor.get("type").value
    if isinstance(value, str):
        return [value]
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []


def _is_nullable(cursor: Cursor) -> bool:
    return "null" in _type_names(cursor) or cursor.flag("nullable")


def _choices(cursor: Cursor) -> list[Cursor]:
    """The alternatives of a schema, as they are written."""
    choices = cursor.raw("oneOf" if cursor.has("oneOf") else "anyOf")
    return [choices.raw(index) for index in range(len(choices.value) if isinstance(choices.value, list) else 0)]


def _is_null(cursor: Cursor) -> bool:
    return _type_names(cursor) == ["null"]


_COMBINED = ("$ref", "allOf", "oneOf", "anyOf", "enum", "const", "x-time-format")


def _is_object(cursor: Cursor) -> bool:
    """Whether a look at the schema itself tells that it is an object with properties, whatever else it refers to."""
    kinds = [kind for kind in _type_names(cursor) if kind != "null"]
    described = bool(cursor.raw("properties").value) and not any(cursor.has(key) for key in _COMBINED)
    return described and kinds in ([], ["object"])


def _targets(cursor: Cursor) -> list[str]:
    """Where the references in a schema lead, in its order."""
    found: list[str] = []
    work = [cursor.value]
    while work:
        value = work.pop()
        if isinstance(value, dict):
            if isinstance(value.get("$ref"), str):
                target = deref(cursor.document, value, "", None)
                found += [target[1]] if target is not None else []
            work += reversed(value.values())
        elif isinstance(value, list):
            work += reversed(value)
    return found


def _says_more(cursor: Cursor) -> bool:
    """Whether a schema without properties says what a value is, rather than that it is some object."""
    says = ("enum", "const", "oneOf", "anyOf", "items", "additionalProperties", "contentMediaType", "x-time-format")
    return any(kind != "object" for kind in _type_names(cursor)) or any(cursor.has(key) for key in says)


_DESCRIBING = frozenset(
    ("default", "deprecated", "description", "example", "examples", "externalDocs", "readOnly", "title", "writeOnly")
)


def _only_describes(cursor: Cursor) -> bool:
    """Whether a schema says nothing of what a value is."""
    return isinstance(cursor.value, dict) and bool(cursor.value) and cursor.value.keys() <= _DESCRIBING


def _implied(cursor: Cursor, *, nullable: bool) -> str:
    if cursor.has("properties") or cursor.has("additionalProperties"):
        return "object"
    if cursor.has("items"):
        return "array"
    if cursor.has("contentMediaType"):
        return "string"
    return "null" if nullable else "any"


def _has_null(cursor: Cursor) -> bool:
    return any(item.value is None for item in cursor.get("enum"))


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


def _marked(type_: TypeRef, cursor: Cursor) -> TypeRef:
    """A type that is secret if its schema says so, or what is beside a reference to it."""
    return dataclasses.replace(type_, secret=True) if cursor.flag("x-secret") else type_


def _null(type_: TypeRef, nullable: bool) -> TypeRef:
    return dataclasses.replace(type_, nullable=True) if nullable else type_
