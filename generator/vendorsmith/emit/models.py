"""The template context of `models.py`: names, type expressions, keys and docstrings."""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass
from heapq import heappop, heappush
from typing import ClassVar

from vendorsmith.emit.accessors import accessor_class, shaped_properties
from vendorsmith.emit.code import Code, call, docstring, literal, plain
from vendorsmith.ir import Api, Property, Schema, TypeRef

_ANY = TypeRef("any")
_ANY_OBJECT = TypeRef("map", items=_ANY)
_LEAVES = {
    "any": "JsonValue",
    "null": "JsonValue",
    "integer": "Int",
    "number": "Number",
    "date": "Date",
    "bytes": "Bytes",
}


@dataclass(frozen=True, slots=True)
class Member:
    """A documented value of an enumeration."""

    name: Code
    value: Code


@dataclass(frozen=True, slots=True)
class Enumeration:
    """The class of an enumeration. A docstring is none or one, here and below."""

    template: ClassVar[str] = "models_enum.py.jinja"
    name: Code
    docstrings: tuple[Code, ...]
    members: tuple[Member, ...]


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a model; `default` is empty where the property is required."""

    name: Code
    annotation: Code
    default: Code
    docstrings: tuple[Code, ...]


@dataclass(frozen=True, slots=True)
class Model:
    """The class of an object."""

    template: ClassVar[str] = "models_object.py.jinja"
    name: Code
    base: Code
    docstrings: tuple[Code, ...]
    fields: tuple[Field, ...]


@dataclass(frozen=True, slots=True)
class Alias:
    """A name for another type."""

    template: ClassVar[str] = "models_alias.py.jinja"
    name: Code
    key: Code
    type: Code


@dataclass(frozen=True, slots=True)
class ModelsContext:
    """Everything that the template of the models places."""

    vendor: Code
    accessor_imports: tuple[Code, ...]
    definitions: tuple[Enumeration | Model | Alias, ...]
    incomplete: tuple[Code, ...]


def models_context(api: Api, package: str) -> ModelsContext:
    """The template context of a vendor's `models.py`.

    Args:
        api: the vendor's facts.
        package: the import name of the generated package.
    """
    bases = {schema.name: accessor_class(schema) for schema in api.schemas if shaped_properties(api, schema)}
    return ModelsContext(
        vendor=Code(api.vendor),
        accessor_imports=tuple(Code(f"from {package}.{api.vendor}.accessors import {name}") for name in bases.values()),
        definitions=tuple(_definitions(api, bases)),
        incomplete=tuple(_incomplete(api)),
    )


def _incomplete(api: Api) -> Iterator[Code]:
    """The models that name what is below them: until they are rebuilt, their fields lack keys and types."""
    defined: set[str] = set()
    for schema in _ordered(api.schemas, enum_names(api)):
        needed = {name for entry in schema.properties for name in referred(entry.type, in_text=True)}
        if not needed <= defined | {schema.name}:
            yield Code(schema.name)
        defined.add(schema.name)


def _definitions(api: Api, bases: dict[str, str]) -> Iterator[Enumeration | Model | Alias]:
    enums = enum_names(api)
    defined: set[str] = set()
    for schema in _ordered(api.schemas, enums):
        if schema.kind == "enum":
            members = tuple(Member(Code(value.name), literal(value.wire)) for value in schema.values)
            yield Enumeration(Code(schema.name), _docstrings(schema.description), members)
        elif schema.kind == "object":
            base = Code(bases.get(schema.name, "Model"))
            fields = tuple(_field(entry, enums) for entry in schema.properties)
            yield Model(Code(schema.name), base, _docstrings(schema.description), fields)
        else:
            yield Alias(Code(schema.name), literal(schema.name), _alias_type(schema, enums, defined))
        defined.add(schema.name)


def _ordered(schemas: Sequence[Schema], enums: Set[str]) -> list[Schema]:
    """Enumerations, then each schema after those that it refers to, as far as they do not lead back to it.

    Schemas are taken in the document's order, objects before aliases; what has to wait comes with the next round.
    """
    queue = sorted(schemas, key=lambda schema: ("enum", "object", "alias").index(schema.kind))
    missing = [_referred(schema) - enums - {schema.name} for schema in queue]
    users: dict[str, list[int]] = {schema.name: [] for schema in queue}
    for index, names in enumerate(missing):
        for name in names:
            users[name].append(index)
    ready = [(0, index) for index, names in enumerate(missing) if not names]
    ordered: dict[str, Schema] = {}
    while ready:
        round_, index = heappop(ready)
        name = queue[index].name
        ordered[name] = queue[index]
        for user in users[name]:
            missing[user].remove(name)
            if not missing[user]:
                heappush(ready, (round_ + (user < index), user))
    return [*ordered.values(), *(schema for schema in queue if schema.name not in ordered)]


def _referred(schema: Schema) -> set[str]:
    """The schemas that a schema refers to; the content of a JSON text does not count."""
    types = [schema.type] if schema.type else [entry.type for entry in schema.properties]
    return {name for type_ in types for name in referred(type_, in_text=False)}


def referred(type_: TypeRef, *, in_text: bool) -> Iterator[str]:
    """The names of the schemas that a type refers to.

    Args:
        type_: the type.
        in_text: whether the content of a JSON text counts.
    """
    if type_.kind == "ref":
        yield type_.name
    if type_.kind == "json_text" and not in_text:
        return
    for part in (type_.items, *type_.variants):
        if part is not None:
            yield from referred(part, in_text=in_text)


def _field(entry: Property, enums: Set[str]) -> Field:
    type_ = type_expression(entry.type, enums)
    if not entry.required and not entry.type.nullable:
        type_ = f"{type_} | None"
    keys = _keys(entry)
    return Field(
        name=Code(entry.name),
        annotation=Code(f"Annotated[{type_}, {call('Field', **keys)}]" if keys else type_),
        default=Code("" if entry.required else " = None"),
        docstrings=_docstrings(entry.description),
    )


def _keys(entry: Property) -> dict[str, object]:
    """The keys that a field is read from, its own first, and the one it is written with, where the name is not it."""
    other = entry.name != entry.wire
    if entry.aliases:
        written = {"serialization_alias": entry.wire} if other else {}
        return {**written, "validation_alias": call("AliasChoices", entry.wire, *entry.aliases)}
    return {"alias": entry.wire} if other else {}


def _alias_type(schema: Schema, enums: Set[str], defined: Set[str]) -> Code:
    """The type of an alias, in quotes where it names what is not defined yet: it is evaluated where it is."""
    type_ = schema.type or _ANY
    text = type_expression(type_, enums)
    return Code(text) if set(referred(type_, in_text=True)) <= defined else literal(text)


def _docstrings(description: str) -> tuple[Code, ...]:
    text = plain(description)
    return (docstring(text.split("\n"), 4),) if text else ()


def enum_names(api: Api) -> frozenset[str]:
    """The names of the schemas that are enumerations."""
    return frozenset(schema.name for schema in api.schemas if schema.kind == "enum")


def is_open(type_: TypeRef) -> bool:
    """Whether a type is a union of listed classes and of any object, which is taken where none of them fits."""
    listed = any(variant.kind == "ref" for variant in type_.variants)
    return type_.kind == "union" and _ANY_OBJECT in type_.variants and listed


def type_expression(type_: TypeRef, enums: Set[str], types: str = "") -> str:
    """A type as a Python expression.

    Args:
        type_: the type.
        enums: the names of the schemas that are enumerations.
        types: what is before the names of the runtime's types: nothing, or their module and a dot.
    """

    def of(part: TypeRef | None) -> str:
        return type_expression(part or _ANY, enums, types)

    match type_.kind:
        case "ref":
            text = f"{types}OpenEnum[{type_.name}]" if type_.name in enums else type_.name
        case "json_text":
            text = f"{types}JsonText[{of(type_.items)}]"
        case "array":
            text = f"list[{of(type_.items)}]"
        case "map":
            text = f"dict[str, {of(type_.items)}]"
        case "union":
            open_ = is_open(type_)
            listed = [variant for variant in type_.variants if not open_ or variant != _ANY_OBJECT]
            text = " | ".join(dict.fromkeys(map(of, listed)))
            text = f"{types}OpenUnion[{text}]" if open_ else text
        case "time":
            text = types + "".join(part.capitalize() for part in type_.time_format.split("-"))
        case "boolean":
            text = "bool"
        case "string":
            text = f"{types}Secret" if type_.secret else "str"
        case kind:
            text = types + _LEAVES[kind]
    return f"{text} | None" if type_.nullable else text
